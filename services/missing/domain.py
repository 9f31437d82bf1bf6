"""An episode: one time a child was missing or absent, from the report to the return. Pure."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from eventsourcing.domain import event

from services.missing.risk import Scheme
from shared.contracts import missing, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours before its times are called future."""

QUESTION_ASKED_FROM: Final = date(2015, 2, 1)
"""Since February 2015 a force's risk assessment asks whether the child is at risk of CSE or known
to Children's Social Care (report to Walsall's scrutiny panel, 2015, 6.4). The source names only the
month; that it is the first day of it is ours."""


class Episode(Record):
    """One time a child was missing or absent."""

    class Reported(Record.Created):
        """The first version of the force's report to arrive."""

        data: missing.EpisodeReported

    class ReportRevised(Record.Event):
        """Another version arrived."""

        data: missing.ReportRevised

    class ChildReturned(Record.Event):
        """The child came back or was found."""

        data: missing.ChildReturned

    @event(Reported)
    def __init__(
        self, data: missing.EpisodeReported, timestamp: datetime, handling: Handling
    ) -> None:
        self.force = data.force
        self.child = data.child
        self.versions = {data.report_version}
        self.newest_version = data.report_version
        self.missing_since = data.missing_since
        self.returned_at: datetime | None = None

    @classmethod
    def report(cls, data: missing.EpisodeReported, *, scheme: Scheme, now: datetime) -> "Episode":
        """Begin an episode from a force's report.

        Args:
            data: the report.
            scheme: the risk scheme in force for that force on the day it was told.
            now: the present.

        Raises:
            Invalid: the report contradicts itself, the scheme or the calendar.
        """
        check_report(data, scheme, now)
        return cls._create(
            cls.Reported,
            id=new_record_id(),
            data=data,
            timestamp=data.missing_since,
            handling="P",
        )

    def revise(self, data: missing.ReportRevised, *, scheme: Scheme, now: datetime) -> None:
        """Take in another version of the report, older or newer than those that came before.

        Raises:
            RuleBroken: this version is recorded already, or is the newest and would begin after the
                child's return.
            Invalid: see `report`.
        """
        if data.report_version in self.versions:
            raise RuleBroken(
                f"version {data.report_version} of this report is already recorded; a correction "
                "is a new version"
            )
        check_report(data, scheme, now)
        # Only the newest version says when the episode began: an older one that comes late may hold
        # the very mistake that the newer one mended, and is kept all the same.
        is_newest = data.report_version > self.newest_version
        if is_newest and self.returned_at is not None and data.missing_since > self.returned_at:
            raise RuleBroken("this version would begin the episode after the child's return")
        self._revised(data=data, timestamp=data.missing_since, handling="P")

    @event(ReportRevised)
    def _revised(
        self, data: missing.ReportRevised, timestamp: datetime, handling: Handling
    ) -> None:
        self.versions = self.versions | {data.report_version}
        if data.report_version > self.newest_version:
            self.newest_version = data.report_version
            self.missing_since = data.missing_since

    def record_return(self, data: missing.ChildReturned, *, now: datetime) -> None:
        """Record that the child came back or was found.

        Raises:
            RuleBroken: the return is recorded already, or is earlier than the going missing.
            Invalid: it is in the future.
        """
        if self.returned_at is not None:
            raise RuleBroken("the child's return from this episode is already recorded")
        if data.returned_at > now + CLOCK_SKEW:
            raise Invalid("nothing was stored", (Fault("/returned_at", FUTURE),))
        if data.returned_at < self.missing_since:
            raise RuleBroken("the return is earlier than the time the child went missing")
        self._returned(data=data, timestamp=data.returned_at, handling="P")

    @event(ChildReturned)
    def _returned(
        self, data: missing.ChildReturned, timestamp: datetime, handling: Handling
    ) -> None:
        self.returned_at = data.returned_at


FUTURE: Final = "this is in the future: check the clock and the time zone"


def check_report(data: missing.ReportFields, scheme: Scheme, now: datetime) -> None:
    """Refuse a report that contradicts itself, its scheme or the calendar.

    Raises:
        Invalid: with every fault found, not only the first.
    """
    faults = [*_times(data, now), *_risk(data, scheme), *_question(data)]
    if faults:
        raise Invalid("the report is not right; nothing was stored", tuple(faults))


def told_on(data: missing.ReportFields) -> date:
    """The day on which the force was told, by the clocks of the place."""
    return times.in_london(data.reported_at).date()


def _times(data: missing.ReportFields, now: datetime) -> list[Fault]:
    faults = [
        Fault(f"/{name}", FUTURE)
        for name in ("missing_since", "last_seen_at", "reported_at")
        if (moment := getattr(data, name)) is not None and moment > now + CLOCK_SKEW
    ]
    if data.missing_since > data.reported_at:
        faults.append(
            Fault("/missing_since", "the child cannot go missing after the force was told")
        )
    if data.last_seen_at is not None and data.last_seen_at > data.reported_at:
        faults.append(Fault("/last_seen_at", "this is after the force was told"))
    if data.missing_since < datetime(1990, 1, 1, tzinfo=UTC):
        faults.append(Fault("/missing_since", "this is before 1990: check the year"))
    return faults


def _risk(data: missing.ReportFields, scheme: Scheme) -> list[Fault]:
    """The level must be one of the scheme in force, which changed over time."""
    levels = scheme.concerns.get(data.concern)
    fault: Fault | None = None
    if levels is None:
        fault = Fault("/concern", f"under {scheme.code} a child is missing, not {data.concern}")
    elif data.risk is None and levels:
        fault = Fault("/risk", f"give a level: one of {', '.join(levels)} ({scheme.code})")
    elif data.risk is not None and not levels:
        fault = Fault("/risk", f"under {scheme.code} an absent child has no risk level")
    elif data.risk is not None and data.risk.scheme != scheme.code:
        fault = Fault("/risk/scheme", f"{scheme.code} was in force for this force on that day")
    elif data.risk is not None and data.risk.level not in levels:
        fault = Fault("/risk/level", f"under {scheme.code} one of: {', '.join(levels)}")
    return [fault] if fault is not None else []


def _question(data: missing.ReportFields) -> list[Fault]:
    if told_on(data) >= QUESTION_ASKED_FROM:
        return []
    return [
        Fault(f"/{name}", "before February 2015 the question was not asked: send not_asked")
        for name in ("at_risk_of_exploitation", "known_to_social_care")
        if getattr(data, name) != "not_asked"
    ]
