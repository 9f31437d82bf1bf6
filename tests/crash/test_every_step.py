"""Each durable step of each service is broken: it fails, waits, and its process dies there.

`make chaos` kills at every one; here it is a sample, another each time.
"""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.crash.audit import faults_in, views_faults
from tests.crash.client import Reporters
from tests.crash.evidence import gathered
from tests.crash.exhaustive import carried_out, planned, told
from tests.crash.faulty import Faulty
from tests.crash.lookers import Lookers
from tests.crash.work import WORK

SEED = int(os.environ.get("CRASH_SEED") or 0) or random.SystemRandom().randrange(1, 10**6)
SHARE = float(os.environ.get("CRASH_SHARE") or 0.1)

pytestmark = [pytest.mark.integration, pytest.mark.crash]


@pytest.mark.timeout(600)
def test_whatever_breaks_before_or_after_a_step_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    plan = planned(SEED, share=SHARE)

    async def broken() -> list[str]:
        load = asyncio.gather(reporters.run(count=6), lookers.run())
        left = await asyncio.to_thread(lambda: list(carried_out(installation, plan))[-1])
        reporters.stopping = lookers.stopping = True
        await load
        await asyncio.to_thread(installation.wait_ready)
        refused = reporters.refused + lookers.refused
        found = await gathered(installation, reporters.ledger, lookers.ledger, refused=refused)
        faults = [*told(left), *faults_in(found), *([] if found.alerts else ["no rule spoke"])]
        return faults + await views_faults(installation, found, seed=SEED, at_most=10)

    with Faulty(tmp_path / "installation") as installation:
        reporters = Reporters(
            installation,
            tmp_path / "receipts",
            SEED,
            pause_seconds=0.02,
            looks=True,
            work=tuple(WORK.values()),
        )
        lookers = Lookers(installation, tmp_path / "shown", SEED, pause_seconds=0.02)
        faults = asyncio.run(broken())

    assert not faults, (SEED, faults[:10])
