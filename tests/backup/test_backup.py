"""A backup holds one moment of everything, restores to the same, and an old one is noticed."""

import asyncio
import json
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx
import pytest

from services.cli.backup.backing_up import back_up
from services.cli.backup.manifest import BackupError, read_manifest
from services.cli.backup.restoring import restore_into
from services.cli.backup.verifying import Verified, verify
from services.cli.installation import Installation
from services.cli.provision import with_database
from services.cli.reading import admin_url, token_for
from services.missing.api import examples
from services.topology import SERVICES
from shared.embedded import Postgres, find_postgres

pytestmark = pytest.mark.integration

REPORT = cast("Any", examples.REPORT)["json_schema_extra"]["examples"][0]


def report(installation: Installation, reference: str) -> str:
    """The id of an episode that was acknowledged."""
    response = httpx.post(
        f"{installation.addresses['missing']}/episodes",
        json=REPORT | {"force_reference": reference},
        headers={
            "Authorization": f"Bearer {token_for(installation.folder, 'northvale-police-system')}",
            "Idempotency-Key": secrets.token_hex(16),
        },
        timeout=20,
    )
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def wait_for_archive(installation: Installation) -> None:
    """Until mash has everything that was acknowledged."""

    async def reached() -> int:
        missing = await asyncpg.connect(_database(installation.postgres.url, "missing"))
        mash = await asyncpg.connect(_database(installation.postgres.url, "mash"))
        try:
            head: int = await missing.fetchval("SELECT position FROM missing.head")
            archived: int = await mash.fetchval(
                "SELECT position FROM archive.progress WHERE source = 'missing'"
            )
            return head - archived
        finally:
            await missing.close()
            await mash.close()

    deadline = time.monotonic() + 30
    while asyncio.run(reached()):
        assert time.monotonic() < deadline, "the archive does not catch up"
        time.sleep(0.05)


def _database(url: str, service: str) -> str:
    return with_database(url, SERVICES[service].database)


class Meanwhile:
    """Has an episode reported, and read by mash, as soon as the check of a store has begun."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._elsewhere = ThreadPoolExecutor(1)

    def __call__(self, store: str, checked: int, of: int) -> None:
        if checked == 0:
            self._elsewhere.submit(self._reported, f"BK/while {store} is checked").result()

    def _reported(self, reference: str) -> None:
        report(self._installation, reference)
        wait_for_archive(self._installation)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """An installation that was backed up twice, with events between, and is stopped now."""
    folder = tmp_path_factory.mktemp("backups")
    data = folder / "data"
    with Installation(data) as installation:
        first = report(installation, "BK/1")
        wait_for_archive(installation)
        url = admin_url(data)
        back_up(admin_url=url, keys=data / "keys", to=folder / "old")
        second = report(installation, "BK/2")
        wait_for_archive(installation)
        back_up(admin_url=url, keys=data / "keys", to=folder / "new")
        checked = asyncio.run(verify(url, against=read_manifest(folder / "new")))
        busy = asyncio.run(verify(url, tell=Meanwhile(installation)))
    yield {
        "folder": folder,
        "data": data,
        "episodes": [first, second],
        "checked": checked,
        "busy": busy,
    }
    shutil.rmtree(folder, ignore_errors=True)


def test_a_running_installation_is_whole(made: dict[str, Any]) -> None:
    checked: Verified = made["checked"]
    assert checked.findings == []
    assert checked.events["missing"] >= 4
    assert checked.keys > 4


def test_an_installation_that_goes_on_recording_is_whole(made: dict[str, Any]) -> None:
    checked: Verified = made["busy"]
    assert checked.findings == []


def test_a_backup_without_views_holds_nobodys_words_in_the_clear(made: dict[str, Any]) -> None:
    names = (b"Ashdown", b"Wren")
    for path in (made["folder"] / "new" / "stores").iterdir():
        # Sealed text does not compress; what were clear would stand in the restored rows, which
        # the smoke test scans. Here: nothing of the views is in the dump.
        listed = subprocess.run(
            [find_postgres() / "pg_restore", "--list", path], capture_output=True, check=True
        ).stdout
        assert b" views_v" not in listed
        assert not any(name in listed for name in names)


def test_what_is_restored_goes_on_where_the_backup_was_made(
    made: dict[str, Any], tmp_path: Path
) -> None:
    data = tmp_path / "elsewhere"

    verified = restore_into(data, backup=made["folder"] / "new")

    assert verified.findings == []
    with Installation(data) as installation:
        third = report(installation, "BK/3")
        wait_for_archive(installation)
        for episode in [*made["episodes"], third]:
            found = httpx.get(
                f"{installation.addresses['missing']}/episodes/{episode}",
                headers={"Authorization": f"Bearer {token_for(data, 'northvale-police-system')}"},
            )
            assert found.status_code == 200
            assert "Ashdown" in found.text
        again = asyncio.run(verify(admin_url(data), against=read_manifest(made["folder"] / "new")))
    assert again.findings == []


def test_the_restore_of_an_old_backup_is_noticed(made: dict[str, Any], tmp_path: Path) -> None:
    data = tmp_path / "older"
    restore_into(data, backup=made["folder"] / "old")

    with Postgres(data) as postgres:
        found = asyncio.run(verify(postgres.url, against=read_manifest(made["folder"] / "new")))

    assert "missing" in {finding.store for finding in found.findings}
    assert any("an older backup was restored" in finding.what for finding in found.findings)


def test_a_store_that_is_older_than_its_readers_or_was_changed_is_found(
    made: dict[str, Any], tmp_path: Path
) -> None:
    data = tmp_path / "damaged"
    restore_into(data, backup=made["folder"] / "new")

    async def damage(url: str) -> None:
        missing = await asyncpg.connect(_database(url, "missing"))
        vault = await asyncpg.connect(with_database(url, "throughline_vault"))
        try:
            await missing.execute(
                "ALTER TABLE missing.event DISABLE TRIGGER never_changed;"
                "UPDATE missing.event SET body = body || ' ' WHERE position = 1;"
                "DELETE FROM missing.event WHERE position > 2"
            )
            await vault.execute("DELETE FROM key WHERE scope = 'missing.narrative'")
        finally:
            await missing.close()
            await vault.close()

    with Postgres(data) as postgres:
        asyncio.run(damage(postgres.url))
        found = asyncio.run(verify(postgres.url))

    said = " ".join(finding.what for finding in found.findings)
    assert "its bytes are not those that its leaf hash was made of" in said
    assert "its head says" in said
    assert "are not in the vault" in said
    assert "somebody has read up to event" in said
    assert "archive holds other bytes than the store" in said


def test_a_backup_that_is_not_whole_is_refused_and_leaves_no_trace(
    made: dict[str, Any], tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(made["folder"] / "new", broken)
    dumped = broken / "stores" / "missing.dump"
    dumped.write_bytes(dumped.read_bytes()[:-1])
    with pytest.raises(BackupError, match="is not the file that was backed up"):
        restore_into(tmp_path / "data", backup=broken)

    (broken / "vault" / "vault.dump").unlink()
    dumped.write_bytes((made["folder"] / "new" / "stores" / "missing.dump").read_bytes())
    with pytest.raises(BackupError, match="is missing: put back"):
        restore_into(tmp_path / "data", backup=broken)

    manifest = json.loads((broken / "manifest.json").read_text())
    (broken / "manifest.json").write_text(json.dumps(manifest | {"version": 99}))
    with pytest.raises(BackupError, match="another version"):
        restore_into(tmp_path / "data", backup=broken)

    assert not list(tmp_path.glob("data*"))


def test_a_backup_overwrites_nothing(made: dict[str, Any]) -> None:
    with pytest.raises(BackupError, match="exists already"):
        back_up(
            admin_url="postgresql://nowhere", keys=made["data"] / "keys", to=made["folder"] / "new"
        )


def test_a_restore_overwrites_nothing(made: dict[str, Any]) -> None:
    with pytest.raises(BackupError, match="is not empty"):
        restore_into(made["data"], backup=made["folder"] / "new")
