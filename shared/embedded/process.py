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

from shared.embedded.binaries import Account
from shared.embedded.errors import EmbeddedError
from shared.embedded.folder import LONGEST_LOG, Folder

TICK = 0.005
PAUSE = 0.25
STOP_PATIENCE = 10.0  # a signal: PostgreSQL writes what it holds in memory first
KILL_PATIENCE = 10.0
HAS_PROC = Path("/proc/self/stat").exists()

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


def born(pid: int) -> str | None:
    """When a living process was born, in a form to compare only; None if there is none.

    With the pid this names one process for ever, which the pid alone does not.
    """
    if HAS_PROC:
        try:
            # The name in brackets may hold anything, so count from the last bracket.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else fields[19]
    told = _ps("-o", "stat=,lstart=", "-p", str(pid)).strip()
    return None if not told or told.startswith("Z") else "-".join(told.split()[1:])


def children(pid: int) -> list[int]:
    """The processes that this one started itself."""
    if not HAS_PROC:
        pairs = [line.split() for line in _ps("-A", "-o", "pid=,ppid=").splitlines()]
        return [int(child) for child, parent in pairs if int(parent) == pid]
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == pid:
                    found.append(int(entry.name))
    return found


class Server:
    """A server process that runs from a folder.

    Args:
        folder: its folder, which must be open (locked) whenever this is used.
        stop_signals: the signals on which it ends in good order, to be tried in turn.
    """

    def __init__(self, folder: Folder, stop_signals: Sequence[signal.Signals]) -> None:
        self.folder = folder
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
        user = account.uid if account else None
        group = account.gid if account else None
        no_groups: list[int] | None = [] if account else None
        # Nothing of our own environment goes along: it may hold keys.
        environment = {"PATH": os.defpath, "TZ": "UTC", "LC_MESSAGES": "C"}
        try:
            with open(self.folder.log, "ab", opener=_private) as log:
                self._log_start = log.tell()
                self._process = subprocess.Popen(  # noqa: S603 - our own command, and no shell
                    command,
                    cwd=cwd,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # a Ctrl-C is for the owner, who stops it in order
                    umask=0o077,
                    user=user,
                    group=group,
                    extra_groups=no_groups,
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(f"{command[0]} cannot be started: {error}.") from error
        self._pid = self._process.pid
        self._born = born(self._pid) or "gone"
        self.folder.write("process", f"{self._pid} {self._born} {_boot()}\n")
        names = [stop.name.removeprefix("SIG") for stop in self._stop_signals]
        self._guard = subprocess.Popen(  # noqa: S603 - a fixed script
            ["/bin/sh", "-c", GUARD, "guard", str(self._pid), self._born, *names, "KILL"],
            cwd="/",
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=no_groups,
        )

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
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pid, stop)
                self._gone({self._pid: self._born}, STOP_PATIENCE)
        self.kill()

    def kill(self) -> None:
        """Ends it and its children by SIGKILL, as a power cut would."""
        if self._pid is not None and self.running:
            os.kill(self._pid, signal.SIGSTOP)  # so that it starts no more children meanwhile
            family = {pid: born(pid) for pid in (self._pid, *children(self._pid))}
            for pid in family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
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
        recorded = (self.folder.read("process") or "").split()
        if len(recorded) == 3 and recorded[2] == _boot() and recorded[1] == born(int(recorded[0])):  # noqa: PLR2004 - as start() writes it
            self._pid, self._born = int(recorded[0]), recorded[1]
            self.stop()
        named = _first_number(pid_file)
        if named is None or born(named) is None:
            return  # the server itself sees that it is stale
        ours = _works_in(named, pid_file.parent)
        if ours:
            self._pid, self._born = named, born(named)
            self.stop()
        elif ours is False or (recorded and recorded[0] == str(named)):
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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _boot() -> str:
    """Which run of the machine this is: pids and births begin anew with each."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "any"  # births are dates there


def _first_number(path: Path) -> int | None:
    try:
        line = path.read_text().partition("\n")[0].strip()
    except OSError:
        return None
    return int(line) if line.isdigit() else None


def _works_in(pid: int, folder: Path) -> bool | None:
    """Whether a process works in a folder, as our servers do in theirs; None if nobody can tell."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return None


def _ps(*arguments: str) -> str:
    told = subprocess.run(["/bin/ps", *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    return told.stdout
