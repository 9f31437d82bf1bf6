"""A nats-server of our own with JetStream, or the one that NATS_URL names."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from shared.embedded.binaries import find_nats
from shared.embedded.errors import EmbeddedError
from shared.embedded.folder import LOOPBACK, Folder
from shared.embedded.process import Server

LARGEST_MESSAGE = 4 * 1024 * 1024
MEMORY = 256 * 1024 * 1024  # for streams that are not to be kept
START_PATIENCE = 60.0
ATTEMPTS = 20
# Names stand in subjects, and both in addresses: no character may mean something there.
PLAIN = re.compile(r"[A-Za-z0-9_-]+")
SUBJECT = re.compile(r"[^\s\"\\]+")


@dataclass(frozen=True)
class NatsUser:
    """Who may connect, and what for.

    Attributes:
        name: letters, digits, `_` and `-`.
        password: the same characters.
        publish: subjects it may publish to. None means none at all.
        subscribe: subjects it may subscribe to, besides its own inbox `_INBOX_<name>.>`. Connect
            with that inbox prefix: nobody may read another's.
    """

    name: str
    password: str = field(repr=False)
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]

    @property
    def inbox_prefix(self) -> str:
        """What its client is to put before the subjects of its replies."""
        return f"_INBOX_{self.name}"


class Nats:
    """Runs nats-server from a folder for as long as its owner lives.

    Where the environment has NATS_URL nothing is run: `url` is that address, and whoever runs that
    server has given it these users.

    Args:
        folder: the data folder; everything is kept in `nats` below it.
        users: everybody who may connect.
        port: the port to listen on. Without one: the last one used, or a free one.
    """

    def __init__(self, folder: Path, users: Sequence[NatsUser], *, port: int | None = None) -> None:
        self._given = os.environ.get("NATS_URL") or None
        self._users = {user.name: user for user in users}
        _check(users)
        self._folder = Folder(folder / "nats")
        self._pid_file = self._folder.path / "pid"
        self._config_file = self._folder.path / "nats.conf"
        self._server = Server(
            self._folder,
            name="nats-server",
            mark=str(self._config_file),
            stop_signals=(signal.SIGTERM,),
        )
        self._wanted_port = port
        self._port: int | None = None
        self._name = f"throughline-{secrets.token_hex(8)}"

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
        """The address: without credentials if it is ours, else as it was given."""
        if self._given:
            return self._given
        if self._port is None:
            raise EmbeddedError("nats-server has not been started yet: call start() first.")
        return f"nats://{LOOPBACK}:{self._port}"

    def url_for(self, name: str) -> str:
        """The address with one user's name and password in it."""
        user = self._users.get(name)
        if user is None:
            raise EmbeddedError(f"there is no NATS user '{name}': give it to Nats().")
        addresses = []
        for address in self.url.split(","):
            parts = urlsplit(address.strip())
            host = parts.netloc.rpartition("@")[2]
            addresses.append(f"{parts.scheme}://{user.name}:{user.password}@{host}")
        return ",".join(addresses)

    @property
    def pid(self) -> int | None:
        """The server's pid; None while it is down or somebody else's."""
        return self._server.pid

    @property
    def running(self) -> bool:
        """Whether it runs. A server that was given is taken to."""
        return bool(self._given) or self._server.running

    def start(self) -> None:
        """Returns once nats-server takes connections and JetStream has read its files.

        Raises:
            NotAvailable: nats-server is not installed.
            EmbeddedError: it cannot run here; the message says why.
        """
        if self.running:
            return
        program = find_nats()
        self._folder.open()
        try:
            self._server.clear_leftover(self._pid_file)
            self._start(program)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it in good order and leaves nothing running. Stopping twice is no mistake."""
        if self._folder.held:
            self._server.stop()
            self._folder.close()

    def kill(self) -> None:
        """Ends it as a power cut would: for tests of what survives that."""
        if self._given:
            raise EmbeddedError("the nats-server that NATS_URL names is not ours to kill.")
        if self._folder.held:
            self._server.kill()
            self._folder.close()

    def wipe(self) -> None:
        """Deletes every stream: for tests that lose the bus.

        Raises:
            EmbeddedError: it runs, or is not ours.
        """
        if self.running:
            raise EmbeddedError("stop nats-server before its streams are deleted.")
        self._folder.open()
        try:
            store = self._folder.path / "jetstream"
            if store.exists():
                shutil.rmtree(store)
        finally:
            self._folder.close()

    def _start(self, program: Path) -> None:
        for _ in range(ATTEMPTS):
            port = self._folder.port(self._wanted_port)
            self._folder.write(self._config_file.name, self._config(port))
            _check_config(program, self._config_file)
            self._server.start(
                [program, "-c", self._config_file], cwd=self._folder.path, account=None
            )
            if self._server.wait(partial(self._is_ready, port), START_PATIENCE):
                self._port = port
                self._folder.write("port", f"{port}\n")
                return
            if self._server.running or self._wanted_port is not None:
                break
            if "address already in use" not in self._server.last_words():
                break
        raise EmbeddedError(
            f"nats-server did not start; the end of its log {self._folder.log}:"
            f" {self._server.last_words()}"
        )

    def _is_ready(self, port: int) -> bool:
        """Whether the one that answers there is ours: it listens only when it is ready."""
        try:
            with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
                return self._name.encode() in connection.recv(4096)
        except OSError:
            return False

    def _config(self, port: int) -> str:
        users = [
            {
                "user": user.name,
                "password": user.password,
                "permissions": {
                    # An empty list of what is allowed would allow everything.
                    "publish": {"allow": list(user.publish)} if user.publish else {"deny": [">"]},
                    "subscribe": {
                        "allow": [f"{user.inbox_prefix}.>", *user.subscribe],
                        # For a user that may read ">", say.
                        "deny": [
                            f"{other.inbox_prefix}.>"
                            for other in self._users.values()
                            if other is not user
                        ],
                    },
                },
            }
            for user in self._users.values()
        ]
        # The server reads JSON as a form of its own configuration language.
        return json.dumps(
            {
                "server_name": self._name,
                "host": LOOPBACK,
                "port": port,
                "pid_file": str(self._pid_file),
                "max_payload": LARGEST_MESSAGE,
                "logtime_utc": True,
                # The server keeps its files in `jetstream` below this.
                "jetstream": {"store_dir": str(self._folder.path), "max_memory_store": MEMORY},
                "accounts": {"THROUGHLINE": {"jetstream": "enabled", "users": users}},
            },
            indent=1,
            ensure_ascii=False,  # it does not know JSON's \\u
        )


def _check(users: Sequence[NatsUser]) -> None:
    """Refuses what would mean something else in the configuration."""
    names = [user.name for user in users]
    if not names or len(set(names)) < len(names):
        raise EmbeddedError("give at least one NATS user, and each name once.")
    for user in users:
        if not PLAIN.fullmatch(user.name) or not PLAIN.fullmatch(user.password):
            raise EmbeddedError(
                "a NATS user's name and password are made of letters, digits, '_' and '-'."
            )
        for subject in (*user.publish, *user.subscribe):
            if not SUBJECT.fullmatch(subject):
                raise EmbeddedError(
                    f"'{subject}' is not a subject that NATS user {user.name} can have."
                )


def _check_config(program: Path, config: Path) -> None:
    """Has the server itself read the configuration.

    Raises:
        EmbeddedError: it refuses it, or cannot be run.
    """
    try:
        told = subprocess.run(  # noqa: S603 - a program that find_nats found, and no shell
            [program, "-t", "-c", config], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedError(f"{program} cannot be run: {error}.") from error
    if told.returncode != 0:
        words = " / ".join(told.stderr.strip().splitlines()[-2:])
        raise EmbeddedError(f"nats-server refuses its configuration {config}: {words}")
