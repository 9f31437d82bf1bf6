"""Times away as they could be returned: decided by a person, or reported by the police. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from services.mash.views.child.episodes import Episode
from services.mash.views.child.periods import PeriodLine
from services.mash.views.statutory.table import Code
from shared.contracts import times


class Period(Struct, frozen=True, kw_only=True):
    """A time away.

    Attributes:
        sources: the records that it rests on.
    """

    code: Code
    started_at: datetime
    ended_at: datetime | None
    sources: tuple[UUID, ...]

    @property
    def starts(self) -> date:
        """Its first day, by the clocks of the place."""
        return times.in_london(self.started_at).date()

    @property
    def ends(self) -> date | None:
        """Its last day, by the clocks of the place."""
        return times.in_london(self.ended_at).date() if self.ended_at is not None else None


def decided(line: PeriodLine) -> Period | None:
    """What a person decided; None where that is that nothing is returned."""
    if line.decision == "not-returned" or line.started_at is None:
        return None
    return Period(
        code="M" if line.decision == "missing" else "A",
        started_at=line.started_at,
        ended_at=line.ended_at,
        sources=line.sources,
    )


def reported(episode: Episode) -> Period | None:
    """What the police reported, as it would be returned; None of what was no episode."""
    if episode.in_error or episode.current is None:
        return None
    report = episode.current.report
    return Period(
        code="M",
        started_at=_start(report.missing_since, report.last_seen_at),
        # Found is where M ends: known whereabouts end it, whether or not the child is back.
        ended_at=episode.located_at or episode.ended,
        sources=(episode.episode_id,),
    )


def versions_differ(episode: Episode) -> bool:
    """Whether versions of the report would give it different first days."""
    lines = [line for line in (episode.current, *episode.earlier) if line is not None]
    starts = (_start(line.report.missing_since, line.report.last_seen_at) for line in lines)
    return len({times.in_london(start).date() for start in starts}) > 1


def overlapping(periods: Sequence[Period]) -> list[Period]:
    """Those that share time with another, or are open beside a later one."""
    found: list[Period] = []
    for one, other in _pairs(sorted(periods, key=lambda period: period.started_at)):
        if one.ended_at is None or other.started_at < one.ended_at:
            found.extend(each for each in (one, other) if each not in found)
    return found


def _pairs(periods: Sequence[Period]) -> Iterable[tuple[Period, Period]]:
    for number, one in enumerate(periods):
        for other in periods[number + 1 :]:
            yield one, other


def _start(missing_since: datetime, last_seen_at: datetime | None) -> datetime:
    return max(missing_since, last_seen_at or missing_since)
