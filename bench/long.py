"""The long ones: a large region, rebuilds of 1 and 10 million events, ten minutes of steady load.

region_100k_*, child_view_*: see `bench.region`, which measures all of them in one run.

rebuild_1m_s, rebuild_10m_s: seconds of a rebuild by two processes, compared row by row with the
version shown before; events/s and the largest memory of any of its processes in words. The million
is compared with the live projector's rows; of the ten, the first rebuild's rows are shown and the
second is compared with them, for the live projector would need twenty minutes.
soak_growth_mb: how much more memory the services hold after ten minutes of reports at 20 a second
and reads at 20 a second than before, when what they keep of keys in memory is full.

`python -m bench.long --only rebuild_1m_s` measures one, `--only region` the region's. Each is
measured once: 10 million events take 25 GB of disk and some 20 minutes, most of them for making the
events. What a figure is kept in is removed after it, also where it was killed.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated

import typer

from bench import region
from bench.client import Pool, Request, closed_loop, lines, open_loop
from bench.harness import Result, bare, line, make_vaults, measured, resident, servers
from bench.http import World, caught_up, one_child
from bench.large import WORKERS, filled
from bench.scratch import scratch
from bench.world import EVENTS_A_CHILD
from services.cli.installation import Installation
from services.mash.views import FOLDS
from shared.projecting.crew import Crew
from shared.projecting.opening import Opener
from shared.projecting.rebuild import rebuild
from shared.vault.keys import CACHE_SIZE

SOAK_SECONDS = 600.0
SETTLING_REPORTS = CACHE_SIZE * 6 // 10
"""Each has two keys, so that what a process keeps of keys in memory is full before it counts."""
CALLERS = 16
RATE = 20
EVERY_SECONDS = 1.0


async def rebuilt(figure: str, events: int, *, compare_with_live: bool) -> Result:
    """One rebuild of so many events."""
    with servers() as (postgres, folder):
        vaults = await make_vaults(postgres, folder)
        async with filled(postgres, vaults, events // EVENTS_A_CHILD) as many:
            if compare_with_live:
                await many.project_live()
            else:
                await many.rebuild()
            memory: dict[int, float] = {}
            started = time.perf_counter()
            async with vaults.of("mash") as vault, Crew(many.reach, WORKERS) as crew:
                watching = asyncio.create_task(_watch(crew, memory))
                found = await rebuild(many.pool, FOLDS, Opener(vault), crew=crew, parts=WORKERS)
                taken = time.perf_counter() - started
                watching.cancel()
            if found.differing or not found.switched:
                raise RuntimeError("the rebuilt views differ")
            what = (
                f"{many.events:,} events to {found.rows:,} rows by {WORKERS} processes: "
                f"{many.events / taken:,.0f} events/s, at most {max(memory.values()):.0f} MB a "
                f"process, digest {found.digest[:12]} equal to "
                f"{'live' if compare_with_live else 'the rebuild before'}"
            )
            return bare(figure, what, "s", [taken])


async def _watch(crew: Crew, memory: dict[int, float]) -> None:
    while True:
        for pid in crew.pids:
            memory[pid] = max(memory.get(pid, 0.0), resident(pid))
        await asyncio.sleep(EVERY_SECONDS)


async def soaked() -> Result:
    """Ten minutes of reports and reads."""
    with scratch() as folder:
        installation = await asyncio.to_thread(Installation, folder)
        await asyncio.to_thread(installation.start)
        try:
            world = World(installation)
            async with lines(installation.addresses["missing"], CALLERS) as many:
                await closed_loop(many, world.reports(SETTLING_REPORTS))
            await caught_up(world)  # now: later it would outlast the idle connections of the load
            await _load(world, 1.0)
            await caught_up(world)
            before = _memory(installation)
            await _load(world, SOAK_SECONDS)
            await caught_up(world)
            after = _memory(installation)
        finally:
            await asyncio.to_thread(installation.stop)
    each = ", ".join(f"{name} {before[name]:.0f} to {after[name]:.0f}" for name in before)
    what = (
        f"growth of the services' memory in ten minutes of {RATE} reports and reads/s, after "
        f"{SETTLING_REPORTS:,} reports: {each}"
    )
    return bare("soak_growth_mb", what, "MB", [sum(after.values()) - sum(before.values())])


async def _load(world: World, seconds: float) -> None:
    reporting = world.headers("northvale-police-system")
    async with (
        lines(world.installation.addresses["missing"], 8) as sending,
        lines(world.installation.addresses["mash"], 8) as reading,
    ):
        writers, readers = Pool(sending), Pool(reading)
        await writers.ask(world.report(reporting))
        child = await one_child(world)
        view = Request.of("GET", f"/children/{child}", world.headers("mash-worker"))

        async def both(_number: int) -> None:
            await asyncio.gather(writers.ask(world.report(reporting)), readers.ask(view))

        await open_loop(RATE, seconds, both)


def _memory(installation: Installation) -> dict[str, float]:
    return {name: resident(process.pid) for name, process in installation.processes.items()}


async def _one_million() -> list[Result]:
    return [await rebuilt("rebuild_1m_s", 1_000_000, compare_with_live=True)]


async def _ten_million() -> list[Result]:
    return [await rebuilt("rebuild_10m_s", 10_000_000, compare_with_live=False)]


async def _soaked() -> list[Result]:
    return [await soaked()]


FIGURES: dict[str, Callable[[], Awaitable[list[Result]]]] = {
    "region": region.measure,
    "rebuild_1m_s": _one_million,
    "rebuild_10m_s": _ten_million,
    "soak_growth_mb": _soaked,
}


def main(
    only: Annotated[str, typer.Option(help=f"One of {', '.join(FIGURES)}.")] = "",
    *,
    as_json: bool = False,
) -> None:
    """Measure and print; kept in bench/results.json with the others."""
    from bench.__main__ import keep  # noqa: PLC0415

    if only and only not in FIGURES:
        raise typer.BadParameter(f"there is no {only}; there are {', '.join(FIGURES)}")
    for name in [only] if only else FIGURES:
        figures = FIGURES[name]
        results = measured(lambda _runs: figures(), 1)  # noqa: B023 (called at once)
        keep(results)  # at once: what was measured is not lost if the next one fails
        for result in results:
            print(json.dumps(asdict(result)) if as_json else line(result), flush=True)


if __name__ == "__main__":
    main.__doc__ = __doc__
    typer.run(main)
