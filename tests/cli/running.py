"""Running `throughline` in a process, and seeing what it leaves behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = (sys.executable, "-m", "services.cli")
READY = "Ready:"


def environment(**more: str) -> dict[str, str]:
    """An environment without servers of somebody else's, and as wide as a terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return {**kept, "COLUMNS": "80", "NO_COLOR": "1", **more}


def run(*arguments: str, patience: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, env=environment(),
        timeout=patience,
    )  # fmt: skip


@contextmanager
def started(*arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs; killed at the end if the test did not stop it."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*COMMAND, *arguments], stdout=file, stderr=file, env=environment(),
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until_says(log: Path, words: str, patience: float = 60) -> None:
    """Wait until a command has written these words."""
    end = time.monotonic() + patience
    while words not in log.read_text():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.02)


def left_running(folder: Path) -> list[str]:
    """Every process that has to do with an installation, by its command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                cwd = str((entry / "cwd").readlink())
            except OSError:
                continue
            if str(folder) in command or cwd.startswith(str(folder)):
                found.append(f"{entry.name} {command}")
    return found


def nothing_left(folder: Path, patience: float) -> list[str]:
    """What still runs when patience is at an end; nothing, one hopes."""
    end = time.monotonic() + patience
    while (left := left_running(folder)) and time.monotonic() < end:
        time.sleep(0.05)
    return left
