"""One server process: started, watched over and stopped for certain.

A server must not outlive its owner, even when the owner is killed. Each is therefore given a guard:
a shell that waits on a pipe from the owner. However the owner ends, the kernel closes that pipe and
the guard asks the server to stop. (The kernel's own parent-death signal is bound to the thread that
started the server, is cleared when the account changes, and exists on Linux only.)
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from shared.embedded.binaries import Account
from shared.embedded.errors import EmbeddedError
from shared.embedded.folder import LONGEST_LOG, Folder
from shared.embedded.pids import boot, born, children, command_of

TICK = 0.005
PAUSE = 0.25
STOP_PATIENCE = 10.0  # a signal: PostgreSQL writes what it holds in memory first
KILL_PATIENCE = 10.0

# Its arguments: the server's pid, when that was born, and the signals to try, each for ten seconds.
# A pid alone could by then belong to another program.
GUARD = """
read -r word
[ "$word" = leave ] && exit 0
pid=$1 born=$2
shift 2
lives() {
  [ -d /proc/self ] || { kill -0 "$pid"; return; }
  read -r stat < "/proc/$pid/stat" || return 1
  set -- ${stat##*) }
  [ "$1" != Z ] && [ "${20}" = "$born" ]
}
for signal; do
  lives || exit 0
  kill -s "$signal" "$pid"
  for second in 1 2 3 4 5 6 7 8 9 10; do
    lives && sleep 1
  done
done
"""


class Server:
    """A server process that runs from a folder.

    Args:
        folder: its folder, which must be open (locked) whenever this is used.
        name: the program's.
        mark: what stands in its command line and in that of no other folder's server.
        stop_signals: the signals on which it ends in good order, to be tried in turn.
    """

    def __init__(
        self, folder: Folder, *, name: str, mark: str, stop_signals: Sequence[signal.Signals]
    ) -> None:
        self.folder = folder
        self._name = name
        self._mark = mark
        self._stop_signals = stop_signals
        self._pid: int | None = None
        self._born: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""
        return self._pid if self.running else None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._pid is not None and self._born == born(self._pid)

    def start(self, command: Sequence[str | Path], *, cwd: Path, account: Account | None) -> None:
        """Starts it and returns at once.

        Raises:
            EmbeddedError: it cannot be started at all.
        """
        self._forget()
        self._turn_log()
        try:
            with open(self.folder.log, "ab", opener=_private) as log:
                self._log_start = log.tell()
                self._process = _spawn(command, cwd, account, stdin=subprocess.DEVNULL, out=log)
            self._pid = self._process.pid
            self._born = born(self._pid) or "gone"
            self.folder.write("process", f"{self._pid} {self._born} {boot()}\n")
            names = [stop.name.removeprefix("SIG") for stop in self._stop_signals]
            self._guard = _spawn(
                ["/bin/sh", "-c", GUARD, "guard", str(self._pid), self._born, *names, "KILL"],
                Path("/"),
                account,
                stdin=subprocess.PIPE,
                out=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(f"{command[0]} cannot be started: {error}.") from error

    def wait(self, ready: Callable[[], bool], patience: float) -> bool:
        """Waits until `ready()`; False if the process ended first or patience ran out."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if ready():
                return True
            if not self.running:
                return False
            time.sleep(TICK)
        return False

    def pause(self) -> None:
        """Waits a little before another attempt."""
        time.sleep(PAUSE)

    def stop(self) -> None:
        """Ends it in good order, by force if it takes too long. Nothing is left running."""
        for stop in self._stop_signals:
            if self._pid is not None and self.running:
                _signal(self._pid, stop)
                self._gone({self._pid: self._born}, STOP_PATIENCE)
        self.kill()

    def kill(self) -> None:
        """Ends it and its children by SIGKILL, as a power cut would."""
        if self._pid is not None and self.running:
            _signal(self._pid, signal.SIGSTOP)  # so that it starts no more children meanwhile
            family = {pid: born(pid) for pid in (self._pid, *children(self._pid))}
            for pid in family:
                _signal(pid, signal.SIGKILL)
            if not self._gone(family, KILL_PATIENCE):
                raise EmbeddedError(f"process {self._pid} does not end, even when killed.")
        self._forget()

    def clear_leftover(self, pid_file: Path) -> None:
        """Stops the server that a killed owner left in this folder and removes a stale pid file.

        A server that is left is replaced, not taken over: its guard may be stopping it this very
        moment, and its settings may be those of an older version.

        Args:
            pid_file: where the server itself writes its pid, in the first line.
        """
        recorded, *rest = (self.folder.read("process") or "").split() or ["none"]
        if recorded.isdigit() and rest == [born(int(recorded)), boot()]:
            self._pid, self._born = int(recorded), rest[0]
            self.stop()
        named = _first_number(pid_file)
        if named is None or born(named) is None:
            return  # the server itself sees that it is stale
        command = command_of(named)
        if self._mark in command:
            self._pid, self._born = named, born(named)
            self.stop()
        elif recorded == str(named) or Path(command.split()[0]).name != self._name:
            # The pid belongs to another program by now, which the server could not tell.
            pid_file.unlink(missing_ok=True)

    def last_words(self) -> str:
        """The end of what it wrote since its start."""
        with self.folder.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-4:])

    def _gone(self, processes: dict[int, str | None], patience: float) -> bool:
        end = time.monotonic() + patience
        while any(at is not None and born(pid) == at for pid, at in processes.items()):
            if time.monotonic() > end:
                return False
            time.sleep(TICK)
        return True

    def _forget(self) -> None:
        """Lets go of a process that has ended, and of its guard."""
        if self._guard is not None:
            # A guard that somebody killed is no longer there to be told.
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self._guard.communicate(b"leave\n", timeout=KILL_PATIENCE)
            self._guard = None
        if self._process is not None:
            self._process.wait(KILL_PATIENCE)
            self._process = None
        self._pid = self._born = None

    def _turn_log(self) -> None:
        log = self.folder.log
        if log.exists() and log.stat().st_size > LONGEST_LOG:
            log.replace(log.with_name("log.1"))


def _spawn(
    command: Sequence[str | Path],
    cwd: Path,
    account: Account | None,
    *,
    stdin: int,
    out: IO[bytes] | int,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own commands, and no shell finds its words in them
        command,
        cwd=cwd,
        # Nothing of our own environment goes along: it may hold keys.
        env={"PATH": os.defpath, "TZ": "UTC", "LC_MESSAGES": "C"},
        stdin=stdin,
        stdout=out,
        stderr=out,
        start_new_session=True,  # a Ctrl-C is for the owner, who stops its servers in order
        umask=0o077,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        raise EmbeddedError(
            f"this account may not stop process {pid}, a server that it started: stop it by hand."
        ) from None


def _first_number(path: Path) -> int | None:
    try:
        line = path.read_text().partition("\n")[0].strip()
    except OSError:
        return None
    return int(line) if line.isdigit() else None
