"""A child as the profile counts her or him: noticed when, by what, of which area. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.child import ChildView
from services.mash.views.child.now import SOCIAL_CARE, standing_of
from services.mash.views.child.statuses import StatusLine
from services.mash.views.profile.described import NOT_RECORDED
from services.mash.views.profile.reports import DWELT_IN, InformationReport
from services.mash.views.screenings import ScreeningLine
from shared.contracts import intake, times
from shared.contracts.mentions import PersonIdentity, PlaceDetails

AT_RISK = frozenset({"low", "medium", "significant"})
"""Every level that an interviewer or a screening can give but `no-current-concern`: the tool calls
its lowest one a risk too."""
SEVERAL = "several-areas"
CHILDRENS_HOME = "K2"
"""The statutory return's code of a placement in a children's home (SSDA903, placement types)."""


class Question(Struct, frozen=True, kw_only=True):
    """What is asked.

    Attributes:
        authorities: of the region, by their agency codes.
        first, last: days of the period, both included, by the clocks of the place.
        populations: children in each authority, where known.
        own_areas: codes, in the directory of postcodes, of the region's own authorities.
    """

    authorities: tuple[str, ...]
    first: date
    last: date
    populations: dict[str, int] = {}
    own_areas: tuple[str, ...] = ()

    @property
    def begins(self) -> datetime:
        """The period's first moment."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=times.LONDON)

    @property
    def after(self) -> datetime:
        """The first moment after the period."""
        last = datetime(self.last.year, self.last.month, self.last.day, tzinfo=times.LONDON)
        return times.day_after(last)

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is in the period."""
        return self.begins <= moment < self.after


class Noticed(Struct, frozen=True, kw_only=True):
    """A child whom somebody called exploited or at risk in the period.

    Attributes:
        area: the authority responsible on the last day, else the area of the newest screening;
            `several-areas` where authorities differ, `not-recorded` where nobody says.
        first: when it was first said in the period.
        level: of the newest screening of the period.
        ticks: of the same.
        reports: that call the child a victim.
        places: the postcode of each place where the child was found, seen or said to have been.
        told_by: authorities that told a status of this child.
    """

    subject_id: UUID
    area: str
    first: datetime
    told: tuple[PersonIdentity, ...]
    level: str | None
    ticks: frozenset[str]
    reports: tuple[InformationReport, ...]
    in_care: bool
    lived_in_home: bool
    concerns: frozenset[str]
    places: tuple[str | None, ...]
    told_by: frozenset[str]


def noticed(
    view: ChildView, reports: Sequence[InformationReport], asked: Question
) -> Noticed | None:
    """The child in the profile; None where nobody said so in the period.

    Args:
        view: the child, as the asker may see her or him.
        reports: of the period, that call the child a victim.
        asked: the question.
    """
    said = sorted(_said(view, reports, asked))
    if not said:
        return None
    newest = _newest(view, asked.begins, asked.after)
    statuses = [line for line in view.statuses if _counts(line, asked.last)]
    looked_after = [line for line in statuses if line.kind == "looked-after"]
    away = [
        episode
        for episode in view.episodes
        if episode.began is not None and not episode.in_error and asked.holds(episode.began)
    ]
    return Noticed(
        subject_id=view.subject_id,
        area=area_of(view, asked),
        first=said[0],
        told=tuple(_identities(view)),
        level=newest.level if newest is not None else None,
        ticks=frozenset(tick.code for tick in newest.ticks) if newest is not None else frozenset(),
        reports=tuple(reports),
        in_care=any(line.in_force(asked.last) for line in looked_after),
        lived_in_home=any(_in_home(line) for line in looked_after),
        concerns=frozenset(episode.concern for episode in away if episode.concern is not None),
        places=tuple(_postcodes(view, asked)),
        told_by=frozenset(line.said.agency for line in statuses),
    )


def _said(
    view: ChildView, reports: Sequence[InformationReport], asked: Question
) -> Iterator[datetime]:
    """Each time in the period at which somebody called the child exploited or at risk."""
    moments: list[datetime | None] = [
        line.completed_at for line in view.screenings.lines if line.level in AT_RISK
    ]
    moments += [
        episode.began
        for episode in view.episodes
        if not episode.in_error
        and episode.current is not None
        and episode.current.report.at_risk_of_exploitation == "yes"
    ]
    moments += [line.conducted_at for line in view.interviews if line.exploitation in AT_RISK]
    moments += [moment for report in reports for moment in report.times]
    yield from (each for each in moments if each is not None and asked.holds(each))


def _newest(view: ChildView, begins: datetime | None, after: datetime) -> ScreeningLine | None:
    lines = [
        line
        for line in view.screenings.lines
        if line.completed_at < after and (begins is None or line.completed_at >= begins)
    ]
    return max(lines, key=lambda line: (line.completed_at, line.screening_id), default=None)


def area_of(view: ChildView, asked: Question) -> str:
    """The authority responsible on the last day, else the area of the newest screening."""
    responsible = {
        each.authority
        for each in standing_of(view, asked.last).responsible
        if each.matter in SOCIAL_CARE and not each.status_ended
    }
    if responsible:
        return responsible.pop() if len(responsible) == 1 else SEVERAL
    newest = _newest(view, None, asked.after)
    return newest.area if newest is not None else NOT_RECORDED


def _counts(line: StatusLine, last: date) -> bool:
    return line.withdrawn is None and line.kind in SOCIAL_CARE and line.since <= last


def _in_home(line: StatusLine) -> bool:
    if (content := line.details.opened) is not None:
        details = msgspec.json.decode(content, type=intake.StatusDetails)
        if details.placement_type == CHILDRENS_HOME:
            return True
    if line.place is None or (where := line.place.details.opened) is None:
        return False
    return msgspec.json.decode(where, type=PlaceDetails).type == "childrens-home"


def _postcodes(view: ChildView, asked: Question) -> Iterator[str | None]:
    for line in view.places:
        if line.named.role in DWELT_IN or not asked.holds(times.read(line.said.occurred_at)):
            continue
        content = line.named.details.opened
        yield msgspec.json.decode(content, type=PlaceDetails).postcode if content else None


def _identities(view: ChildView) -> Iterator[PersonIdentity]:
    for statement in view.statements:
        if (content := statement.identity.opened) is not None:
            yield msgspec.json.decode(content, type=PersonIdentity)
