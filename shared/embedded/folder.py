"""A server's own folder below the data folder: its lock, its small private files, its port."""

import fcntl
import os
import secrets
import socket
from pathlib import Path

from shared.embedded.errors import EmbeddedError

LOOPBACK = "127.0.0.1"
# Below the range from which Linux gives ports to outgoing connections, so that no client of
# anything sits on a server's port while that server is down for a moment.
PORTS = range(20_000, 32_000)
LONGEST_LOG = 8 * 1024 * 1024


class Folder:
    """A folder that one program at a time may run a server from.

    The lock is the kernel's: it is gone when its holder is, however that ended.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: int | None = None

    @property
    def log(self) -> Path:
        """Where the server writes."""
        return self.path / "log"

    @property
    def held(self) -> bool:
        """Whether the lock is ours."""
        return self._lock is not None

    def open(self) -> None:
        """Makes the folder if need be and takes the lock. Does nothing if it is held already.

        Raises:
            EmbeddedError: the folder cannot be written, or another program runs a server from it.
        """
        if self._lock is not None:
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # Others may pass through to what is theirs (the cluster of another account), not look.
            self.path.chmod(0o711)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EmbeddedError(
                f"the data folder {self.path} cannot be written ({error.strerror}): make it"
                " writable for this account, or give another data folder."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise EmbeddedError(
                f"another program is running a server from {self.path}: stop that program, or give"
                " another data folder."
            ) from error
        self._lock = lock

    def close(self) -> None:
        """Gives the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read(self, name: str) -> str | None:
        """What `write` wrote; None if there is nothing."""
        try:
            return (self.path / name).read_text()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EmbeddedError(
                f"{self.path / name} cannot be read ({error.strerror}): it was made by another"
                " account, so run this as that account, or give another data folder."
            ) from error

    def write(self, name: str, text: str) -> None:
        """Writes a file that only this account can read: all of it or nothing."""
        half = self.path / f"{name}.new"
        try:
            half.unlink(missing_ok=True)
            with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - the mode must be right from the first byte on
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self.put(half, name)
        except OSError as error:
            raise EmbeddedError(
                f"{self.path / name} cannot be written ({error.strerror}): make room or make the"
                " data folder writable."
            ) from error

    def put(self, made: Path, name: str) -> None:
        """Gives what was made in this folder its name, to last through a power cut."""
        made.rename(self.path / name)
        folder = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def port(self, wanted: int | None) -> int:
        """A port to listen on: the one wanted, else the last one used, else any that is free.

        Raises:
            EmbeddedError: the wanted port is in use.
        """
        if wanted is not None:
            if not _is_free(wanted):
                raise EmbeddedError(
                    f"port {wanted} on {LOOPBACK} is in use: stop what uses it, or give another."
                )
            return wanted
        last = (self.read("port") or "").strip()
        candidates = [int(last)] if last.isdigit() else []
        candidates += [secrets.choice(PORTS) for _ in range(100)]
        for port in candidates:
            if _is_free(port):
                return port
        raise EmbeddedError(f"no free port was found on {LOOPBACK}: give one that is.")


def _is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As the servers do: connections that are only dying out do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen()
        except OSError:
            return False
    return True
