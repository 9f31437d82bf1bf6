"""How many children go missing or run away in a period, in an authority's area. Pure.

The report of 2015 has professionals ask at their induction how many children run away in a year in
their area. Three things are counted, each apart and never added to another's word: what the police
call missing, what they call absent, and concerns that no police report holds.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.child import ChildView
from services.mash.views.child.episodes import Episode
from services.mash.views.facts import Happening
from services.mash.views.profile.counting import REGION, Count, Counts
from services.mash.views.profile.described import NOT_RECORDED
from services.mash.views.profile.figures import Definition
from services.mash.views.profile.noticed import Question, area_of
from shared.contracts import times
from shared.projecting.facts import Fact

CONCERN = "concern"
IN_ERROR = "reported-in-error"

AWAY = (
    Definition(
        id="RA1",
        what="children who were missing, absent, or away by a concern that no police report holds",
        base="distinct children, whoever and however often reported them",
        of="period",
        caveat="A child counts once, and once in each cell: the cells do not sum to the base. "
        "Children of whom there is nothing but reports made in error are beside the base: add them "
        "for the count with those. Two records of one child that nobody linked count twice. Most "
        "who run away are never reported: an underestimate.",
        published="asked for, and not given",
        sums=False,
    ),
    Definition(
        id="RA2",
        what="times away: episodes missing, episodes absent, and concerns that no police report "
        "holds",
        base="records that began in the period; not children, as in RA1",
        of="period",
        caveat="Missing and absent as the police say last, which is not the statutory return's M "
        "and A. A concern is held by a police episode of the same child where both were on one "
        "day; one that is not closed is of its first day alone. Reports made in error are beside "
        "the base: add them for the count with those. What two forces report of one night is two.",
        published="asked for, and not given",
    ),
)
"""The figures. A year is a period like any other."""

AWAY_NOTES = (
    "Counted from what agencies reported and you may see. A higher count may be better recording.",
    "A child's area: the authority responsible on the last day, else that of the newest screening.",
    "Where neither is told: the council that a force named last for a return interview.",
    "Whoever a force or a school reports is counted: ages are not looked at.",
    "Do not add figures with different bases.",
)


class Away(Struct, frozen=True, kw_only=True):
    """A child's times away in the period.

    Attributes:
        times: for each record, `missing`, `absent` or `concern`.
        in_error: the same, of police reports that were a mistake.
    """

    subject_id: UUID
    area: str
    times: tuple[str, ...]
    in_error: tuple[str, ...]


def away(view: ChildView, facts: Sequence[Fact], asked: Question) -> Away | None:
    """The child's times away; None where none began in the period.

    Args:
        view: the child, as the asker may see her or him.
        facts: of which the view is made.
        asked: the question.
    """
    began = [
        episode
        for episode in view.episodes
        if episode.began is not None and asked.holds(episode.began)
    ]
    counted = [what for _, what in times_away(view, asked)]
    in_error = [_concern(episode) for episode in began if episode.in_error]
    if not counted and not in_error:
        return None
    return Away(
        subject_id=view.subject_id,
        area=area_or_council(view, facts, asked),
        times=tuple(counted),
        in_error=tuple(in_error),
    )


def times_away(view: ChildView, asked: Question) -> Iterator[tuple[date, str]]:
    """The first day of each time away of the period, and what it was.

    `missing`, `absent` or `concern`; what was reported in error is none of them.
    """
    for episode in view.episodes:
        began = episode.began
        if began is not None and asked.holds(began) and not episode.in_error:
            yield times.in_london(began).date(), _concern(episode)
    for first in _concerns(view, asked):
        yield first, CONCERN


def area_or_council(view: ChildView, facts: Sequence[Fact], asked: Question) -> str:
    """The child's area; where nobody told it, the council that a force named for an interview."""
    area = area_of(view, asked)
    return (council_named(facts) or NOT_RECORDED) if area == NOT_RECORDED else area


def count_away(children: Sequence[Away]) -> Counts:
    """Both figures, for the region and each of its areas."""
    counts: Counts = {}
    for child in children:
        for area in (child.area, REGION):
            of_children = counts.setdefault("RA1", {}).setdefault(area, Count())
            of_times = counts.setdefault("RA2", {}).setdefault(area, Count())
            of_times.base += len(child.times)
            of_times.cells.update(child.times)
            of_times.outside.update(f"{IN_ERROR}: {each}" for each in child.in_error)
            if child.times:
                of_children.base += 1
                of_children.cells.update(set(child.times))
            else:
                of_children.outside[IN_ERROR] += 1
    return counts


def _concern(episode: Episode) -> str:
    return episode.concern or NOT_RECORDED


def _concerns(view: ChildView, asked: Question) -> Iterator[date]:
    """The first day of each concern of the period that no police episode holds."""
    raised: dict[UUID, date] = {}
    closed: dict[UUID, date] = {}
    for line in view.chronology:
        moment = times.read(line.said.occurred_at)
        if line.what == "concern-raised" and asked.holds(moment):
            raised[line.episode_id] = times.in_london(moment).date()
        elif line.what == "concern-closed":
            closed[line.episode_id] = times.in_london(moment).date()
    held = [_days(episode) for episode in view.episodes if not episode.in_error]
    for concern_id, first in raised.items():
        last = closed.get(concern_id, first)
        if not any(starts <= last and ends >= first for starts, ends in held):
            yield first


def _days(episode: Episode) -> tuple[date, date]:
    """An episode's first and last day, by the clocks of the place; no end while it is open."""
    ended = episode.ended
    ends = times.in_london(ended).date() if ended is not None else date.max
    if episode.current is None:
        return ends, ends
    report = episode.current.report
    starts = min(report.missing_since, report.last_seen_at or report.missing_since)
    return times.in_london(starts).date(), ends


class _Area(Struct, frozen=True):
    area: str | None = None


def council_named(facts: Sequence[Fact]) -> str | None:
    """The council that a force named last for one of the child's return interviews."""
    named: str | None = None
    for fact in sorted(facts, key=lambda fact: (fact.recorded_at, fact.event_id)):
        if fact.kind != "happening":
            continue
        happening = msgspec.json.decode(fact.value, type=Happening)
        if happening.what in {"interview-required", "interview-area-named"}:
            named = msgspec.json.decode(happening.data, type=_Area).area or named
    return named
