"""Killed at any point, an import has stored rows wholly or not at all; again, it is finished."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from shared.embedded import Postgres
from tests.cli.importing.files import CANARY, kept, lines, small_report
from tests.cli.importing.served import POLICE, Served, served
from tests.cli.running import COMMAND, environment

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

ROWS = 80
KILLED_AT = (1, 9, 30, 60)
"""After so many requests of a run: some lie within the first rows, some in the midst of others."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with served(postgres, tmp_path_factory.mktemp("interrupted")) as made:
        yield made


async def begun(service: Served, file: Path, *more: str) -> Process:
    """The command, in a process of its own."""
    return await asyncio.create_subprocess_exec(
        *COMMAND, "import", "report", str(file), "--to", service.address, *more,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment(
            THROUGHLINE_TOKEN=service.apps.token(POLICE),
            XDG_CONFIG_HOME=str(file.parent / "config"),
        ),
    )  # fmt: skip


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def episodes(service: Served) -> dict[str, list[str]]:
    """The types of the events of each correlated request: what one row has left."""
    async with service.apps.admin("missing") as connection:
        rows = await connection.fetch(
            "SELECT correlation_id, array_agg(type ORDER BY position) AS types "
            "FROM missing.event GROUP BY correlation_id"
        )
    return {str(row["correlation_id"]): list(row["types"]) for row in rows}


class Killing:
    """In front of the service: kills whoever sends at a request of theirs, and carries that out."""

    def __init__(self, service: Served, at: int, number: int = signal.SIGKILL) -> None:
        self.process: Process | None = None
        self._number = number
        self._left = at
        self._app = service.door.app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._left -= 1
        if self._left == 0 and self.process is not None:
            self.process.send_signal(self._number)
        await self._app(scope, receive, send)


WHOLE = ["missing.episode-reported.v1", "missing.interview-required.v1"]


async def test_a_killed_import_leaves_whole_rows_and_is_finished_by_the_same_command(
    service: Served, tmp_path: Path
) -> None:
    rows = [small_report(number) for number in range(ROWS)]
    rows[5]["concern"] = CANARY
    others = len(await episodes(service))
    file = kept(tmp_path, lines(rows), "r.ndjson")
    for requests in KILLED_AT:
        killing = Killing(service, requests)
        service.door.instead = killing
        killing.process = await begun(service, file, "--keep-going")
        assert await killing.process.wait() == -9
        service.door.instead = None
        assert all(types == WHOLE for types in (await episodes(service)).values())
        assert not (tmp_path / "r.failed.ndjson").exists()

    process = await begun(service, file, "--keep-going")
    said, complained = await process.communicate()

    assert (process.returncode, complained) == (1, b"")
    assert b"row 6: concern: this must be one of" in said
    assert f"Of {ROWS} rows".encode() in said
    stored = await episodes(service)
    assert len(stored) - others == ROWS - 1
    assert all(types == WHOLE for types in stored.values())
    assert inside(tmp_path) == ["config", "r.failed.ndjson", "r.ndjson"]

    process = await begun(service, file, "--keep-going")
    said, _ = await process.communicate()
    assert f"0 were stored, {ROWS - 1} were there already".encode() in said
    assert await episodes(service) == stored


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_import_says_how_it_is_finished(
    service: Served, tmp_path: Path, number: int
) -> None:
    rows = [small_report(7000 + number * 100 + row) for row in range(60)]
    rows[0]["concern"] = CANARY
    interrupting = Killing(service, 20, number)
    service.door.instead = interrupting
    interrupting.process = await begun(service, kept(tmp_path, lines(rows)), "--keep-going")
    said, complained = await interrupting.process.communicate()
    service.door.instead = None
    assert (interrupting.process.returncode, complained) == (128 + number, b"")
    assert b"run the same command again" in said
    assert inside(tmp_path) == ["config", "file.csv"]


async def test_somebody_of_the_demonstration_sends_to_the_installation_of_a_folder(
    service: Served, tmp_path: Path
) -> None:
    """As `throughline up` leaves it: its ports and its token keys are what is needed of it."""
    (tmp_path / "ports.json").write_text(
        json.dumps({"missing": int(service.address.rpartition(":")[2])})
    )
    (tmp_path / "keys").symlink_to(Path(service.apps.settings["missing"].token_keys).parent)
    file = kept(tmp_path, lines([small_report(9000)]))
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "import", "report", str(file), "--data", str(tmp_path), "--as", POLICE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment(XDG_CONFIG_HOME=str(tmp_path / "config")),
    )  # fmt: skip
    said, complained = await process.communicate()
    assert (process.returncode, complained) == (0, b"")
    assert b"1 was stored" in said


async def test_what_the_command_says_and_keeps_of_rows_is_nothing(
    service: Served, tmp_path: Path
) -> None:
    """Not in its output, nor its command line, nor the file of row keys, nor a request's key."""
    keys = []

    async def looking(scope: Any, receive: Any, send: Any) -> None:
        keys.append(dict(scope["headers"])[b"idempotency-key"].decode())
        await service.door.app(scope, receive, send)

    rows = [small_report(5000), small_report(5001, concern=CANARY)]
    service.door.instead = looking
    process = await begun(service, kept(tmp_path, lines(rows)), "--keep-going")
    said, complained = await process.communicate()
    service.door.instead = None

    for words in (said, complained, (tmp_path / "config/throughline/import-key").read_bytes()):
        for secret in (b"Invented", b"NV/T", CANARY.encode(), b"2001-02"):
            assert secret not in words
    assert [len(key) for key in keys] == [len("import-") + 64]
    assert (tmp_path / "config/throughline/import-key").stat().st_mode & 0o777 == 0o600


async def test_as_a_person_at_a_terminal_sees_it(service: Served, tmp_path: Path) -> None:
    """A bar with rate and time left where there is a terminal; lines in a log."""
    file = kept(tmp_path, lines(small_report(number) for number in range(6000, 6030)))
    leader, follower = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "import", "report", str(file),
        "--to", service.address, "--at-once", "1", "--row-keys", str(tmp_path / "keys"),
        stdout=follower, stderr=follower,
        env=environment(THROUGHLINE_TOKEN=service.apps.token(POLICE), TERM="xterm"),
    )  # fmt: skip
    os.close(follower)
    shown = await asyncio.to_thread(_everything, leader)
    assert await process.wait() == 0
    assert "sending, in rows" in shown
    assert "30/30" in shown
    assert "/s" in shown
    assert "30 were stored" in shown


def _everything(leader: int) -> str:
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part
    os.close(leader)
    return shown.decode("utf-8", "replace")
