"""The crash test is itself tested: a design that is broken on purpose does not pass it."""

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest

from services.cli.installation import Installation
from services.cli.provision import with_database
from services.topology import SERVICES
from tests.crash.audit import faults_of, settled, stored
from tests.crash.client import Reporters, receipts
from tests.crash.killer import Killer

SEED = 11
KILLS = 3

pytestmark = [pytest.mark.integration, pytest.mark.crash]


class Broken(Installation):
    """Runs services that are broken on purpose."""

    def __init__(self, folder: Path, how: str) -> None:
        super().__init__(folder)
        self.program = (sys.executable, "-m", "tests.crash.broken", how)


@pytest.mark.parametrize(
    ("how", "service", "notices"),
    [
        ("early-receipt", "missing", "lost: "),
        ("position-first", "intake", "mention linked 0 times"),
    ],
)
def test_a_broken_design_is_noticed(tmp_path: Path, how: str, service: str, notices: str) -> None:
    async def crash() -> list[str]:
        # A return would be refused where its report was lost: seen by the client, not by the audit.
        reporters = Reporters(
            installation, tmp_path / "receipts", SEED, pause_seconds=0.1, returns=False
        )
        killer = Killer(installation, SEED)
        load = asyncio.create_task(reporters.run())
        for _ in range(KILLS):
            await asyncio.sleep(0.5)
            killer.kill(service)
            await asyncio.to_thread(installation.wait_ready)
        reporters.stopping = True
        await load
        await settled(installation, 5)
        return faults_of(await stored(installation), receipts(reporters.ledger))

    with Broken(tmp_path / "installation", how) as installation:
        faults = asyncio.run(crash())
    assert any(notices in fault for fault in faults), faults[:5]


def test_doubles_and_a_hole_in_the_archive_are_noticed(tmp_path: Path) -> None:
    """A client that asks again under another key; a row that somebody removed."""

    async def load() -> list[str]:
        reporters = Reporters(installation, tmp_path / "receipts", SEED, forgetful=True)
        await reporters.run(reports=20)
        assert await settled(installation)
        faults = faults_of(await stored(installation), receipts(reporters.ledger))
        url = with_database(installation.postgres.url, SERVICES["mash"].database)
        admin = await asyncpg.connect(url)
        await admin.execute("DELETE FROM archive.event WHERE source = 'missing' AND position = 7")
        await admin.close()
        return faults + faults_of(await stored(installation), receipts(reporters.ledger))

    with Installation(tmp_path / "installation") as installation:
        faults = asyncio.run(load())
    assert "doubled: 30 episodes of 20 reports" in faults
    assert "mash's archive of missing is not what missing stored" in faults
