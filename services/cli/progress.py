"""Showing how far something long has come: bars on a terminal, plain lines anywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

LINE_SECONDS = 5.0
"""Between two lines about the same stage."""

Told = Callable[[str, int, int], None]
"""(stage, done, of)."""


@contextmanager
def progress_on(console: Console, now: Callable[[], float] = time.monotonic) -> Iterator[Told]:
    """Where to tell progress, as this console can show it."""
    if not console.is_terminal:
        yield Lines(console, now).told
        return
    bars = Progress(
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
    )
    tasks: dict[str, tuple[TaskID, float, int]] = {}

    def told(stage: str, done: int, of: int) -> None:
        if stage not in tasks:
            tasks[stage] = (bars.add_task(stage, total=of, rate=""), now(), done)
        task, began, at_first = tasks[stage]
        bars.update(task, completed=done, total=of, rate=_rate(done - at_first, now() - began))

    with bars:
        yield told


class Lines:
    """A line at the beginning and end of each stage, and every few seconds between."""

    def __init__(self, console: Console, now: Callable[[], float]) -> None:
        self._console = console
        self._now = now
        self._began: dict[str, tuple[float, int]] = {}
        self._last: dict[str, float] = {}
        self._ended: set[str] = set()

    def told(self, stage: str, done: int, of: int) -> None:
        """Print a line if it is time for one."""
        moment = self._now()
        began, at_first = self._began.setdefault(stage, (moment, done))
        ends = done >= of and stage not in self._ended
        if ends:
            self._ended.add(stage)
        elif stage in self._last and moment - self._last[stage] < LINE_SECONDS:
            return
        self._last[stage] = moment
        words = f"{stage}: {done:,} of {of:,}"
        if rate := _rate(done - at_first, moment - began):
            words += f", {rate}"
            if done < of:
                left = (of - done) * (moment - began) / (done - at_first)
                words += f", {_spelt(left)} left"
        self._console.print(words, soft_wrap=True)


def _rate(done: int, seconds: float) -> str:
    return f"{done / seconds:,.0f}/s" if done > 0 and seconds > 0 else ""


def _spelt(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"  # noqa: PLR2004
