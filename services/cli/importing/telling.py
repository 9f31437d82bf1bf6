"""What an import says, in lines: never a word of what the rows hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from rich.console import Console
from rich.markup import escape

from services.cli.importing.rows import Wrong

SHOWN: Final = 50
"""Rows whose faults are listed, unless all are asked for."""


class Counts(Protocol):
    """What became of the rows."""

    rows: int
    stopped_at: int | None
    stored_after: int

    @property
    def failed(self) -> int:
        """Rows that are not in."""

    def of(self, became: str) -> int:
        """How many rows became that."""


class Teller:
    """Says what is wrong with which row, and how it ended."""

    def __init__(self, console: Console, *, all_faults: bool = False) -> None:
        self._console = console
        self._most = SHOWN if not all_faults else None
        self._rows_told = 0

    def wrong(self, number: int, wrong: Sequence[Wrong]) -> None:
        """A row is not right."""
        self._rows_told += 1
        if self._most is not None and self._rows_told > self._most:
            return
        for each in wrong:
            self._say(f"row {number}: {each}")

    def not_begun(self, rows: int, wrong: int) -> None:
        """Nothing was sent."""
        self._more()
        self._say(
            f"{_count(wrong, 'row')} of {rows:,} {_are(wrong)} not right, so nothing was sent. "
            "Mend them and run the same command again, or send the others with --keep-going."
        )

    def checked(self, rows: int, wrong: int, repeated: int) -> None:
        """Only the file was checked."""
        self._more()
        self._say(
            f"{_count(rows, 'row')}: {wrong:,} not right{_repeats(repeated)}. "
            "The service was not asked; --dry-run asks it."
        )

    def written(self, file: Path, rows: int) -> None:
        """There is an exception file."""
        self._say(
            f"{_count(rows, 'row')} {_are(rows)} in {file}, each with what is wrong: mend them "
            "there, import that file, and delete it. It holds what the rows hold."
        )

    def summed_up(self, tally: Counts, *, rehearsed: bool) -> bool:
        """How it ended.

        Returns:
            Whether everything is right.
        """
        self._more()
        if rehearsed:
            self._say(
                f"Dry run, nothing was stored. Of {_count(tally.rows, 'row')} "
                f"{tally.of('would-store'):,} would be stored, {tally.of('there-already'):,} "
                f"{_are(tally.of('there-already'))} there already, {tally.of('refused'):,} would "
                "be refused."
            )
            return not tally.of("refused")
        self._say(
            f"Of {_count(tally.rows, 'row')} {_were(tally.of('stored'))} stored, "
            f"{_were(tally.of('there-already'))} there already, "
            f"{_were(tally.of('refused'))} refused."
        )
        if tally.stopped_at is not None:
            left = tally.rows - sum(map(tally.of, ("stored", "there-already", "refused")))
            after = tally.stored_after
            under_way = f", {_were(after)} under way already and stored" if after else ""
            self._say(
                f"Stopped at row {tally.stopped_at}; {_count(left, 'row')} after it "
                f"{_are(left)} not sent{under_way}. Mend it and run the same command again: "
                "what is stored stays and is not stored twice. Or send the others with "
                "--keep-going."
            )
        return not tally.of("refused")

    def _more(self) -> None:
        if self._most is not None and self._rows_told > self._most:
            self._say(
                f"… and {_count(self._rows_told - self._most, 'more row')}: --all-faults lists "
                "them all."
            )

    def _say(self, line: str) -> None:
        self._console.print(escape(line), soft_wrap=True)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _were(number: int) -> str:
    return f"{number:,} {'was' if number == 1 else 'were'}"


def _repeats(number: int) -> str:
    return f", {number:,} the same as an earlier one" if number else ""
