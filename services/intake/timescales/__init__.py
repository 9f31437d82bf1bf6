"""How soon a referral is to be decided, by each area's own table: versioned data.

Areas differ, and change. The data marks what was read at its source. A table's hours may be hours
of the clock or hours in which the hub works.
"""

from datetime import date, datetime, time
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from shared.contracts import times
from shared.contracts.intake import Rating, TimescaleRule
from shared.reference.working_days import end_of_working_day, hours_after, working_hours_after


class Within(Struct, frozen=True, forbid_unknown_fields=True):
    """So many hours, hours of work, or working days: one of them."""

    hours: int | None = None
    working_hours: int | None = None
    working_days: int | None = None

    @property
    def words(self) -> str:
        """As people say it."""
        for count, unit in (
            (self.hours, "hour"),
            (self.working_hours, "working hour"),
            (self.working_days, "working day"),
        ):
            if count is not None:
                return f"{count} {unit}{'' if count == 1 else 's'}"
        raise ValueError("a timescale names one unit")


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """One version of an area's table.

    Attributes:
        source: where it is from.
        verified: it was read there.
        opens, closes: when the hub works, `09:00`; used by working hours only.
        ratings: for each rating, by when there is to be a final decision.
    """

    code: str
    version: int
    source: str
    verified: bool
    opens: str
    closes: str
    ratings: dict[Rating, Within]

    def due_by(self, rating: Rating, since: datetime) -> datetime:
        """When the final decision is due, counted from a moment."""
        within = self.ratings[rating]
        if within.hours is not None:
            return hours_after(since, within.hours)
        if within.working_hours is not None:
            return working_hours_after(
                since,
                within.working_hours,
                opens=time.fromisoformat(self.opens),
                closes=time.fromisoformat(self.closes),
            )
        assert within.working_days is not None  # noqa: S101 (checked when the tables are read)
        return end_of_working_day(since, within.working_days)

    def rule(self, rating: Rating) -> TimescaleRule:
        """The rule, as it stands in events."""
        return TimescaleRule(
            table=self.code, version=self.version, within=self.ratings[rating].words
        )


class Adoption(Struct, frozen=True, rename={"since": "from"}):
    """From which day an area uses a version of a table."""

    table: str
    version: int
    since: date


class Timescales(Struct, frozen=True):
    """All tables, and which area used which from when."""

    tables: list[Table]
    default: list[Adoption]
    areas: dict[str, list[Adoption]]

    def in_force(self, area: str | None, moment: datetime) -> Table:
        """The table that an area used at a moment; before its first, the first."""
        day = times.in_london(moment).date()
        adopted = self.areas.get(area or "", self.default)
        used = adopted[0]
        for adoption in adopted:
            if adoption.since <= day:
                used = adoption
        return next(
            table
            for table in self.tables
            if (table.code, table.version) == (used.table, used.version)
        )


FIRST = TimescaleRule(table="one-working-day", version=1, within="1 working day")
"""Until it is rated: a course of action within one working day of the referral (DfE 2012, step 3).
That it ends with that working day is ours (`shared.reference.working_days`)."""


def first_due(received_at: datetime) -> datetime:
    """When a course of action is to be decided, before any rating."""
    return end_of_working_day(received_at, 1)


@cache
def timescales() -> Timescales:
    """The tables of the product.

    Raises:
        ValueError: a table names no unit, or an area a table that is not there.
    """
    found = msgspec.json.decode((files(__name__) / "tables.json").read_bytes(), type=Timescales)
    names = {(table.code, table.version) for table in found.tables}
    for adoptions in (found.default, *found.areas.values()):
        if not adoptions or not {(a.table, a.version) for a in adoptions} <= names:
            raise ValueError("an area uses a table that is not there")
    for table in found.tables:
        for within in table.ratings.values():
            _ = within.words
    return found
