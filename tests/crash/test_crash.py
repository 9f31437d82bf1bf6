"""Everything is killed in turn while reports come in: nothing is lost, nothing is doubled."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from services.cli.installation import Installation
from tests.crash.audit import faults_of, settled, stored, views_faults
from tests.crash.client import Reporters, receipts
from tests.crash.killer import Killer

SECONDS = float(os.environ.get("CRASH_SECONDS", "0"))
"""Kill for so long (`make chaos`); else each thing a few times."""

SEED = int(os.environ.get("CRASH_SEED") or 0) or random.SystemRandom().randrange(1, 10**6)
"""Another order each time: what one order does not find, another may. CRASH_SEED repeats one."""

ROUNDS = 3
NAMES_SEARCHED = 100

pytestmark = [pytest.mark.integration, pytest.mark.crash]


@pytest.mark.timeout(120 + 2 * SECONDS)
def test_what_was_acknowledged_is_there_once(tmp_path: Path) -> None:
    with Installation(tmp_path / "installation") as installation:
        reporters = Reporters(installation, tmp_path / "receipts", SEED, pause_seconds=0.01)
        killer = Killer(installation, SEED)
        figures, faults = asyncio.run(_crash(installation, reporters, killer))
    figures = f"seed {SEED}: {figures}"
    if path := os.environ.get("CRASH_FIGURES"):
        Path(path).write_text(figures + "\n")
    assert not faults, f"{figures}; {faults[:10]}"
    assert min(killer.kills.values()) >= 1
    # The case that keys are for must have been met: stored, and the answer lost.
    assert reporters.replayed > 0, figures


async def _crash(
    installation: Installation, reporters: Reporters, killer: Killer
) -> tuple[str, list[str]]:
    """Load and kill, then wait and look: what happened, and what is wrong."""
    began = time.monotonic()
    load = asyncio.create_task(reporters.run())
    if SECONDS:
        await asyncio.to_thread(killer.run, seconds=SECONDS)
    else:
        await asyncio.to_thread(killer.run, rounds=ROUNDS)
    reporters.stopping = True
    await load
    loaded = time.monotonic()
    await asyncio.to_thread(installation.wait_ready)
    arrived = await settled(installation)
    settled_in = time.monotonic() - loaded
    acknowledged = receipts(reporters.ledger)
    found = await stored(installation)
    faults = faults_of(found, acknowledged)
    if arrived:
        names = [receipt.name for receipt in acknowledged if receipt.name]
        chosen = random.Random(SEED).sample(names, k=min(NAMES_SEARCHED, len(names)))
        faults += await views_faults(installation, found.children, chosen)
    else:
        faults.append("the read side did not get everything")
    return (
        f"{sum(killer.kills.values())} kills {dict(killer.kills)}, "
        f"{installation.restarts} restarts; {len(acknowledged)} acknowledged in "
        f"{reporters.attempts} requests, {reporters.repeated} of them repetitions, "
        f"{reporters.replayed} answered from the first answer; by status {reporters.answers}; "
        f"slowest receipt {reporters.slowest:.1f} s; "
        f"{sum(map(len, found.events.values()))} events, {len(found.children)} children; "
        f"load {loaded - began:.1f} s, all arrived {settled_in:.1f} s later, "
        f"{time.monotonic() - began:.1f} s in all; {len(faults)} faults"
    ), faults
