"""A PostgreSQL of our own, or the one that DATABASE_URL names."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.embedded.binaries import (
    OLDEST_POSTGRES,
    Account,
    copy_postgres,
    find_postgres,
    new_copy_folder,
    postgres_version,
    remove_copy,
)
from shared.embedded.errors import EmbeddedError, NotAvailable
from shared.embedded.folder import LOOPBACK, Folder
from shared.embedded.process import Server

ADMIN = "throughline_admin"
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
INITDB_PATIENCE = 120.0
START_PATIENCE = 300.0  # after a crash it replays its log first
ATTEMPTS = 20
FIRST_WITH_BUILTIN_LOCALES = 17
# Through this path a process reaches the folder it works in even if it may not pass through the
# folders above, which are closed to other accounts where somebody works in root's home.
HERE = Path("/proc/self/cwd")

# On the command line, where no ALTER SYSTEM and no edited file overrides them.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    # An acknowledged commit is on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "max_wal_size": "1GB",
    "min_wal_size": "128MB",
    "checkpoint_timeout": "15min",
    # A writer that hangs in a transaction would hold the lock that every other writer waits for.
    "idle_in_transaction_session_timeout": "10s",
    # The log never holds a person's data. The text of an error often repeats the value that was
    # sent (invalid input syntax for type date: "..."), so errors are left out altogether: the
    # client has them. `log` ranks above `error`: starts, stops, crashes and refused sign-ins stay.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": "throughline",
}


class Postgres:
    """Runs PostgreSQL from a folder for as long as its owner lives.

    Where the environment has DATABASE_URL nothing is run: `url` is that address.

    Args:
        folder: the data folder; everything is kept in `postgres` below it.
        port: the port to listen on. Without one: the last one used, or a free one.
    """

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self._given = os.environ.get("DATABASE_URL") or None
        self._folder = Folder(folder / "postgres")
        self._cluster = self._folder.path / "cluster"
        self._pid_file = self._cluster / "postmaster.pid"
        self._server = Server(self._folder, signal.SIGINT)  # its "fast shutdown"
        self._wanted_port = port
        self._port: int | None = None
        self._password = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address for the superuser, password included. It stays valid through restarts."""
        if self._given:
            return self._given
        if self._port is None:
            raise EmbeddedError("PostgreSQL has not been started yet: call start() first.")
        return f"postgresql://{ADMIN}:{self._password}@{LOOPBACK}:{self._port}/postgres"

    @property
    def pid(self) -> int | None:
        """The postmaster's pid; None while it is down or somebody else's."""
        return self._server.pid

    @property
    def running(self) -> bool:
        """Whether it runs. A server that was given is taken to."""
        return bool(self._given) or self._server.running

    def start(self) -> None:
        """Returns once PostgreSQL takes connections. Makes the database cluster if need be.

        Raises:
            NotAvailable: PostgreSQL is not installed.
            EmbeddedError: it cannot run here; the message says why.
        """
        if self.running:
            return
        self._folder.open()
        try:
            self._server.clear_leftover(self._pid_file)
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it in good order and leaves nothing running. Stopping twice is no mistake."""
        if self._given:
            return
        self._server.stop()
        self._remove_copy()
        self._folder.close()

    def kill(self) -> None:
        """Ends it as a power cut would: for tests of what survives that."""
        if self._given:
            raise EmbeddedError("the PostgreSQL that DATABASE_URL names is not ours to kill.")
        self._server.kill()
        self._folder.close()

    def _start(self) -> None:
        account = self._account()
        programs, version = self._programs(account)
        if not self._cluster.exists():
            self._make_cluster(programs, version, account)
        password = self._folder.read("password")
        if password is None or not (self._cluster / "PG_VERSION").exists():
            raise EmbeddedError(
                f"{self._cluster} was not made by this program, or its password file is gone: put"
                " that back, or move the folder away to begin with an empty one."
            )
        made_by = (self._cluster / "PG_VERSION").read_text().strip()
        if made_by != str(version):
            raise EmbeddedError(
                f"{self._cluster} was made by PostgreSQL {made_by} and this is {version}: install"
                f" PostgreSQL {made_by}, or move the folder away to begin with an empty one."
            )
        self._password = password.strip()
        self._port = self._run(programs / "postgres", account)
        self._folder.write("port", f"{self._port}\n")

    def _run(self, program: Path, account: Account | None) -> int:
        """Starts the server and waits for it; the port it took."""
        data = _path_for(account, self._cluster)
        settings = [part for name in SETTINGS for part in ("-c", f"{name}={SETTINGS[name]}")]
        for _ in range(ATTEMPTS):
            port = self._folder.port(self._wanted_port)
            self._server.start(
                [program, "-D", data, "-p", str(port), *settings],
                cwd=self._cluster,
                account=account,
            )
            if self._server.wait(self._is_ready, START_PATIENCE):
                return port
            words = self._server.last_words()
            # Somebody was faster at the port, or backends of a killed postmaster are still ending.
            if self._server.running or not (
                ("could not bind" in words and self._wanted_port is None)
                or "is still in use" in words
            ):
                break
            self._server.pause()
        raise EmbeddedError(
            f"PostgreSQL did not start; the end of its log {self._folder.log}:"
            f" {self._server.last_words()}"
        )

    def _is_ready(self) -> bool:
        """The postmaster writes its state into its pid file; pg_ctl waits for the same."""
        try:
            lines = self._pid_file.read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self._server.pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - the eighth line is the state

    def _account(self) -> Account | None:
        """Whom to run it as: ourselves, or somebody without rights where we are root."""
        if os.geteuid() != 0:
            return None
        with contextlib.suppress(FileNotFoundError):
            owner = self._cluster.stat()
            if owner.st_uid != 0:
                return Account(owner.st_uid, owner.st_gid)
        try:
            entry = pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            raise EmbeddedError(
                f"PostgreSQL does not run as root and there is no account '{UNPRIVILEGED}': run"
                " this as an ordinary user, or set DATABASE_URL to a server that runs."
            ) from None
        return Account(entry.pw_uid, entry.pw_gid)

    def _programs(self, account: Account | None) -> tuple[Path, int]:
        """The folder of programs that the account can run, and their version."""
        self._remove_copy()
        folder = find_postgres()
        version = postgres_version(folder, account)
        if version is None and account is not None:
            copy = new_copy_folder()
            self._folder.write("copy", f"{copy}\n")
            folder = copy_postgres(folder, copy)
            version = postgres_version(folder, account)
        if version is None:
            raise EmbeddedError(
                f"the PostgreSQL in {folder} does not run here: install it where every account can"
                " read it, or set DATABASE_URL to a server that runs."
            )
        if version < OLDEST_POSTGRES:
            raise NotAvailable(
                f"PostgreSQL {OLDEST_POSTGRES} or later is needed and {folder} holds {version}:"
                " install a later one, or set DATABASE_URL to a server that runs."
            )
        return folder, version

    def _remove_copy(self) -> None:
        copy = self._folder.read("copy") if self._folder.path.exists() else None
        if copy:
            remove_copy(Path(copy.strip()))
            self._folder.remove("copy")

    def _make_cluster(self, programs: Path, version: int, account: Account | None) -> None:
        """Runs initdb. The cluster gets its name only when it is whole.

        What an initdb that was killed has left bears another name, is thereby known to hold
        nobody's data, and is removed.
        """
        unfinished = self._folder.path / "cluster.unfinished"
        given = self._folder.path / "password.initdb"
        password = secrets.token_urlsafe(24)
        try:
            if unfinished.exists():
                shutil.rmtree(unfinished)
            unfinished.mkdir(mode=0o700)
            self._folder.write("password", f"{password}\n")
            self._folder.write(given.name, f"{password}\n")
            if account is not None:
                os.chown(unfinished, *account)
                os.chown(given, *account)
            self._initdb(programs, version, account, unfinished)
            unfinished.rename(self._cluster)
        except OSError as error:
            raise EmbeddedError(
                f"the database cluster cannot be made in {self._folder.path} ({error.strerror}):"
                " give a data folder on a disk of this machine that has room."
            ) from error
        finally:
            given.unlink(missing_ok=True)

    def _initdb(self, programs: Path, version: int, account: Account | None, cluster: Path) -> None:
        # The C rules sort by code point, everywhere and for ever alike: an index outlives the C
        # library that it was sorted with.
        where = ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=en_US.UTF-8"]
        if version >= FIRST_WITH_BUILTIN_LOCALES:
            where += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        elif sys.platform != "linux":
            where += ["--lc-collate=C"]
        try:
            done = subprocess.run(  # noqa: S603 - a program that find_postgres found, and no shell
                [
                    programs / "initdb",
                    f"--pgdata={_path_for(account, cluster)}",
                    f"--username={ADMIN}",
                    "--pwfile=../password.initdb",
                    "--auth=scram-sha-256",
                    "--data-checksums",
                    "--encoding=UTF8",
                    *where,
                ],
                cwd=cluster,
                env={"PATH": os.defpath, "TZ": "UTC", "LC_MESSAGES": "C"},
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=INITDB_PATIENCE,
            )
        except subprocess.SubprocessError as error:
            raise EmbeddedError(f"initdb did not end well in {cluster}: {error}.") from error
        if done.returncode != 0:
            words = " / ".join((done.stderr or done.stdout).strip().splitlines()[-4:])
            raise EmbeddedError(f"initdb failed in {cluster}: {words}")


def _path_for(account: Account | None, folder: Path) -> Path:
    """How an account names a folder that is its own and that it works in."""
    if account is None:
        return folder
    reached = subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/sh", "-c", 'cd "$1"', "sh", folder],
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        capture_output=True,
        check=False,
    )
    if reached.returncode == 0:
        return folder
    if not HERE.exists():
        raise EmbeddedError(
            f"the account that PostgreSQL runs as cannot reach {folder}: give a data folder that"
            " every account can pass through to, or run this as an ordinary user."
        )
    return HERE
