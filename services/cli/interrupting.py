"""A signal ends what an event loop does in order, and not in the middle of whatever it was at."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Within it, in a coroutine, a signal cancels what is awaited, which then cleans up.

    An exception raised by a signal's handler breaks into the loop itself: what has connections open
    is then closed by another task than the one that opened them, and fails in that. What waits for
    nothing does not notice a signal here until it does: keep long arithmetic outside.

    Raises:
        SystemExit: a signal came; 128 and its number.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101 (a coroutine that runs has one)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    came: list[int] = []

    def stop(number: int) -> None:
        if not came:
            came.append(number)
            task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    except asyncio.CancelledError:
        if not came:
            raise
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            # Once is enough: a second signal would leave some of the end undone.
            signal.signal(number, signal.SIG_IGN if came else handler)
    if came:
        sys.exit(128 + came[0])
