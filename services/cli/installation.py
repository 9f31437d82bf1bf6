"""A whole Throughline on one machine: servers, databases, keys, and one process a service.

Everything lies in one folder. Started again on the same folder it goes on where it was. A service
that dies is started again; when this process ends, everything that it started ends.
"""

import asyncio
import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import httpx

from services.cli import processes
from services.cli.bus_users import nats_users
from services.cli.keys import TokenKeys
from services.cli.ports import PortTaken, choose_ports
from services.cli.provision import make_databases, secrets_in, settings_paths, write_settings
from services.cli.restarts import Restarts
from services.topology import SERVICES
from shared.embedded import EmbeddedError, Nats, Postgres

READY_PATIENCE_SECONDS = 60.0
STOP_PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.02
SUPERVISE_SECONDS = 0.2
FIRST_DEATHS = 3
"""A service that dies so often at its start will not become ready."""

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

    Attributes:
        attending: held whenever something is being started again. Whoever else holds it works on
            the servers undisturbed.
    """

    program: tuple[str, ...] = (sys.executable, "-m", "services.cli")
    """What runs a service: `<program> serve <name> ...`."""

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
        self.attending = threading.Lock()
        self._settings: dict[str, Path] = {}
        self._restarts = Restarts()
        self._was_ready = False
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
    def restarts(self) -> int:
        """How often something that had died was started again."""
        return self._restarts.count

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
        _make_folder(self.folder)
        self._kept = kept = secrets_in(self.folder)
        self.keys = TokenKeys(self.folder / "keys")
        self.postgres = Postgres(self.folder)
        self.nats = Nats(self.folder, nats_users(kept.nats))
        self._settings = settings_paths(self.folder)
        for name in self.names:
            self._spawn(name)
        starting = threading.Thread(target=self._start_nats)
        starting.start()
        self._tell("starting PostgreSQL and nats-server")
        try:
            self.postgres.start()
        finally:
            starting.join()
        self.nats.start()  # once more, where it did not start: in this thread, for its message
        try:
            self.ports = choose_ports(self.folder, fixed=self._fixed_ports)
        except PortTaken as reason:
            raise NotReady(str(reason)) from None
        self._tell("making databases, roles and keys")
        with processes.undisturbed():
            asyncio.run(make_databases(self.postgres.url, kept.database))
        self._write_settings()
        self._tell(f"starting {', '.join(self.names)}")
        for process in self.processes.values():
            processes.let_begin(process)
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()
        self.wait_ready()
        self._was_ready = True

    def _start_nats(self) -> None:
        with contextlib.suppress(EmbeddedError):
            self.nats.start()

    def wait_ready(self, patience: float = READY_PATIENCE_SECONDS) -> None:
        """Wait until every service says that it is ready.

        Raises:
            NotReady: one did not in time.
        """
        deadline = time.monotonic() + patience
        with httpx.Client(timeout=2) as client:
            for name in self.names:
                told = False
                while (state := self._state(client, name)) != "ready":
                    if state == "catching up":
                        # However many events there are, it gets there; dying it would not say so.
                        deadline = time.monotonic() + patience
                        if not told:
                            self._tell(f"{name} reads what is stored")
                        told = True
                    hopeless = self._restarts.early_deaths(name) >= FIRST_DEATHS
                    if (hopeless and not self._was_ready) or time.monotonic() > deadline:
                        raise NotReady(f"{name} did not become ready; see {self.log_of(name)}")
                    time.sleep(POLL_SECONDS)

    def log_of(self, name: str) -> Path:
        """Where a service's log is."""
        return self.folder / "logs" / f"{name}.log"

    def stop(self) -> None:
        """Stop everything that was started; harmless when done twice."""
        if self.processes:
            self._tell("stopping everything")
        self._stopping.set()
        # Interrupted just before it was started, it cannot be joined; it will see that all stops.
        if self._supervisor is not None and self._supervisor.is_alive():
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
            processes.let_go(process)
        self.processes.clear()
        for server in (getattr(self, "nats", None), getattr(self, "postgres", None)):
            if server is not None:
                server.stop()

    def _urls(self) -> tuple[str, str]:
        return self.postgres.url, self.nats.url

    def _write_settings(self) -> None:
        self._told = self._urls()
        write_settings(
            self.folder,
            admin_url=self.postgres.url,
            nats_url=self.nats.url,
            kept=self._kept,
            ports=self.ports,
            token_keys=self.keys.public,
            own_token_keys=self.keys.of_services,
        )

    def _spawn(self, name: str) -> None:
        log = self.log_of(name)
        log.parent.mkdir(exist_ok=True)
        settings = self._settings[name]
        self.processes[name] = processes.spawn(self.program, name, settings=settings, log=log)

    def _supervise(self) -> None:
        while not self._stopping.wait(SUPERVISE_SECONDS):
            with self.attending:
                self._attend()

    def _attend(self) -> None:
        """Start again whatever has died; what cannot be started now is tried again next time."""
        for name, server in (("postgres", self.postgres), ("nats", self.nats)):
            if not server.running and self._restarts.may_start(name):
                with contextlib.suppress(EmbeddedError, OSError):
                    server.start()
        if self._urls() != self._told:
            # A server had to take another port: the settings name the old one.
            self._write_settings()
            for process in self.processes.values():
                process.kill()
        for name, process in list(self.processes.items()):
            if process.poll() is not None and self._restarts.may_start(name):
                processes.let_go(process)
                self._spawn(name)
                processes.let_begin(self.processes[name])

    def _state(
        self, client: httpx.Client, name: str
    ) -> Literal["ready", "catching up", "not ready"]:
        try:
            response = client.get(f"{self.addresses[name]}/health/ready")
            if response.status_code == httpx.codes.OK:
                return "ready"
            lacking = [check for check, well in response.json()["checks"].items() if not well]
        except (httpx.HTTPError, ValueError, KeyError):
            return "not ready"
        made = bool(lacking) and set(lacking) <= {"lists", "views"}
        return "catching up" if made else "not ready"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as reason:
        raise NotReady(
            f"the folder {folder} cannot be written ({reason.strerror}): make it writable for this "
            "account, or name another with --data"
        ) from None
