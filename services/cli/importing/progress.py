"""How far an import is: a bar for a person, a line now and then for a log."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

LINE_EVERY_SECONDS: Final = 10.0


class Steps:
    """Shows the steps of an import one after another; each counts rows, or shares of a file."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._bar: Progress | None = None
        self._what = ""
        self._total = 0
        self._began = self._told = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        reason: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def begin(self, what: str, total: int, *, counts_rows: bool) -> None:
        """A step begins: `total` rows, or bytes."""
        self._end()
        self._what, self._total = what, total
        self._began = self._told = self._clock()
        if self._console.is_terminal:
            amount = MofNCompleteColumn() if counts_rows else TaskProgressColumn()
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), amount, _Rate(),
                TimeRemainingColumn(), console=self._console, transient=True,
            )  # fmt: skip
            self._bar.start()
            self._bar.add_task(what, total=total, rows=0)

    def at(self, done: int, rows: int) -> None:
        """So much of the step is done, with so many rows."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, rows=rows)
            return
        now = self._clock()
        if not self._console.is_terminal and now - self._told >= LINE_EVERY_SECONDS:
            self._told = now
            left = (self._total - done) * (now - self._began) / max(done, 1)
            self._console.print(
                f"{self._what}: {rows:,} rows, {rows / (now - self._began):,.0f} a second, "
                f"about {_spoken(left)} left",
                soft_wrap=True,
            )

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Rows a second since the step began."""
        seconds = task.elapsed or 0
        rate = task.fields["rows"] / seconds if seconds else 0
        return Text(f"{rate:,.0f} rows/s")


def _spoken(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:,.0f} min" if minutes > 2 else f"{seconds:.0f} s"  # noqa: PLR2004
