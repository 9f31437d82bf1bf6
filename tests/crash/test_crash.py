"""Everything is killed in turn while reports come in: nothing is lost, nothing is doubled."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from services.topology import SERVICES
from tests.crash.audit import faults_in, views_faults
from tests.crash.client import Reporters
from tests.crash.evidence import gathered
from tests.crash.faulty import Faulty
from tests.crash.killer import Killer
from tests.crash.lookers import Lookers
from tests.crash.work import WORK

SEED = int(os.environ.get("CRASH_SEED") or 0) or random.SystemRandom().randrange(1, 10**6)
"""Another order each time: what one order does not find, another may. CRASH_SEED repeats one."""

ROUNDS = 1
NAMES_SEARCHED = 20

pytestmark = [pytest.mark.integration, pytest.mark.crash]


@pytest.mark.timeout(300)
def test_what_was_acknowledged_is_there_once(tmp_path: Path) -> None:
    async def crash() -> tuple[str, list[str]]:
        began = time.monotonic()
        load = asyncio.gather(reporters.run(), lookers.run())
        await asyncio.to_thread(killer.run, rounds=ROUNDS)
        reporters.stopping = lookers.stopping = True
        await load
        await asyncio.to_thread(installation.wait_ready)
        refused = reporters.refused + lookers.refused
        found = await gathered(installation, reporters.ledger, lookers.ledger, refused=refused)
        faults = faults_in(found)
        if not found.behind:
            faults += await views_faults(installation, found, seed=SEED, at_most=NAMES_SEARCHED)
        return (
            f"seed {SEED}: {killer.kills.total()} kills {dict(killer.kills)}, "
            f"{dict(killer.faults)}; {reporters.acknowledged} acknowledged in "
            f"{reporters.attempts} requests, {reporters.replayed} answered from the first answer; "
            f"{len(found.shown)} shown; by status {dict(reporters.answers)}; "
            f"{time.monotonic() - began:.0f} s"
        ), faults

    with Faulty(tmp_path / "installation") as installation:
        reporters = Reporters(
            installation,
            tmp_path / "receipts",
            SEED,
            pause_seconds=0.01,
            looks=True,
            work=tuple(WORK.values()),
        )
        lookers = Lookers(installation, tmp_path / "shown", SEED)
        killer = Killer(installation, SEED)
        figures, faults = asyncio.run(crash())

    assert not faults, f"{figures}; {faults[:10]}"
    assert killer.kills.keys() == {*SERVICES, "postgres", "nats-server"}
    # The cases that matter must have been met: stored and the answer lost; shown.
    assert reporters.replayed > 0, figures
    assert reporters.shown > 0, figures
