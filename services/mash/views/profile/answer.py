"""The profile as it is answered: each figure with its base, time and caveat. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from services.mash.views.profile.counting import REGION, Count, Counts
from services.mash.views.profile.figures import DEFINITIONS, Definition
from services.mash.views.profile.noticed import Question
from services.mash.views.profile.small_numbers import Hidden, hide, rounded

FEWEST_FOR_A_MEAN = 10
"""A mean of fewer tells too much of each, where it is shared."""

NOTES = (
    "Counted from what agencies reported and you may see. A higher count may be better recording.",
    "Do not add figures with different bases.",
)


class Cell(Struct, frozen=True, kw_only=True):
    """A count; none where it is too small to be shared, or would tell one that is."""

    label: str
    count: int | None
    percent: float | None = None


class Area(Struct, frozen=True, kw_only=True):
    """A figure of one area, or of the region.

    Attributes:
        base: none where it is hidden or not known.
        outside: what had to be left out of the base, and why.
        value: of a mean or a rate.
    """

    area: str
    base: int | None
    cells: tuple[Cell, ...] = ()
    outside: tuple[Cell, ...] = ()
    value: float | None = None


class Figure(Struct, frozen=True, kw_only=True):
    """One figure.

    Attributes:
        state: `not-held`: nobody tells what it would be counted of; `unavailable`: the directory of
            postcodes does not answer.
        first, last: the period; none for what is of one day.
        as_at: that day; none for what is of the period.
        published: what the profile of January to June 2014 has.
        areas: the region first.
    """

    id: str
    what: str
    base_is: str
    caveat: str
    published: str
    state: Literal["counted", "not-held", "unavailable"]
    first: date | None
    last: date | None
    as_at: date | None
    areas: tuple[Area, ...]


class Profile(Struct, frozen=True, kw_only=True):
    """Figures of a region and a period: the whole profile, or those of times away.

    Attributes:
        shared: small numbers are hidden and the others rounded to fives.
        known_by: as it was known at that moment; none for now.
        elsewhere: children who would count, but whose authority is not of the region.
        withheld: how many facts you may not see.
        as_of: the position in each store up to which it knows everything.
    """

    first: date
    last: date
    shared: bool
    known_by: datetime | None
    notes: tuple[str, ...]
    figures: tuple[Figure, ...]
    elsewhere: int | None
    withheld: int
    as_of: dict[str, int]


def answer_of(
    counts: Counts,
    asked: Question,
    *,
    shared: bool,
    directory: bool,
    elsewhere: int,
    withheld: int,
    known_by: datetime | None,
    as_of: dict[str, int],
    definitions: Sequence[Definition] = DEFINITIONS,
    notes: tuple[str, ...] = NOTES,
) -> Profile:
    """The profile from its counts.

    Args:
        counts: of every figure.
        asked: the question.
        shared: hide small numbers.
        directory: the directory of postcodes answered.
        elsewhere: children whose authority is not of the region.
        withheld: facts that the asker may not see.
        known_by: the moment of which it is.
        as_of: positions.
        definitions: of the figures, in their order.
        notes: what to bear in mind with all of them.
    """
    return Profile(
        first=asked.first,
        last=asked.last,
        shared=shared,
        known_by=known_by,
        notes=notes,
        figures=tuple(
            _figure(each, counts.get(each.id, {}), asked, shared=shared, directory=directory)
            for each in definitions
        ),
        elsewhere=rounded(elsewhere) if shared else elsewhere,
        withheld=withheld,
        as_of=as_of,
    )


def _figure(
    defined: Definition,
    counts: dict[str, Count],
    asked: Question,
    *,
    shared: bool,
    directory: bool,
) -> Figure:
    state: Literal["counted", "not-held", "unavailable"] = "counted"
    if defined.id == "PP16":
        state = "not-held"
    elif defined.id == "PP15" and not directory:
        state = "unavailable"
    hidden = hide(counts, sums=defined.sums) if shared else None
    names = sorted(counts, key=lambda area: (area != REGION, area))
    of_period = defined.of == "period"
    return Figure(
        id=defined.id,
        what=defined.what,
        base_is=defined.base,
        caveat=defined.caveat,
        published=defined.published,
        state=state,
        first=asked.first if of_period else None,
        last=asked.last if of_period else None,
        as_at=None if of_period else asked.last,
        areas=tuple(_area(defined.id, name, counts[name], asked, hidden) for name in names),
    )


def _area(figure: str, area: str, found: Count, asked: Question, hidden: Hidden | None) -> Area:
    showing = _Showing(area, hidden)
    base = showing.number("base", "", found.base)
    of: int | None = base
    value: float | None = None
    if figure == "PP17":
        base, of = _population(area, asked), None
        significant = showing.number("cell", "significant", found.cells["significant"])
        if base and significant is not None:
            value = round(significant / base * 10_000, 1)
    elif figure == "PP7" and base is not None:
        value = showing.mean(found)
    return Area(
        area=area,
        base=base,
        cells=tuple(showing.cells("cell", found.cells, of)),
        outside=tuple(showing.cells("outside", found.outside, None)),
        value=value,
    )


class _Showing:
    """What may be shown of one area."""

    def __init__(self, area: str, hidden: Hidden | None) -> None:
        self._area = area
        self._hidden = hidden

    def number(self, kind: str, label: str, number: int) -> int | None:
        """A number, or None where it is hidden."""
        if self._hidden is None:
            return number
        return None if (self._area, kind, label) in self._hidden else rounded(number)

    def cells(self, kind: str, numbers: dict[str, int], of: int | None) -> Iterator[Cell]:
        """Counts by label, as percentages of what is shown of their base."""
        for label, number in sorted(numbers.items()):
            if number:
                many = self.number(kind, label, number)
                percent = round(100 * many / of, 1) if many is not None and of else None
                if self._hidden is not None and percent is not None:
                    percent = float(round(percent))
                yield Cell(label=label, count=many, percent=percent)

    def mean(self, found: Count) -> float | None:
        """A mean; a shared one of enough people and in whole years."""
        if self._hidden is None or found.mean is None:
            return found.mean
        return float(round(found.mean)) if found.base >= FEWEST_FOR_A_MEAN else None


def _population(area: str, asked: Question) -> int | None:
    if area == REGION:
        known = [asked.populations.get(authority) for authority in asked.authorities]
        return sum(each for each in known if each is not None) if all(known) else None
    return asked.populations.get(area)
