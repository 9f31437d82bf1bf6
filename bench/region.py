"""A year of a large region: stored in bulk, projected live, rebuilt, and its children's views read.

region_100k_bulk_s: `python examples/region.py bulk` of 100,000 children by two processes: every
submission decided, sealed and appended by the services' use cases, linked and referred by intake.
region_100k_live_s: one projector with empty views takes in all of it, from the stores.
region_100k_rebuild_s: `throughline rebuild --workers 2` of all of it, compared row by row with what
the projector made. Each with the most memory of its processes; PostgreSQL's own with it.
child_view_p50_ms, child_view_p99_ms: `GET /children/{id}` of mash, signed, decided by the policy,
its disclosure durable before the answer, of a child at random among 100,000. Baseline: that child's
row by asyncpg, by its primary key.
child_view_scale_p50, child_view_scale_p99: how many times longer than among 1,000 children, asked
turn by turn in the same run.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import typer
from rich.console import Console

from bench.child_view import READS, views_read
from bench.harness import Result, bare, line, measured
from bench.live import projected
from bench.memory import Peak, on_disk, watched
from bench.scratch import scratch
from examples.regional.bulk.run import Region, store_in
from examples.regional.parts import year_from
from examples.regional.sizes import Size
from services.cli.installation import Installation
from services.cli.progress import Told, progress_on

SEED = 1
MANY, FEW = 100_000, 1000
WORKERS = 2


@dataclass(frozen=True)
class About:
    """What is measured, in words and in events."""

    words: str
    events: int


async def measure(many: int = MANY, few: int = FEW, *, reads: int = READS) -> list[Result]:
    """All figures; in smaller sizes to see that they can be measured."""
    results: list[Result] = []
    with scratch() as folder, progress_on(Console(stderr=True)) as told:
        for children in (few, many):

            def named(stage: str, done: int, of: int, among: int = children) -> None:
                told(f"{stage} ({among:,})", done, of)

            results = await _grown(folder / str(children), children, named)
        views = await views_read((folder / str(few), few), (folder / str(many), many), reads=reads)
    return [*results, *views]


async def _grown(data: Path, children: int, told: Told) -> list[Result]:
    """A region stored, projected and rebuilt in a folder, by servers without services."""
    installation = await asyncio.to_thread(Installation, data, names=())
    await asyncio.to_thread(installation.start)
    try:
        about, bulk = await _stored(installation, children, told)
        live = await _live(installation, about, told)
        return [bulk, live, await _rebuilt(installation, about)]
    finally:
        await asyncio.to_thread(installation.stop)


async def _stored(installation: Installation, children: int, told: Told) -> tuple[About, Result]:
    first, last = year_from(date(2015, 7, 1))
    region = Region(SEED, Size(children=children, first=first, last=last), clean=False)
    started = time.perf_counter()
    with watched(lambda: _servers(installation)) as peak:
        stored = await asyncio.to_thread(
            store_in, installation.folder, region, processes=WORKERS, told=told
        )
    taken = time.perf_counter() - started
    events = sum(stored.events.values())
    each = ", ".join(f"{name} {count:,}" for name, count in stored.events.items())
    what = (
        f"{children:,} children of a year, {events:,} events ({each}), simulated and stored by "
        f"{WORKERS} processes: {events / taken:,.0f} events/s, at most {stored.peak_mb:.0f} MB a "
        f"process, {_of_servers(peak)}"
    )
    about = About(f"{children:,} children, {events:,} events", events)
    return about, bare("region_100k_bulk_s", what, "s", [taken])


async def _live(installation: Installation, about: About, told: Told) -> Result:
    told("projecting", 0, about.events)
    with watched(lambda: _servers(installation)) as peak:
        taken, memory = await asyncio.to_thread(
            projected,
            installation.folder,
            installation.postgres.url,
            lambda done: told("projecting", done, about.events),
        )
    what = (
        f"{about.words} into every view by one projector: {about.events / taken:,.0f} events/s, at "
        f"most {memory:.0f} MB, {_of_servers(peak)}"
    )
    return bare("region_100k_live_s", what, "s", [taken])


async def _rebuilt(installation: Installation, about: About) -> Result:
    """By the command, as anybody would."""
    command = ("-m", "services.cli", "rebuild", "--workers", str(WORKERS), "--data")
    started = time.perf_counter()
    rebuilding = await asyncio.create_subprocess_exec(
        sys.executable, *command, str(installation.folder), stdout=asyncio.subprocess.PIPE
    )
    with (
        watched(lambda: [rebuilding.pid]) as ours,
        watched(lambda: _servers(installation)) as peak,
    ):
        output, _ = await rebuilding.communicate()
    taken = time.perf_counter() - started
    said = " ".join(output.decode().split())
    if rebuilding.returncode != 0 or "Equal to the live rows" not in said:
        raise RuntimeError(f"the rebuilt views differ from the live ones: {said}")
    digest = said.partition("digest ")[2].partition("…")[0][:12]
    size = on_disk(installation.folder / "postgres") / 1024
    what = (
        f"{about.words} rebuilt by {WORKERS} processes: {about.events / taken:,.0f} events/s, at "
        f"most {ours.largest:.0f} MB a process and {ours.together:.0f} in all, "
        f"{_of_servers(peak)}; digest {digest} equal to live; {size:.1f} GB on disk with both "
        "versions"
    )
    return bare("region_100k_rebuild_s", what, "s", [taken])


def _servers(installation: Installation) -> list[int]:
    return [pid] if (pid := installation.postgres.pid) is not None else []


def _of_servers(peak: Peak) -> str:
    return f"PostgreSQL at most {peak.together:.0f} MB"


def main(children: int = MANY, few: int = FEW, *, as_json: bool = False) -> None:
    """Measure and print; nothing is kept."""
    for result in measured(lambda _runs: measure(children, few), 1):
        print(json.dumps(asdict(result)) if as_json else line(result))


if __name__ == "__main__":
    main.__doc__ = __doc__
    typer.run(main)
