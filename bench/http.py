"""Through HTTP, on a whole installation: its own processes, servers, signatures and policy.

http_post: reports posted by 32 connections, each asking again as soon as answered. Baseline:
FastAPI over `Application.save()` (`bench.stock_http`), which does much less.
view_read: a child's view read by 8 connections, its disclosure durable before each answer.
Baseline: the same server's one query, no disclosure.
e2e_http_*: reports posted at 50 and at 200 a second, whether or not earlier ones were answered;
milliseconds from the moment each was due until mash's view has it committed.
rss_loaded_mb: the services' memory after all of that.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg

from bench.client import Pool, Request, closed_loop, lines, open_loop, percentile
from bench.harness import Result, bare, compared, fresh_database, in_turns, resident, run
from bench.scratch import scratch
from bench.stock_http import stock_server
from services.cli.installation import Installation
from services.cli.people import PERSONAS
from services.cli.provision import with_database
from services.cli.story import REPORT
from services.topology import SERVICES
from shared.access.tokens import Issuer

POSTS, READS = 1500, 1500
CALLERS, READERS = 32, 8
HOMES = 200
LOOK_SECONDS = 0.004
"""How often it is looked how far the views are: looking takes the same processors."""
QUIET_LOOKS = 5
RATES = {50: 8.0, 200: 4.0}
"""Reports a second, and for how many seconds."""


async def measure(runs: int) -> list[Result]:
    """All figures."""
    with scratch() as folder:
        installation = await asyncio.to_thread(Installation, folder)
        await asyncio.to_thread(installation.start)
        try:
            world = World(installation)
            stock = await fresh_database(installation.postgres)
            with stock_server(stock) as baseline:
                results = [
                    await _posts(world, baseline, runs),
                    await _reads(world, baseline, runs),
                ]
            results += await _end_to_end(world, runs)
            memory = {name: resident(p.pid) for name, p in installation.processes.items()}
            each = ", ".join(f"{name} {value:.0f}" for name, value in memory.items())
            what = f"the services' resident memory, after this load: {each}"
            return [*results, bare("rss_loaded_mb", what, "MB", [sum(memory.values())])]
        finally:
            await asyncio.to_thread(installation.stop)


@dataclass
class World:
    """A running installation, and what is asked of it."""

    installation: Installation
    _sent: int = field(default=0)

    def headers(self, persona: str) -> dict[str, str]:
        """Of somebody who is signed in."""
        token = Issuer(self.installation.keys.demo).issue(
            PERSONAS[persona].actor, lifetime_seconds=3600
        )
        return {"Authorization": f"Bearer {token}"}

    def reports(self, count: int) -> Iterator[Request]:
        """So many new reports."""
        headers = self.headers("northvale-police-system")
        for _ in range(count):
            yield self.report(headers)

    def report(self, headers: dict[str, str]) -> Request:
        """A new report of a new child."""
        self._sent += 1
        name = {"names": [{"full": f"Bench Child {self._sent}"}]}
        child = {**REPORT["child"], **name, "identifiers": []}
        # From one of so many addresses: one home of thousands of children is met by nobody, and
        # would be folded anew for each of them.
        lives_at, *places = REPORT["places"]
        address = [f"{self._sent % HOMES} Tannery Rise", "Northvale"]
        body = {
            **REPORT,
            "force_reference": f"BENCH {self._sent}",
            "child": child,
            "places": [{**lives_at, "address": address}, *places],
        }
        key = {"Idempotency-Key": f"bench-{uuid4()}"}
        return Request.of("POST", "/episodes", headers | key, json.dumps(body).encode())

    def database(self, service: str) -> str:
        """A service's database, as its administrator."""
        return with_database(self.installation.postgres.url, SERVICES[service].database)


async def _posts(world: World, baseline: str, runs: int) -> Result:
    async def posted(address: str, count: int) -> float:
        async with lines(address, CALLERS) as many:
            done, seconds = await closed_loop(many, world.reports(count))
        return done / seconds

    measured = await in_turns(
        lambda: posted(world.installation.addresses["missing"], POSTS),
        lambda: posted(baseline, POSTS),
        runs,
    )
    return compared(
        "http_post", f"reports posted by {CALLERS} connections, sealed and signed", "requests/s",
        "requests/s, FastAPI over Application.save(), unsealed, unsigned", measured,
    )  # fmt: skip


async def _reads(world: World, baseline: str, runs: int) -> Result:
    headers = world.headers("mash-worker")
    child = await one_child(world)

    async def read(address: str, path: str) -> float:
        request = Request.of("GET", path, headers)
        async with lines(address, READERS) as many:
            done, seconds = await closed_loop(many, iter([request] * READS))
        return done / seconds

    measured = await in_turns(
        lambda: read(world.installation.addresses["mash"], f"/children/{child}"),
        lambda: read(baseline, f"/children/{UUID(int=1)}"),
        runs,
    )
    return compared(
        "view_read", "a child's view read, each disclosure durable first", "requests/s",
        "requests/s, one query by FastAPI, nothing recorded", measured,
    )  # fmt: skip


async def one_child(world: World) -> str:
    """A child of which something was reported, as a MASH worker finds her."""
    await caught_up(world)
    body = json.dumps({"name": "Bench Child 1"}).encode()
    headers = world.headers("mash-worker") | {"Idempotency-Key": f"bench-{uuid4()}"}
    async with lines(world.installation.addresses["mash"], 1) as (line,):
        found = json.loads(await line.ask(Request.of("POST", "/children/search", headers, body)))
    child: str = found["candidates"][0]["subject_id"]
    return child


async def _end_to_end(world: World, runs: int) -> list[Result]:
    found: dict[str, list[float]] = {}
    await caught_up(world)
    for _ in range(min(runs, 3)):
        for rate, seconds in RATES.items():
            latencies = await _latencies(world, rate, seconds)
            for share in (50, 99):
                found.setdefault(f"{rate}_p{share}", []).append(
                    percentile(latencies, share / 100) * 1000
                )
    what = "report due to view committed, through HTTP, at {} a second"
    return [
        bare("e2e_http_p50_ms", what.format(50), "ms", found["50_p50"]),
        bare("e2e_http_p99_ms", what.format(50), "ms", found["50_p99"]),
        bare("e2e_http_200_p50_ms", what.format(200), "ms", found["200_p50"]),
        bare("e2e_http_200_p99_ms", what.format(200), "ms", found["200_p99"]),
    ]


async def _latencies(world: World, rate: int, seconds: float) -> list[float]:
    headers = world.headers("northvale-police-system")
    requests = [world.report(headers) for _ in range(int(rate * seconds))]
    seen: list[tuple[float, int]] = []
    watching = asyncio.create_task(_watch(world, seen))
    async with lines(world.installation.addresses["missing"], CALLERS) as many:
        pool = Pool(many)
        answers = await open_loop(rate, seconds, lambda number: pool.ask(requests[number]))
    due = {UUID(json.loads(body)["events"][0]): moment for moment, body in answers}
    store = await asyncpg.connect(world.database("missing"))
    rows = await store.fetch(
        "SELECT event_id, position FROM missing.event WHERE event_id = ANY($1)", list(due)
    )
    await store.close()
    await caught_up(world)
    watching.cancel()
    await asyncio.wait([watching])
    return [
        next(at for at, reached in seen if reached >= position) - due[event_id]
        for event_id, position in rows
    ]


async def _watch(world: World, seen: list[tuple[float, int]]) -> None:
    """Look at the view's position all the time: when it had which of missing's events."""
    connection = await asyncpg.connect(world.database("mash"))
    schema = await connection.fetchval("SELECT schema_name FROM archive.showing")
    query = f"SELECT position FROM {schema}.progress WHERE source = 'missing'"
    try:
        while True:
            position = await connection.fetchval(query)
            if not seen or position != seen[-1][1]:
                seen.append((time.perf_counter(), position))
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        connection.terminate()


async def caught_up(world: World) -> None:
    """Wait until everything that follows from what was sent is done.

    Linked, referred and looked at too: else a turn would be measured while the one before it is
    still being worked on.
    """
    missing, intake, mash = [
        await asyncpg.connect(world.database(name)) for name in ("missing", "intake", "mash")
    ]
    schema = await mash.fetchval("SELECT schema_name FROM archive.showing")
    quiet = 0
    while quiet < QUIET_LOOKS:
        heads = {
            "missing": await missing.fetchval("SELECT position FROM missing.head"),
            "intake": await intake.fetchval("SELECT position FROM intake.head"),
        }
        reached = [
            *await intake.fetch("SELECT source, position FROM public.follower"),
            *await mash.fetch(f"SELECT source, position FROM {schema}.progress"),
            *await mash.fetch("SELECT source, position FROM lists.watched"),
        ]
        behind = any(position < heads.get(source, 0) for source, position in reached)
        quiet = 0 if behind else quiet + 1
        await asyncio.sleep(LOOK_SECONDS)
    for connection in (missing, intake, mash):
        await connection.close()


if __name__ == "__main__":
    run(measure, __doc__ or "")
