"""An episode: one time a child was missing or absent, from the report to the return. Pure."""

from datetime import datetime, timedelta
from typing import Final

from eventsourcing.domain import event

from services.missing.definitions import definition_faults
from services.missing.domain.checks import check_report, risk_faults
from services.missing.domain.times import not_before, not_future
from services.missing.risk import Scheme
from shared.contracts import missing, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record

SEEN_BEFORE: Final = timedelta(hours=24)
"""How long before it a sighting may be: when a child went missing is often an estimate, and that
somebody saw them shortly before, or was the last to, corrects it (our decision)."""


class Episode(Record):
    """One time a child was missing or absent."""

    class Reported(Record.Created):
        """The first version of the force's report to arrive."""

        data: missing.EpisodeReported

    class ReportRevised(Record.Event):
        """Another version arrived."""

        data: missing.ReportRevised

    class Regraded(Record.Event):
        """The risk was graded anew."""

        data: missing.RiskRegraded

    class ConcernChanged(Record.Event):
        """Absent became missing, or the other way round."""

        data: missing.ConcernChanged

    class Sighted(Record.Event):
        """Somebody saw the child."""

        data: missing.ChildSighted

    class Located(Record.Event):
        """It is known where the child is."""

        data: missing.ChildLocated

    class ChildReturned(Record.Event):
        """The child came back or was found."""

        data: missing.ChildReturned

    class ReturnCorrected(Record.Event):
        """What was said about the return was wrong."""

        data: missing.ReturnCorrected

    class ReportedInError(Record.Event):
        """The report was a mistake."""

        data: missing.ReportedInError

    class PoliceChecked(Record.Event):
        """The police saw the child after the return."""

        data: missing.PoliceCheckRecorded

    @event(Reported)
    def __init__(
        self, data: missing.EpisodeReported, timestamp: datetime, handling: Handling
    ) -> None:
        self.force = data.force
        self.child = data.child
        self.versions = {data.report_version}
        self.newest_version = data.report_version
        self.missing_since = data.missing_since
        self.began_at = data.missing_since
        self.last_seen_at = data.last_seen_at or data.missing_since
        self.area = data.responsible_authority
        self.reported_concern = data.concern
        self.changes: dict[datetime, missing.Concern] = {}
        self.was_ever_missing = data.concern == "missing"
        self.returned_at: datetime | None = None
        self.in_error = False

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
        self.was_ever_missing = self.was_ever_missing or data.concern == "missing"
        is_newest = data.report_version > self.newest_version
        # What was said while an older version stood may come after a newer one: the earliest counts
        # for what can have been by then.
        self.began_at = min(self.began_at, data.missing_since)
        self.last_seen_at = min(self.last_seen_at, data.last_seen_at or data.missing_since)
        # A version that does not say whose child it is takes back nothing that another said.
        if data.responsible_authority is not None and (is_newest or self.area is None):
            self.area = data.responsible_authority
        if is_newest:
            self.newest_version = data.report_version
            self.missing_since = data.missing_since
            self.reported_concern = data.concern

    def record_return(self, data: missing.ChildReturned, *, now: datetime) -> None:
        """Record that the child came back or was found.

        Raises:
            RuleBroken: the return is recorded already, or is earlier than the going missing.
            Invalid: it is in the future.
        """
        self._refuse_if_in_error()
        if self.returned_at is not None:
            raise RuleBroken("the child's return from this episode is already recorded")
        not_future(data.returned_at, "/returned_at", now)
        if data.returned_at < self.missing_since:
            raise RuleBroken("the return is earlier than the time the child went missing")
        self._returned(data=data, timestamp=data.returned_at, handling="P")

    @event(ChildReturned)
    def _returned(
        self, data: missing.ChildReturned, timestamp: datetime, handling: Handling
    ) -> None:
        self.returned_at = data.returned_at

    def regrade(self, data: missing.RiskRegraded, *, scheme: Scheme, now: datetime) -> None:
        """Grade the risk anew, under the scheme in force on that day; it may come late.

        Raises:
            RuleBroken: the child was back by then, or the report was a mistake.
            Invalid: the level is not one of the scheme's, or the time is in the future or before
                the child went missing.
        """
        self._refuse_if_over(data.regraded_at)
        self._refuse_time(data.regraded_at, "/regraded_at", now)
        _refuse(risk_faults(self.concern_at(data.regraded_at), data.risk, scheme))
        self._regraded(data=data, timestamp=data.regraded_at, handling="P")

    @event(Regraded)
    def _regraded(
        self, data: missing.RiskRegraded, timestamp: datetime, handling: Handling
    ) -> None:
        self.risk = data.risk

    def change_concern(
        self, data: missing.ConcernChanged, *, scheme: Scheme, now: datetime
    ) -> None:
        """Treat an absent child as missing, or a missing one as absent; in any order, also late.

        What changed last in the world counts, not what came last. So a change that seems to say
        nothing new is kept: the one before it may be on its way still.

        Raises:
            RuleBroken: a change of that moment is recorded, the child was back by then, or the
                report was a mistake.
            Invalid: the risk does not fit the scheme, the definition defines something else, or the
                time is in the future or before the child went missing.
        """
        self._refuse_if_over(data.changed_at)
        if data.changed_at in self.changes:
            raise RuleBroken("a change of that moment is recorded already")
        self._refuse_time(data.changed_at, "/changed_at", now)
        faults = risk_faults(data.concern, data.risk, scheme)
        day = times.in_london(data.changed_at).date()
        faults += definition_faults(data.definition, data.concern, day)
        _refuse(faults)
        self._concern_changed(data=data, timestamp=data.changed_at, handling="P")

    @event(ConcernChanged)
    def _concern_changed(
        self, data: missing.ConcernChanged, timestamp: datetime, handling: Handling
    ) -> None:
        self.changes = self.changes | {data.changed_at: data.concern}
        self.was_ever_missing = self.was_ever_missing or data.concern == "missing"

    def sight(self, data: missing.ChildSighted, *, now: datetime) -> None:
        """Record that somebody says they saw the child; it may come late.

        Raises:
            RuleBroken: the report was a mistake.
            Invalid: the time is in the future, or more than `SEEN_BEFORE` before the child went
                missing or was last seen.
        """
        self._refuse_if_in_error()
        not_future(data.seen_at, "/seen_at", now)
        not_before(
            data.seen_at,
            "/seen_at",
            min(self.began_at, self.last_seen_at) - SEEN_BEFORE,
            "this is more than 24 hours before the child went missing or was last seen, by every "
            "version of the report: check the day, or send a version that begins earlier",
        )
        self._sighted(data=data, timestamp=data.seen_at, handling="P")

    @event(Sighted)
    def _sighted(self, data: missing.ChildSighted, timestamp: datetime, handling: Handling) -> None:
        self.last_sighted_at = data.seen_at

    def locate(self, data: missing.ChildLocated, *, now: datetime) -> None:
        """Record that it is known where the child is, who is not back yet; it may come late.

        Raises:
            RuleBroken: the child was back by then, or the report was a mistake.
            Invalid: the time is in the future, or before the child went missing.
        """
        self._refuse_if_over(data.located_at)
        self._refuse_time(data.located_at, "/located_at", now)
        self._located(data=data, timestamp=data.located_at, handling="P")

    @event(Located)
    def _located(self, data: missing.ChildLocated, timestamp: datetime, handling: Handling) -> None:
        self.located_at = data.located_at

    def correct_return(self, data: missing.ReturnCorrected, *, now: datetime) -> None:
        """Say what is right about the return; the first account stays beside it.

        Raises:
            RuleBroken: no return is recorded, or it would be before the child went missing.
            Invalid: the time is in the future.
        """
        if self.returned_at is None:
            raise RuleBroken("no return is recorded yet")
        not_future(data.returned_at, "/returned_at", now)
        if data.returned_at < self.missing_since:
            raise RuleBroken("the return is earlier than the time the child went missing")
        self._return_corrected(data=data, timestamp=data.returned_at, handling="P")

    @event(ReturnCorrected)
    def _return_corrected(
        self, data: missing.ReturnCorrected, timestamp: datetime, handling: Handling
    ) -> None:
        self.returned_at = data.returned_at

    def withdraw(self, data: missing.ReportedInError, *, now: datetime) -> None:
        """Record that the child was not missing at all.

        Raises:
            RuleBroken: it is recorded already.
            Invalid: the time is in the future, or before the child went missing.
        """
        self._refuse_if_in_error()
        self._refuse_time(data.found_at, "/found_at", now)
        self._withdrawn(data=data, timestamp=data.found_at, handling="P")

    @event(ReportedInError)
    def _withdrawn(
        self, data: missing.ReportedInError, timestamp: datetime, handling: Handling
    ) -> None:
        self.in_error = True

    def check(self, data: missing.PoliceCheckRecorded, *, now: datetime) -> None:
        """Record that the police saw the child. It is no return interview, and stops no clock.

        Raises:
            RuleBroken: the report was a mistake.
            Invalid: the time is in the future, or before the child went missing.
        """
        self._refuse_if_in_error()
        self._refuse_time(data.done_at, "/done_at", now)
        self._checked(data=data, timestamp=data.done_at, handling="P")

    @event(PoliceChecked)
    def _checked(
        self, data: missing.PoliceCheckRecorded, timestamp: datetime, handling: Handling
    ) -> None:
        self.checked_at = data.done_at

    @property
    def concern(self) -> missing.Concern:
        """What the child is treated as: what was changed last, else what the newest version says.

        A version restates the report, in which nothing had changed yet.
        """
        return self.changes[max(self.changes)] if self.changes else self.reported_concern

    def concern_at(self, moment: datetime) -> missing.Concern:
        """What the child was treated as at a moment."""
        before = [at for at in self.changes if at <= moment]
        return self.changes[max(before)] if before else self.reported_concern

    @property
    def is_over(self) -> bool:
        """Whether the child is back, or was never missing."""
        return self.in_error or self.returned_at is not None

    def _refuse_time(self, moment: datetime, pointer: str, now: datetime) -> None:
        not_future(moment, pointer, now)
        not_before(
            moment,
            pointer,
            self.began_at,
            "this is before the child went missing, by every version of the report: check the day, "
            "or send a version that begins earlier",
        )

    def _refuse_if_in_error(self) -> None:
        if self.in_error:
            raise RuleBroken("this report was recorded as a mistake")

    def _refuse_if_over(self, moment: datetime) -> None:
        self._refuse_if_in_error()
        if self.returned_at is not None and moment > self.returned_at:
            raise RuleBroken("the child's return is recorded, and was before that")


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Invalid("nothing was stored", tuple(faults))
