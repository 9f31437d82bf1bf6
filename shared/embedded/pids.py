"""What the system knows about processes, without a dependency and without special rights."""

import contextlib
import subprocess
from pathlib import Path

HAS_PROC = Path("/proc/self/stat").exists()


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


def boot() -> str:
    """Which run of the machine this is: pids and births begin anew with each."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "any"  # births are dates there


def command_of(pid: int) -> str:
    """What a process was started with; the program alone where no more can be told."""
    if not HAS_PROC:
        return _ps("-o", "command=", "-p", str(pid)).strip() or "?"
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ") or "?"
    except OSError:
        return "?"


def _ps(*arguments: str) -> str:
    told = subprocess.run(["/bin/ps", *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    return told.stdout
