"""Children by how they are taught, with their screenings and times away in a period. Pure.

The report of 2015 (6.7) has links explored between exploitation and children who are educated at
home, in alternative provision or on part-time timetables. These figures show who was noticed, by
how each was taught; what follows from that is for whoever reads them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from services.mash.views.child import ChildView
from services.mash.views.profile.away import area_or_council, times_away
from services.mash.views.profile.counting import REGION, Count, Counts
from services.mash.views.profile.described import DIFFERS, NOT_RECORDED
from services.mash.views.profile.figures import Definition
from services.mash.views.profile.noticed import Question
from shared.contracts import times
from shared.projecting.facts import Fact

_HOW = "As agencies told it; where some gave different ones from the same day none is taken."

EDUCATION = (
    Definition(
        id="ED1",
        what="children who were screened or away, by how they were taught on the last day",
        base="distinct children with a screening in the period, or a time away as in RA2",
        of="period",
        caveat=f"{_HOW} Children of whom nobody told either are not counted: from this alone there "
        "is no rate of any kind of education. Not recorded stays in the base.",
        published="asked for, and not given",
    ),
    Definition(
        id="ED2",
        what="level of the newest screening, by how the child was taught on its day",
        base="distinct children with a screening in the period",
        of="period",
        caveat=f"{_HOW} Whoever is taught where nobody screens has no level: few of a kind may be "
        "fewer screened, not fewer at risk.",
        published="asked for, and not given",
    ),
    Definition(
        id="ED3",
        what="times away, by how the child was taught on the day they began",
        base="records as in RA2; not children, as in ED1 and ED2",
        of="period",
        caveat=f"{_HOW} Missing, absent and concern are those of RA2; reports made in error are "
        "not counted.",
        published="asked for, and not given",
    ),
)

EDUCATION_NOTES = (
    "Counted from what agencies reported and you may see. A higher count may be better recording.",
    "That two things are told of the same children does not say that one leads to the other.",
    "A child's area: as in the figures of times away.",
    "Do not add figures with different bases.",
)


class Taught(Struct, frozen=True, kw_only=True):
    """A child who was screened or away in the period, by how she or he was taught.

    Attributes:
        status: on the period's last day.
        screened: status on the day, and level, of the period's newest screening.
        times: status on the day, and `missing`, `absent` or `concern`, of each time away.
    """

    subject_id: UUID
    area: str
    status: str
    screened: tuple[str, str] | None
    times: tuple[tuple[str, str], ...]


def taught(view: ChildView, facts: Sequence[Fact], asked: Question) -> Taught | None:
    """The child; None where nobody told of a screening or a time away in the period.

    Args:
        view: the child, as the asker may see her or him.
        facts: of which the view is made.
        asked: the question.
    """
    statuses = list(_statuses(view))
    newest = max(
        (line for line in view.screenings.lines if asked.holds(line.completed_at)),
        key=lambda line: (line.completed_at, line.screening_id),
        default=None,
    )
    away = sorted(times_away(view, asked))
    if newest is None and not away:
        return None
    screened = None
    if newest is not None:
        day = times.in_london(newest.completed_at).date()
        screened = (_status_on(statuses, day), newest.level)
    return Taught(
        subject_id=view.subject_id,
        area=area_or_council(view, facts, asked),
        status=_status_on(statuses, asked.last),
        screened=screened,
        times=tuple((_status_on(statuses, day), what) for day, what in away),
    )


def count_taught(children: Sequence[Taught]) -> Counts:
    """The figures, for the region and each of its areas."""
    counts: Counts = {}
    for child in children:
        told = {
            "ED1": [child.status],
            "ED2": [_cell(child.screened)] if child.screened is not None else [],
            "ED3": [_cell(each) for each in child.times],
        }
        for area in (child.area, REGION):
            for figure, cells in told.items():
                count = counts.setdefault(figure, {}).setdefault(area, Count())
                count.base += len(cells)
                count.cells.update(cells)
    return counts


def _cell(each: tuple[str, str]) -> str:
    return ": ".join(each)


class _Status(Struct, frozen=True, order=True):
    """How an agency said a child is taught from a day on; the last that it said is the last."""

    since: date
    recorded_at: str
    agency: str
    status: str


def _statuses(view: ChildView) -> Iterator[_Status]:
    for line in view.chronology:
        if line.what == "education-status-recorded" and line.kind is not None:
            yield _Status(
                since=times.in_london(times.read(line.said.occurred_at)).date(),
                recorded_at=line.said.recorded_at,
                agency=line.said.agency,
                status=line.kind,
            )


def _status_on(statuses: Iterable[_Status], day: date) -> str:
    """The status that began last on a day or before it.

    An agency that gives two from one day corrects itself; agencies that differ do not correct one
    another.
    """
    begun = [each for each in statuses if each.since <= day]
    if not begun:
        return NOT_RECORDED
    newest = max(each.since for each in begun)
    said = {each.agency: each.status for each in sorted(begun) if each.since == newest}
    found = set(said.values())
    return found.pop() if len(found) == 1 else DIFFERS
