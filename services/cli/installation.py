"""A whole Throughline on one machine: servers, databases, keys, and one process a service.

Everything lies in one folder. Started again on the same folder it goes on where it was. A service
that dies is started again; when this process ends, everything that it started ends.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from services.cli.keys import TokenKeys
from services.cli.provision import Secrets, make_databases, secrets_in, write_settings
from services.topology import SERVICES, Service
from shared.bus.streams import reader_permissions, relay_permissions
from shared.embedded import Nats, NatsUser, Postgres

READY_PATIENCE_SECONDS = 60.0
STOP_PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.02
RESTART_SECONDS = 0.2

Tell = Callable[[str], None]


class NotReady(Exception):
    """Something did not start; the message says what, and where its log is."""


class Installation:
    """Starts, supervises and stops everything.

    Args:
        folder: where everything is kept; made if absent.
        names: which services to run.
        fixed_ports: listen on each service's usual port; otherwise on free ones.
        tell: called with one line for each step, for a person to read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        names: tuple[str, ...] = tuple(SERVICES),
        fixed_ports: bool = False,
        tell: Tell = lambda _line: None,
    ) -> None:
        self.folder = folder.resolve()
        self.names = names
        self._fixed_ports = fixed_ports
        self._tell = tell
        self.ports: dict[str, int] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.restarts = 0
        self._settings: dict[str, Path] = {}
        self._stopping = threading.Event()
        self._supervisor: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        reason: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def addresses(self) -> dict[str, str]:
        """Where each service answers."""
        return {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}

    def start(self) -> None:
        """Start everything and wait until it is ready.

        Raises:
            EmbeddedError: a server cannot run here; the message says why.
            NotReady: a service did not become ready.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = secrets_in(self.folder)
        self.keys = TokenKeys(self.folder / "keys")
        self.postgres = Postgres(self.folder)
        self.nats = Nats(self.folder, nats_users(kept))
        starting = threading.Thread(target=self.nats.start)
        starting.start()
        self._tell("starting PostgreSQL and nats-server")
        try:
            self.postgres.start()
        finally:
            starting.join()
        if not self.nats.running and "NATS_URL" not in os.environ:
            self.nats.start()  # once more, in this thread, for its message
        self.ports = self._choose_ports()
        self._tell("making databases, roles and keys")
        asyncio.run(make_databases(self.postgres.url, kept.database))
        self._settings = write_settings(
            self.folder,
            admin_url=self.postgres.url,
            nats_url=self.nats.url,
            kept=kept,
            ports=self.ports,
            token_keys=self.keys.public,
            own_token_keys=self.keys.of_services,
        )
        self._tell(f"starting {', '.join(self.names)}")
        for name in self.names:
            self._spawn(name)
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()
        self.wait_ready()

    def wait_ready(self, patience: float = READY_PATIENCE_SECONDS) -> None:
        """Wait until every service says that it is ready.

        Raises:
            NotReady: one did not in time.
        """
        deadline = time.monotonic() + patience
        with httpx.Client(timeout=2) as client:
            for name in self.names:
                while not self._is_ready(client, name):
                    if time.monotonic() > deadline:
                        raise NotReady(f"{name} did not become ready; see {self.log_of(name)}")
                    time.sleep(POLL_SECONDS)

    def log_of(self, name: str) -> Path:
        """Where a service's log is."""
        return self.folder / "logs" / f"{name}.log"

    def stop(self) -> None:
        """Stop everything that was started; harmless when done twice."""
        self._stopping.set()
        if self._supervisor is not None:
            self._supervisor.join()
        for process in self.processes.values():
            process.terminate()
        deadline = time.monotonic() + STOP_PATIENCE_SECONDS
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()
        for server in (getattr(self, "nats", None), getattr(self, "postgres", None)):
            if server is not None:
                server.stop()

    def _choose_ports(self) -> dict[str, int]:
        """The ports of the last time where they are free, so that addresses stay the same."""
        path = self.folder / "ports.json"
        last: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        if self._fixed_ports:
            last = {name: service.port for name, service in SERVICES.items()}
        chosen: dict[str, int] = {}
        for name in SERVICES:
            wanted = last.get(name, 0)
            if self._fixed_ports and not _is_free(wanted):
                raise NotReady(f"port {wanted} is in use by another program: stop it, or leave out "
                               "--fixed-ports")  # fmt: skip
            chosen[name] = wanted if wanted and _is_free(wanted) else _free_port()
        path.write_text(json.dumps(chosen))
        return chosen

    def _spawn(self, name: str) -> None:
        log = self.log_of(name)
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as file:
            self.processes[name] = subprocess.Popen(  # noqa: S603 (our own program)
                [
                    sys.executable,
                    "-m",
                    "services.cli",
                    "serve",
                    name,
                    "--settings",
                    str(self._settings[name]),
                    "--with-parent",
                    str(os.getpid()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                # A Ctrl-C in the terminal reaches this process only, which stops them in order.
                start_new_session=True,
            )

    def _supervise(self) -> None:
        while not self._stopping.wait(RESTART_SECONDS):
            for name, process in list(self.processes.items()):
                if process.poll() is not None and not self._stopping.is_set():
                    self.restarts += 1
                    self._spawn(name)
            for server in (self.postgres, self.nats):
                if not server.running and not self._stopping.is_set() and not _is_given(server):
                    self.restarts += 1
                    server.start()

    def _is_ready(self, client: httpx.Client, name: str) -> bool:
        try:
            return client.get(f"{self.addresses[name]}/health/ready").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def nats_users(kept: Secrets) -> list[NatsUser]:
    """One user of the bus for each service, with no right beyond its own streams and sources."""
    return [
        NatsUser(name, kept.nats[name], *_permissions(service))
        for name, service in SERVICES.items()
    ]


def _permissions(service: Service) -> tuple[tuple[str, ...], tuple[str, ...]]:
    publish: dict[str, None] = {}
    subscribe: dict[str, None] = {}
    for store in service.stores:
        for into, subjects in zip((publish, subscribe), relay_permissions(store), strict=True):
            into.update(dict.fromkeys(subjects))
    for store in service.follows:
        for into, subjects in zip((publish, subscribe), reader_permissions(store), strict=True):
            into.update(dict.fromkeys(subjects))
    return tuple(publish), tuple(subscribe)


def _is_given(server: Postgres | Nats) -> bool:
    variable = "DATABASE_URL" if isinstance(server, Postgres) else "NATS_URL"
    return bool(os.environ.get(variable))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
