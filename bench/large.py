"""Views of many children: how reading grows, what a rebuild costs, and what it costs the readers.

rebuild: `throughline rebuild` of 210,000 events by two processes, compared row by row with what the
live projector made. Baseline: the library's ProjectionRunner (`bench.stock_projection`).
view_read_scale: how many times longer reading one child's row takes, by the median, among 30,000
children than among 300.
read_under_rebuild: how many times higher the 99th percentile of reading a child's row is during a
rebuild with `--throttle 30` than before it.
disclosure_p99_ms: recording what is about to be shown, durably, by 8 callers at a time.

The archive is put together by `bench.archive`: every report with two boxes, each under a key of its
own.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench.archive import Target, fill
from bench.client import percentile
from bench.harness import (
    Result,
    Vaults,
    as_role,
    bare,
    compared,
    fresh_database,
    in_turns,
    make_vaults,
    pool_of,
    run,
    servers,
)
from bench.project import views
from bench.stock_projection import stock_projected
from services.cli.provision import with_database
from services.mash.store import ViewStore
from services.mash.views import FOLDS
from shared.access.actor import Actor
from shared.access.disclosure import Disclosures, Showing
from shared.access.policy import Decision
from shared.embedded import Postgres
from shared.eventstore.repository import Repository
from shared.eventstore.schema import make_store
from shared.eventstore.store import EventStore
from shared.projecting.archive import ensure_showing
from shared.projecting.catching_up import catch_up
from shared.projecting.crew import Crew, Reach
from shared.projecting.opening import Opener
from shared.projecting.rebuild import Rebuilt, rebuild
from shared.projecting.units import Pace
from shared.vault.keyring import Keyring

CHILDREN, FEW = 30_000, 300
WORKERS = 2
THEIRS = 900
READS = 3000
READ_RATE = 100
THROTTLE = 0.3
SHOWN, SHOWERS = 1600, 8


async def measure(runs: int) -> list[Result]:
    """All figures."""
    with servers() as (postgres, folder):
        vaults = await make_vaults(postgres, folder)
        stock = await fresh_database(postgres)

        async def theirs() -> float:
            return await asyncio.to_thread(stock_projected, stock, THEIRS)

        async with filled(postgres, vaults, FEW) as few, filled(postgres, vaults, CHILDREN) as many:
            for each in (few, many):
                await each.project_live()
            again = await in_turns(many.rebuilt, theirs, runs)
            scale = await in_turns(many.median_read, few.median_read, runs)
            throttled = [await many.read_under_rebuild()]  # a minute; once is enough
        disclosed = await _disclosures(postgres, vaults, runs)
    what = f"{many.events:,} events rebuilt by {WORKERS} processes and compared with live"
    return [
        compared(
            "rebuild", what, "events/s",
            "events/s, eventsourcing's ProjectionRunner, unsealed", again,
        ),
        compared(
            "view_read_scale", f"median of reading a row among {CHILDREN:,} children", "ms",
            f"ms among {FEW} children", scale, less_is_better=True,
        ),
        bare(
            "read_under_rebuild", f"p99 of reading a row at {READ_RATE}/s during a rebuild with "
            "--throttle 30, over p99 before", "x", throttled,
        ),
        bare("disclosure_p99_ms", f"recording a disclosure, {SHOWERS} at a time", "ms", disclosed),
    ]  # fmt: skip


@dataclass
class Filled:
    """A database of views with an archive, and who can rebuild it."""

    pool: "asyncpg.Pool[Any]"
    vaults: Vaults
    reach: Reach
    events: int

    async def project_live(self) -> float:
        """Everything in the archive by the live driver; how many seconds it took."""
        started = time.perf_counter()
        async with self.vaults.of("mash") as vault, self.pool.acquire() as connection:
            await ensure_showing(connection, FOLDS)
            await catch_up(connection, FOLDS, Opener(vault))
            await connection.execute("ANALYZE")
        return time.perf_counter() - started

    async def rebuild(self, workers: int = WORKERS, **options: Any) -> Rebuilt:
        """Rebuild as the command does."""
        async with self.vaults.of("mash") as vault, Crew(self.reach, workers) as crew:
            return await rebuild(
                self.pool, FOLDS, Opener(vault), crew=crew, parts=workers, **options
            )

    async def rebuilt(self) -> float:
        """Events a second of one rebuild, from its processes' start until it is shown."""
        started = time.perf_counter()
        found = await self.rebuild()
        if found.differing or not found.switched:
            raise RuntimeError("the rebuilt views differ from the live ones")
        return self.events / (time.perf_counter() - started)

    async def children(self) -> list[UUID]:
        """Some children, at random."""
        schema = await self.pool.fetchval("SELECT schema_name FROM archive.showing")
        rows = await self.pool.fetch(
            f"SELECT subject_id FROM {schema}.row WHERE view = 'child' "
            "ORDER BY sha256(subject_id::text::bytea) LIMIT 2000"
        )
        return [row[0] for row in rows]

    async def median_read(self) -> float:
        """Milliseconds, one after the other."""
        store, ids = ViewStore(self.pool), await self.children()
        taken = []
        for _ in range(READS):
            started = time.perf_counter()
            await store.row("child", random.choice(ids))
            taken.append(time.perf_counter() - started)
        return percentile(taken, 0.5) * 1000

    async def read_under_rebuild(self) -> float:
        """How many times higher the p99 is during a throttled rebuild."""
        await asyncio.sleep(2)
        ids = await self.children()
        before = await _reads(self.pool, ids, asyncio.create_task(asyncio.sleep(8)))
        rebuilding = asyncio.create_task(self.rebuild(1, pace=Pace(THROTTLE)))
        during = await _reads(self.pool, ids, rebuilding)
        await rebuilding
        return percentile(during, 0.99) / percentile(before, 0.99)


async def _reads(
    pool: "asyncpg.Pool[Any]", ids: list[UUID], until: "asyncio.Task[Any]"
) -> list[float]:
    """Read at a fixed rate until something is done; seconds from when each read was due."""
    store, taken = ViewStore(pool), []

    async def one(due: float) -> None:
        await store.row("child", random.choice(ids))
        taken.append(time.perf_counter() - due)

    due = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        while not until.done():
            due += 1 / READ_RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(due))
    return taken


@asynccontextmanager
async def filled(postgres: Postgres, vaults: Vaults, children: int) -> AsyncIterator[Filled]:
    """A database of views whose archive knows so many children."""
    async with views(postgres) as pool:
        url = with_database(postgres.url, await pool.fetchval("SELECT current_database()"))

        def reach(service: str) -> Reach:
            return Reach(
                as_role(url, "mash"), as_role(vaults.url, service), Path(vaults.keyrings[service])
            )

        events = await fill(Target(url, vaults.url, reach("missing")), children)
        yield Filled(pool, vaults, reach("mash"), events)


async def _disclosures(postgres: Postgres, vaults: Vaults, runs: int) -> list[float]:
    url = await fresh_database(postgres)
    connection = await asyncpg.connect(url)
    await make_store(connection, "mash_disclosures", "mash")
    await connection.close()
    actor = Actor(
        "bench|worker", "northvale-council", "person", frozenset({"mash-worker"}),
        "strategy-discussion", "sharing-agreement", "uk-gdpr",
    )  # fmt: skip
    decided = Decision(allowed=True, policy_ids=("bench",), policy_set_hash="0" * 64)
    async with pool_of(url, "mash") as pool, vaults.of("mash") as vault:
        repository = Repository(EventStore("mash_disclosures", pool), vault)
        log = Disclosures(repository, Keyring.read(vaults.keyrings["mash"]))

        async def one(taken: list[float], count: int) -> None:
            for _ in range(count):
                showing = Showing(
                    action="view-child", outcome="shown", answer=b"x" * 3000,
                    subjects=(uuid4(),), mentions=(uuid4(), uuid4()), vector={"missing": 7},
                )  # fmt: skip
                started = time.perf_counter()
                await log.record(showing, actor=actor, correlation_id=uuid4(), decided=decided)
                taken.append(time.perf_counter() - started)

        found = []
        for turn in range(runs + 1):
            taken: list[float] = []
            await asyncio.gather(*[one(taken, SHOWN // SHOWERS) for _ in range(SHOWERS)])
            if turn:
                found.append(percentile(taken, 0.99) * 1000)
        await repository.store.close()
    return found


if __name__ == "__main__":
    run(measure, __doc__ or "")
