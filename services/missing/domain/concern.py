"""A concern that a child has run away, with no police episode needed. Pure.

Most runaways are never reported to the police (RP-Run; national charity research quoted there), so
a school, a youth worker or the child may be the only one to speak.
"""

from datetime import datetime

from eventsourcing.domain import event

from services.missing.definitions import definition_faults
from services.missing.domain.times import not_future
from shared.contracts import missing, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record


class Concern(Record):
    """A runaway concern."""

    class Raised(Record.Created):
        """Somebody raised it."""

        data: missing.ConcernRaised

    class Closed(Record.Event):
        """It is over."""

        data: missing.ConcernClosed

    @event(Raised)
    def __init__(
        self, data: missing.ConcernRaised, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.away_since = data.away_since
        self.closed = False

    @classmethod
    def raise_concern(cls, data: missing.ConcernRaised, *, now: datetime) -> "Concern":
        """Raise a concern.

        Raises:
            Invalid: its time is in the future, or its definition is none of a runaway.
        """
        since = data.away_since or now
        not_future(since, "/away_since", now)
        faults = definition_faults(data.definition, "runaway", times.in_london(now).date())
        if faults:
            raise Invalid("nothing was stored", tuple(faults))
        return cls._create(cls.Raised, id=new_record_id(), data=data, timestamp=since, handling="P")

    def close(self, data: missing.ConcernClosed, *, now: datetime) -> None:
        """Close it.

        Raises:
            RuleBroken: it is closed already, or would be before the child went.
            Invalid: its time is in the future.
        """
        if self.closed:
            raise RuleBroken("this concern is closed already")
        not_future(data.closed_at, "/closed_at", now)
        if self.away_since is not None and data.closed_at < self.away_since:
            raise RuleBroken("this is before the child went: correct the time")
        self._closed(data=data, timestamp=data.closed_at, handling="P")

    @event(Closed)
    def _closed(self, data: missing.ConcernClosed, timestamp: datetime, handling: Handling) -> None:
        self.closed = True


class TruancyStop(Record):
    """A child met by a truancy patrol: every stop has a follow-up (report 2015, 6.6).

    Whatever the child's age: the report has no rule about it, and a stop that is refused would have
    no follow-up. Where a child was not found, the follow-up was tried and is still to be done (our
    decision: the report wants every child followed up).
    """

    class Recorded(Record.Created):
        """It was recorded."""

        data: missing.TruancyStopRecorded

    class FollowedUp(Record.Event):
        """Its follow-up was done."""

        data: missing.TruancyFollowUpRecorded

    @event(Recorded)
    def __init__(
        self, data: missing.TruancyStopRecorded, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.stopped_at = data.stopped_at
        self.followed_up = False

    @classmethod
    def record(cls, data: missing.TruancyStopRecorded, *, now: datetime) -> "TruancyStop":
        """Record a stop.

        Raises:
            Invalid: its time is in the future, or its follow-up would be due before it.
        """
        not_future(data.stopped_at, "/stopped_at", now)
        if data.follow_up_by < times.in_london(data.stopped_at).date():
            fault = Fault("/follow_up_by", "this is before the day of the stop")
            raise Invalid("nothing was stored", (fault,))
        return cls._create(
            cls.Recorded, id=new_record_id(), data=data, timestamp=data.stopped_at, handling="P"
        )

    def follow_up(self, data: missing.TruancyFollowUpRecorded, *, now: datetime) -> None:
        """Record the follow-up.

        Raises:
            RuleBroken: it is recorded already, or would be before the stop.
            Invalid: its time is in the future.
        """
        if self.followed_up:
            raise RuleBroken("the follow-up of this stop is recorded already")
        not_future(data.done_at, "/done_at", now)
        if data.done_at < self.stopped_at:
            raise RuleBroken("this is before the stop: correct the time")
        self._followed_up(data=data, timestamp=data.done_at, handling="P")

    @event(FollowedUp)
    def _followed_up(
        self, data: missing.TruancyFollowUpRecorded, timestamp: datetime, handling: Handling
    ) -> None:
        self.followed_up = data.outcome != "not-found"


class Education(Record):
    """How a child is taught, as recorded once: a later status is a record of its own."""

    class StatusRecorded(Record.Created):
        """It was recorded."""

        data: missing.EducationStatusRecorded

    @event(StatusRecorded)
    def __init__(
        self, data: missing.EducationStatusRecorded, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child

    @classmethod
    def record(cls, data: missing.EducationStatusRecorded, *, at: datetime) -> "Education":
        """Record a status from its first day on."""
        return cls._create(
            cls.StatusRecorded, id=new_record_id(), data=data, timestamp=at, handling="P"
        )
