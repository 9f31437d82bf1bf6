"""A large region stored in an installation's folder, by several processes."""

import asyncio
import logging
import multiprocessing
import queue
import resource
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvloop

from examples.regional.bulk.following import WORK, follow
from examples.regional.bulk.services import NAMES, opened
from examples.regional.bulk.taking import introduce, take
from examples.regional.errors import rates, with_errors
from examples.regional.parts import part_of, parts_of, seed_of
from examples.regional.reports import register, reports
from examples.regional.sending import NotTaken
from examples.regional.sizes import Size
from services.cli.installation import Installation
from services.cli.progress import Told
from shared.collecting import collect_rarely
from shared.contracts.refusals import Unavailable
from shared.projecting.crew import end_with_parent

LOOK_SECONDS = 0.5
GOODBYE_SECONDS = 5.0


class Broken(Exception):
    """A process of it failed or died; what was stored stays. Begin again, and it goes on."""


@dataclass(frozen=True)
class Region:
    """What is to be stored."""

    seed: int
    size: Size
    clean: bool


@dataclass(frozen=True)
class Stored:
    """What was stored.

    Attributes:
        events: by store, how many it holds now.
        peak_mb: the most memory that any of the processes had resident.
    """

    events: dict[str, int]
    peak_mb: float


def store(data: Path, region: Region, *, processes: int = 2, told: Told) -> Stored:
    """Store a region in a folder in which nothing runs; begun again, it goes on.

    Raises:
        NotReady, EmbeddedError: its servers cannot be started; the message says why.
        Broken: a process failed.
    """
    with Installation(data, names=()):
        return store_in(data, region, processes=processes, told=told)


def store_in(data: Path, region: Region, *, processes: int = 2, told: Told) -> Stored:
    """The same, where the folder's PostgreSQL runs already and its services do not.

    Raises:
        Broken: a process failed.
    """
    _say_little()
    uvloop.run(_introduce(data))
    parts = list(range(len(parts_of(region.size.children))))
    shares = [parts[number::processes] for number in range(processes)]
    peaks = _together(
        [(_take, (data, region, share)) for share in shares],
        "children", region.size.children, told,
    )  # fmt: skip
    heads = uvloop.run(_heads(data))
    work = [(name, source, heads[source]) for name, source in WORK]
    todo = sum(heads[source] for _, source in WORK)
    # What is only about missing is about as much as all the rest together.
    split = [[one for one in work if (one[1] == "missing") is mine] for mine in (True, False)]
    peaks += _together([(_follow, (data, share)) for share in split], "linking", todo, told)
    return Stored(uvloop.run(_heads(data)), max(peaks))


def _together(
    jobs: list[tuple[Callable[..., Any], tuple[Any, ...]]], stage: str, of: int, told: Told
) -> list[float]:
    """Let each job be done by a process of its own; the peak memory of each, in MB."""
    spawn = multiprocessing.get_context("spawn")
    said: multiprocessing.Queue[int | float | str] = spawn.Queue()
    workers = [
        spawn.Process(target=_work, args=(job, arguments, said), daemon=True)
        for job, arguments in jobs
    ]
    done, peaks = 0, list[float]()
    told(stage, 0, of)
    try:
        for worker in workers:
            worker.start()
        while len(peaks) < len(workers):
            try:
                found = said.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if any(worker.exitcode not in {None, 0} for worker in workers):
                    raise Broken("a process of it died") from None
                continue
            if isinstance(found, str):
                raise Broken(found)
            if isinstance(found, float):
                peaks.append(found)
            else:
                done += found
                told(stage, done, of)
    finally:
        for worker in workers:
            if worker.pid is not None:
                worker.join(GOODBYE_SECONDS if len(peaks) == len(workers) else 0)
                worker.terminate()
                worker.join()
    return peaks


def _work(job: Callable[..., Any], arguments: tuple[Any, ...], said: Any) -> None:
    """A process's life: it ends with whoever started it, however that came."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    collect_rarely()
    _say_little()
    try:
        uvloop.run(job(*arguments, said.put))
    except Exception as reason:  # noqa: BLE001 (told to whoever started it, by its kind only)
        said.put(f"a process of it failed: {_kind(reason)}")
    else:
        said.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _say_little() -> None:
    """Nobody reads of connections here; of faults somebody might."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _kind(reason: BaseException) -> str:
    while isinstance(reason, BaseExceptionGroup):
        reason = reason.exceptions[0]
    return str(reason) if isinstance(reason, Unavailable | NotTaken) else type(reason).__name__


async def _introduce(data: Path) -> None:
    async with opened(data) as services:
        await introduce(register(), services)


async def _heads(data: Path) -> dict[str, int]:
    async with opened(data) as services:
        return {
            name: (await services.runtimes[name].stores[name].head()).position for name in NAMES
        }


async def _take(data: Path, region: Region, parts: list[int], told: Callable[[int], None]) -> None:
    async with opened(data) as services:
        for part in parts:
            seed = seed_of(region.seed, part)
            world = part_of(region.seed, region.size, part)
            sent = reports(world)
            if not region.clean:
                sent, _ = with_errors(sent, seed, rates())
            await take(sent, seed, services)
            told(len(world.children))


async def _follow(
    data: Path, work: list[tuple[str, str, int]], told: Callable[[int], None]
) -> None:
    async with opened(data) as services, asyncio.TaskGroup() as group:
        for name, source, head in work:
            group.create_task(follow(name, source, head, services, told))
