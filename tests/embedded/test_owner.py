"""A server never outlives the program that started it, however that ends."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from shared.embedded import Nats, Postgres, process
from shared.embedded.pids import born, children
from tests.embedded.support import USERS, ask, script, wait_gone

pytestmark = pytest.mark.integration

OWNER = """
import sys, threading, time
from pathlib import Path
from shared.embedded import Nats, Postgres, process
from tests.embedded.support import USERS
folder = Path(sys.argv[1])
postgres, nats = Postgres(folder), Nats(folder, USERS)
# In a thread that ends, since a server must not be tied to the thread that started it.
for server in (postgres, nats):
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
time.sleep(0.1)
print(postgres.pid, nats.pid, postgres.url, flush=True)
time.sleep(float(sys.argv[2]))
"""


def owner(folder: Path, seconds: float = 60) -> tuple[subprocess.Popen[str], list[int], str]:
    """Starts both servers from another program; the program, their pids, PostgreSQL's address."""
    program = script(OWNER, folder, str(seconds))
    assert program.stdout is not None
    postgres, nats, url = program.stdout.readline().split()
    return program, [int(postgres), int(nats)], url


def kill(program: subprocess.Popen[str]) -> None:
    program.kill()
    program.communicate()


def test_servers_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    program, pids, url = owner(tmp_path)
    ask(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)", "SELECT 1")
    guards = [pid for pid in children(program.pid) if pid not in pids]
    assert len(guards) == 2
    assert all(born(pid) for pid in pids)
    kill(program)
    # At once, while the guards are at work: the new owner has to cope with that.
    with Postgres(tmp_path) as postgres, Nats(tmp_path, USERS):
        wait_gone(*pids, *guards)
        assert postgres.url == url
        assert ask(url, "SELECT n FROM kept") == 7


def test_servers_end_when_their_owner_ends_without_a_word(data: Path) -> None:
    program, pids, _ = owner(data, seconds=0)
    program.communicate()
    wait_gone(*pids)


@pytest.mark.parametrize("recorded", [True, False])
def test_servers_left_running_are_replaced(data: Path, recorded: bool) -> None:
    program, pids, url = owner(data)
    for guard in set(children(program.pid)) - set(pids):
        os.kill(guard, signal.SIGKILL)
    try:
        kill(program)
        time.sleep(0.2)
        assert all(born(pid) for pid in pids)
        if not recorded:
            for server in ("postgres", "nats"):
                (data / server / "process").unlink()
        with Postgres(data) as postgres, Nats(data, USERS) as nats:
            wait_gone(*pids, seconds=0)
            assert {postgres.pid, nats.pid}.isdisjoint(pids)
            assert postgres.url == url
            assert ask(url, "SELECT 1") == 1
    finally:
        # Without their guards nobody else would end them if this test fails.
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_an_owner_killed_during_initdb_leaves_a_folder_that_starts(tmp_path: Path) -> None:
    program = script(OWNER, tmp_path, "60")
    own = tmp_path / "postgres"
    while not any(own.glob("cluster.unfinished-*/PG_VERSION")):
        assert program.poll() is None
        time.sleep(0.005)
    kill(program)
    assert not (own / "cluster").exists()
    with Postgres(tmp_path) as postgres:
        assert ask(postgres.url, "SELECT 1") == 1
    assert not [p for p in own.glob("cluster.unfinished-*") if any(p.iterdir())]


def test_a_server_that_does_not_answer_is_ended_by_force(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "STOP_PATIENCE", 0.1)
    before = set(children(os.getpid()))  # other tests may keep a server of their own
    for server in (Postgres(data), Nats(data, USERS)):
        server.start()
        assert server.pid is not None
        family = [server.pid, *children(server.pid), *(set(children(os.getpid())) - before)]
        os.kill(server.pid, signal.SIGSTOP)
        server.stop()
        wait_gone(*family, seconds=0)


def test_a_guard_leaves_alone_whoever_has_the_pid_by_now(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["/bin/sleep", "30"])
    try:
        command = ["/bin/sh", "-c", process.GUARD, "guard", str(bystander.pid), "1", "TERM"]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=5)
        time.sleep(0.05)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_guard_insists() -> None:
    deaf = subprocess.Popen(
        ["/bin/sh", "-c", 'trap "" TERM; echo; exec sleep 30'], stdout=subprocess.PIPE
    )
    try:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        impatient = process.GUARD.replace("1 2 3 4 5 6 7 8 9 10", "1")
        command = ["/bin/sh", "-c", impatient, "guard", str(deaf.pid), born(deaf.pid) or ""]
        subprocess.run([*command, "TERM", "KILL"], stdin=subprocess.DEVNULL, check=False, timeout=9)
        assert deaf.wait(5) == -signal.SIGKILL
    finally:
        deaf.kill()
        deaf.communicate()
