"""What the tests of the embedded servers share: asking a server, waiting for processes."""

import asyncio
import contextlib
import os
import pwd
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.embedded import NatsUser
from shared.embedded.binaries import Account, find_postgres, postgres_version
from shared.embedded.pids import born

ROOT = Path(__file__).parents[2]
ALICE = NatsUser("alice", "pw-alice", ("evt.missing.>",), ("evt.missing.>",))
BOB = NatsUser("bob", "pw-bob", ("evt.screening.>",), ("evt.screening.>",))
MUTE = NatsUser("mute", "pw-mute", (), (">",))
RELAY = NatsUser("relay", "pw-relay", ("$JS.API.>", "evt.>"), ())
USERS = (ALICE, BOB, MUTE, RELAY)


def ask(url: str, *statements: str) -> Any:
    """Runs statements over one connection; the last one's first value."""

    async def run() -> Any:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def wait_gone(*pids: int, seconds: float = 10) -> None:
    """Fails unless these processes end."""
    end = time.monotonic() + seconds
    while alive := [pid for pid in pids if born(pid) is not None]:
        assert time.monotonic() < end, f"still running: {alive}"
        time.sleep(0.02)


def script(body: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Starts a Python program that can import this project."""
    return subprocess.Popen(
        [sys.executable, "-c", body, *map(str, arguments)],
        cwd="/",
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder of root's that every account can pass through to; pytest's own is closed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def ordinary_account() -> Account:
    """An account without rights, other than the one that PostgreSQL is given; skips without one."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    entry = pwd.getpwnam("daemon")
    account = Account(entry.pw_uid, entry.pw_gid)
    if postgres_version(find_postgres(), account) is None:
        pytest.skip("this environment lies where an ordinary account cannot read it")
    return account
