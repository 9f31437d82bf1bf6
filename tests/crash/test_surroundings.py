"""Lines break, slow down and hang, clocks jump, and the disk is full: while reports come in."""

import asyncio
import os
import random
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from services.cli.status import conditions
from services.topology import SERVICES
from tests.crash.audit import faults_in, views_faults
from tests.crash.client import Reporters
from tests.crash.evidence import connect_to, gathered
from tests.crash.faulty import Faulty
from tests.crash.killer import Killer
from tests.crash.lookers import Lookers
from tests.crash.surroundings import Clocks, NoSmallDisk, full, small_disk
from tests.crash.work import WORK

SEED = int(os.environ.get("CRASH_SEED") or 0) or random.SystemRandom().randrange(1, 10**6)
PAST_PATIENCE_SECONDS = 11.0
"""Longer than a service waits for its database."""

LONG = bool(os.environ.get("CRASH_LONG"))
"""In `make chaos`: more of everything, and a database that hangs past all patience."""

ROUNDS = 6 if LONG else 0
TIMES_FULL = 3 if LONG else 1
DISK_MEGABYTES = 700
HOUR = 3600.0

pytestmark = [pytest.mark.integration, pytest.mark.crash, pytest.mark.timeout(300)]


def audited(
    installation: Faulty, folder: Path, happens: Callable[[], None], seconds: float = 60.0
) -> tuple[Reporters, list[str]]:
    """The clients, and what is wrong after something happened while they were at work."""
    reporters = Reporters(
        installation,
        folder / "receipts",
        SEED,
        pause_seconds=0.02,
        looks=True,
        work=tuple(WORK.values()),
        addresses=installation.asked,
    )
    lookers = Lookers(installation, folder / "shown", SEED, addresses=installation.asked)

    async def run() -> list[str]:
        load = asyncio.gather(reporters.run(count=6), lookers.run())
        await asyncio.to_thread(happens)
        reporters.stopping = lookers.stopping = True
        await load
        await asyncio.to_thread(installation.wait_ready)
        refused = reporters.refused + lookers.refused
        found = await gathered(
            installation, reporters.ledger, lookers.ledger, refused=refused, seconds=seconds
        )
        return faults_in(found) + await views_faults(installation, found, seed=SEED, at_most=10)

    faults = asyncio.run(run())
    assert reporters.acknowledged > 10
    return reporters, faults


def test_lines_that_break_and_clocks_that_jump(tmp_path: Path) -> None:
    """What is recorded never goes back when clocks do."""
    with Faulty(tmp_path / "installation", lines=True) as installation:
        clocks = Clocks(installation)
        clocks.make()
        chance = random.Random(SEED)

        def happens() -> None:
            killer = Killer(installation, SEED)
            for ahead in (HOUR, -HOUR, *(chance.uniform(-HOUR, HOUR) for _ in range(ROUNDS)), 0.0):
                clocks.set(ahead)
                for what in ("line cut", "line slow", "line hung"):
                    killer.do(what)
            for line in installation.lines.values():
                line.cut()
                time.sleep(0.2)
            if LONG:
                installation.lines["postgres"].hang()
                time.sleep(PAST_PATIENCE_SECONDS)
                installation.lines["postgres"].resume()

        _, faults = audited(installation, tmp_path, happens)
        newest, smallest_step = asyncio.run(_times(installation))
        assert sum(line.cuts for line in installation.lines.values()) > 10
    assert not faults, (SEED, faults[:10])
    # The clocks did jump: an hour ahead was recorded, and nothing after it is earlier.
    assert newest > time.time() + HOUR / 2
    assert smallest_step >= 0


async def _times(installation: Faulty) -> tuple[float, float]:
    """The newest time of the missing store, and the smallest step from one event to the next."""
    connection = await connect_to(installation, "missing")
    try:
        rows = await connection.fetch(
            "SELECT extract(epoch FROM recorded_at)::float8 FROM missing.event ORDER BY position"
        )
    finally:
        await connection.close()
    times = [row[0] for row in rows]
    return max(times), min(later - earlier for earlier, later in pairwise(times))


TOLD_SECONDS = 20.0


def as_told(installation: Faulty) -> None:
    """Do what `throughline status` says, if it says so: start nats-server again."""
    end = time.monotonic() + TOLD_SECONDS
    while time.monotonic() < end:
        found = [each for each in conditions(installation.folder).values() if each is not None]
        if any("start nats-server again" in word for each in found for word in each.advice):
            with installation.attending:
                installation.nats.stop()
                installation.nats.start()
            return
        time.sleep(0.5)


def test_a_disk_that_is_full_for_a_while(tmp_path: Path) -> None:
    try:
        with (
            small_disk(tmp_path / "disk", DISK_MEGABYTES) as disk,
            Faulty(disk / "installation") as installation,
        ):

            def happens() -> None:
                time.sleep(1)
                for _ in range(TIMES_FULL):
                    with full(disk):
                        time.sleep(3)
                    installation.wait_ready()
                    as_told(installation)

            reporters, faults = audited(installation, tmp_path, happens)
    except NoSmallDisk as reason:
        told = f"NOT TESTED: a full disk, for this account may not mount a small one ({reason})"
        warnings.warn(pytest.PytestWarning(told), stacklevel=1)
        pytest.skip(told)
    assert not faults, (SEED, faults[:10])
    # It was full indeed: somebody was told to come back.
    assert reporters.answers[503] + reporters.repeated > 0


assert SERVICES.keys() >= WORK.keys()
