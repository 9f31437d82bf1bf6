"""A PostgreSQL of our own, or the one that DATABASE_URL names."""

import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.embedded.binaries import Account
from shared.embedded.cluster import (
    ADMIN,
    Programs,
    account_for,
    make_cluster,
    password_of,
    path_for,
    programs_for,
    remove_private_copy,
)
from shared.embedded.errors import EmbeddedError
from shared.embedded.folder import LOOPBACK, Folder
from shared.embedded.process import Server

START_PATIENCE = 300.0  # after a crash it replays its log first
ATTEMPTS = 20

# On the command line, where no ALTER SYSTEM and no edited file overrides them.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    # In the cluster's folder. /dev/shm is too small for parallel queries in many containers, and
    # keeps what a killed server leaves there.
    "dynamic_shared_memory_type": "mmap",
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
    "jit": "off",  # not every build has it, and it slows short queries
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
        # Its "fast" and "immediate" shutdowns. In PostgreSQL 18 the first hangs if it comes while
        # the server starts itself anew because one of its processes crashed.
        self._server = Server(
            self._folder,
            name="postgres",
            mark=f"throughline.folder={self._folder.path}",
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
        )
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
    def running_url(self) -> str | None:
        """The address of the server that somebody else runs from this folder, as far as is known.

        None where none was ever run there. Whether it runs now is seen by asking it.
        """
        if self._given:
            return self._given
        port, password = self._folder.read("port"), self._folder.read("password")
        if port is None or password is None:
            return None
        return f"postgresql://{ADMIN}:{password.strip()}@{LOOPBACK}:{port.strip()}/postgres"

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
        if self._folder.held:
            self._server.stop()
            remove_private_copy(self._folder)
            self._folder.close()

    def kill(self) -> None:
        """Ends it as a power cut would: for tests of what survives that."""
        if self._given:
            raise EmbeddedError("the PostgreSQL that DATABASE_URL names is not ours to kill.")
        if self._folder.held:
            self._server.kill()
            remove_private_copy(self._folder)
            self._folder.close()

    def _start(self) -> None:
        account = account_for(self._cluster)
        programs = programs_for(self._folder, account)
        if not self._cluster.exists():
            make_cluster(self._folder, self._cluster, programs, account)
        self._password = password_of(self._folder, self._cluster, programs)
        self._port = self._run(programs, account)
        self._folder.write("port", f"{self._port}\n")

    def _run(self, programs: Programs, account: Account | None) -> int:
        """Starts the server and waits for it; the port it took."""
        data = path_for(programs, account, self._cluster)
        # The last is a name of our own: it says in the list of processes whose server this is.
        pairs = [*SETTINGS.items(), ("throughline.folder", str(self._folder.path))]
        settings = [part for name, value in pairs for part in ("-c", f"{name}={value}")]
        for _ in range(ATTEMPTS):
            port = self._folder.port(self._wanted_port)
            self._server.start(
                [programs.folder / "postgres", "-D", data, "-p", str(port), *settings],
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
