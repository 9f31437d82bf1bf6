"""What was done against somebody or somewhere, and until when, for a person at a terminal."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from uuid import UUID

import msgspec
from rich.markup import escape
from rich.table import Table

from services.cli.wording import UNREADABLE, when
from services.mash.application import ChildAnswer
from services.mash.views.facts import Details
from services.mash.views.measures import MeasureLine
from services.mash.views.said import Said

OWN = "own-authority"


def fill_protecting(table: Table, answer: ChildAnswer, by: Callable[[Said], str]) -> None:
    """The measures that are to protect a child."""
    fill_measures(table, answer.view.measures, answer.now.measures, by)


def fill_measures(
    table: Table,
    measures: Sequence[MeasureLine],
    in_force: Collection[UUID],
    by: Callable[[Said], str],
) -> None:
    """A row a measure: whether it holds, what it demands, what became of it."""
    for line in measures:
        told = [f"[bold]{escape(_words(line.kind))}[/]"]
        if line.ordered_by is not None:
            by_whom = "the authority itself" if line.ordered_by == OWN else _words(line.ordered_by)
            told.append(f"by {escape(by_whom)}")
        if (conditions := _text(line.conditions)) is not None:
            told.append(escape(conditions))
        told += [
            f"varied {when(one.varied_at)}: "
            + ("no end" if one.until is None else f"until {_day(one.until)}")
            for one in line.varied
        ]
        for breach in line.breaches:
            account = _text(breach.account)
            told.append(
                f"[bold red]breached {when(breach.breached_at)}[/]"
                + (f": {escape(account)}" if account is not None else "")
            )
        if line.why is not None:
            told.append(f"ended: {escape(_words(line.why))}")
        table.add_row(_standing(line, in_force), "\n".join(told), by(line.said))


def _standing(line: MeasureLine, in_force: Collection[UUID]) -> str:
    if line.in_error:
        return "[dim]a mistake:\nthere was none[/]"
    days = f"{_day(line.since)} to\n" + (
        _day(line.last_day) if line.last_day is not None else "no end"
    )
    if line.measure_id in in_force:
        return f"[bold]in force[/]\n{days}"
    return f"[dim]not in force[/]\n{days}"


def _text(details: Details) -> str | None:
    if details.state == "absent":
        return None
    if (content := details.opened) is None:
        return UNREADABLE[details.state]
    return msgspec.json.decode(content, type=_Words).text


class _Words(msgspec.Struct, frozen=True):
    text: str


def _words(code: str) -> str:
    return code.replace("-", " ")


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
