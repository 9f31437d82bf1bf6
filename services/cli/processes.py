"""Processes of services, tied to the one that started them, and signals that wait."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path


def spawn(
    program: tuple[str, ...], name: str, *, settings: Path, log: Path
) -> "subprocess.Popen[bytes]":
    """Start a service. Until `let_begin` it only loads its code: its settings may come later."""
    with log.open("ab") as file:
        return subprocess.Popen(  # noqa: S603 (our own program)
            [*program, "serve", name, "--settings", str(settings), "--attached"],
            # It begins when it is told to, and ends when this pipe does: however we end.
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            # A Ctrl-C in the terminal reaches this process only, which stops them in order.
            start_new_session=True,
        )


def let_begin(process: "subprocess.Popen[bytes]") -> None:
    """Tell it that its settings are written."""
    assert process.stdin is not None  # noqa: S101 (asked for in `spawn`)
    with contextlib.suppress(OSError):  # it died: it will be started again
        process.stdin.write(b"begin\n")
        process.stdin.flush()


def let_go(process: "subprocess.Popen[bytes]") -> None:
    """Close what is left of one that has ended."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Signals wait for the end of this. An event loop that one breaks into is not closed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
