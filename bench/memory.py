"""How much memory processes take at their peak, and how much disk a folder."""

import contextlib
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

EVERY_SECONDS = 1.0


@dataclass
class Peak:
    """The most that was seen.

    Attributes:
        each: by process, its own peak of resident memory, in MB.
        together: of all of them at one moment, shared pages counted once, in MB.
    """

    each: dict[int, float] = field(default_factory=dict)
    together: float = 0.0

    @property
    def largest(self) -> float:
        """Of the process that took the most, in MB."""
        return max(self.each.values(), default=0.0)


@contextlib.contextmanager
def watched(pids: Callable[[], Iterable[int]]) -> Iterator[Peak]:
    """Look at these processes, and all that descend from them, every second."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        together = 0.0
        for pid in families(pids()):
            with contextlib.suppress(OSError, ValueError):
                peak.each[pid] = max(peak.each.get(pid, 0.0), _of(f"/proc/{pid}/status", "VmHWM"))
                together += _of(f"/proc/{pid}/smaps_rollup", "Pss")
        peak.together = max(peak.together, together)

    def keep_looking() -> None:
        while not over.wait(EVERY_SECONDS):
            look()

    watching = threading.Thread(target=keep_looking, daemon=True)
    watching.start()
    try:
        yield peak
        look()
    finally:
        over.set()
        watching.join()


def families(pids: Iterable[int]) -> set[int]:
    """These processes and all that descend from them."""
    born: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                born[int(fields[1])].append(int(entry.name))
    found, waiting = set[int](), list(pids)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += [child for child in born[pid] if child not in found]
    return found


def on_disk(folder: Path) -> float:
    """How much disk everything in a folder takes, in MB."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(where) / name).lstat().st_blocks * 512
    return total / 1024**2


def _of(path: str, name: str) -> float:
    """A figure in kB of a file of /proc, in MB."""
    for line in Path(path).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(name)
