"""A status that an authority says a child has, and an ending that came before its status. Pure."""

from datetime import date, datetime
from uuid import UUID

from eventsourcing.domain import event

from services.intake.domain.times import not_future
from shared.contracts import intake, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record


class Status(Record):
    """One authority's word about one child, from day to day.

    What the authority said last stands, whichever arrived first: an ending that is older than a
    correction is recorded and changes nothing.
    """

    class Recorded(Record.Created):
        """It was said."""

        data: intake.StatusRecorded

    class Corrected(Record.Event):
        """It was said otherwise."""

        data: intake.StatusCorrected

    class Ended(Record.Event):
        """It got a last day."""

        data: intake.StatusEnded

    class Withdrawn(Record.Event):
        """It was never so."""

        data: intake.StatusWithdrawn

    @event(Recorded)
    def __init__(
        self, data: intake.StatusRecorded, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.kind = data.kind
        self.since = data.since
        self.until = data.until
        self.said_at = data.said_at
        self.handling = handling
        self.withdrawn = False

    @classmethod
    def record(
        cls,
        data: intake.StatusRecorded,
        *,
        handling: Handling,
        now: datetime,
        record_id: UUID | None = None,
    ) -> "Status":
        """Record a status.

        Args:
            data: what is said.
            handling: who may see it.
            now: the present.
            record_id: the id that an earlier ending has kept for it.

        Raises:
            Invalid: it would end before it begins, or was said in the future.
        """
        _in_order(data.since, data.until)
        not_future(data.said_at, "/said_at", now)
        return cls._create(
            cls.Recorded,
            id=record_id or new_record_id(),
            data=data,
            timestamp=times.midnight(data.since),
            handling=handling,
        )

    def correct(self, data: intake.StatusCorrected, *, now: datetime) -> None:
        """Say it otherwise, whole.

        Raises:
            RuleBroken: it was withdrawn, or is of another kind, which is another status.
            Invalid: it would end before it begins, or was said in the future.
        """
        self._not_withdrawn()
        if data.kind != self.kind:
            raise RuleBroken("a status of another kind is another status: withdraw this one")
        _in_order(data.since, data.until)
        not_future(data.said_at, "/said_at", now)
        self._corrected(data=data, timestamp=data.said_at, handling=self.handling)

    @event(Corrected)
    def _corrected(
        self, data: intake.StatusCorrected, timestamp: datetime, handling: Handling
    ) -> None:
        newer = data.said_at >= self.said_at
        self.since = data.since if newer else self.since
        self.until = data.until if newer else self.until
        self.said_at = max(data.said_at, self.said_at)

    def end(self, data: intake.StatusEnded, *, now: datetime) -> None:
        """Give it a last day; again, where the first one was wrong.

        Raises:
            RuleBroken: it was withdrawn, or has that last day already.
            Invalid: the day is before its first, or was said in the future.
        """
        self._not_withdrawn()
        if data.until == self.until:
            raise RuleBroken("this status has that last day already")
        _in_order(self.since, data.until)
        not_future(data.said_at, "/said_at", now)
        self._ended(data=data, timestamp=times.midnight(data.until), handling=self.handling)

    @event(Ended)
    def _ended(self, data: intake.StatusEnded, timestamp: datetime, handling: Handling) -> None:
        self.until = data.until if data.said_at >= self.said_at else self.until
        self.said_at = max(data.said_at, self.said_at)

    def withdraw(self, data: intake.StatusWithdrawn, *, now: datetime) -> None:
        """Say that it was never so.

        Raises:
            RuleBroken: it was withdrawn already.
            Invalid: it was said in the future.
        """
        self._not_withdrawn()
        not_future(data.said_at, "/said_at", now)
        self._withdrawn(data=data, timestamp=data.said_at, handling=self.handling)

    @event(Withdrawn)
    def _withdrawn(
        self, data: intake.StatusWithdrawn, timestamp: datetime, handling: Handling
    ) -> None:
        self.withdrawn = True

    def _not_withdrawn(self) -> None:
        if self.withdrawn:
            raise RuleBroken("this status was withdrawn: record another")


class HeldEnding(Record):
    """A last day whose status has not come."""

    class Held(Record.Created):
        """It came."""

        data: intake.StatusEndingHeld

    class Joined(Record.Event):
        """Its status came."""

        data: intake.HeldEndingJoined

    @event(Held)
    def __init__(
        self, data: intake.StatusEndingHeld, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.status_id = data.status_id
        self.joined = False

    @classmethod
    def hold(cls, data: intake.StatusEndingHeld, *, now: datetime) -> "HeldEnding":
        """Keep an ending.

        Raises:
            Invalid: it was said in the future.
        """
        not_future(data.said_at, "/said_at", now)
        return cls._create(
            cls.Held,
            id=new_record_id(),
            data=data,
            timestamp=times.midnight(data.until),
            handling="P",
        )

    def join(self, *, now: datetime) -> None:
        """Its status came: the ending stands in that from now on.

        Raises:
            RuleBroken: it is joined already.
        """
        if self.joined:
            raise RuleBroken("this ending stands in a status already")
        data = intake.HeldEndingJoined(
            about=(self.child,), child=self.child, status_id=self.status_id
        )
        self._joined(data=data, timestamp=now, handling="P")

    @event(Joined)
    def _joined(
        self, data: intake.HeldEndingJoined, timestamp: datetime, handling: Handling
    ) -> None:
        self.joined = True


def _in_order(since: date, until: date | None) -> None:
    if until is not None and until < since:
        raise Invalid("nothing was stored", (Fault("/until", "this is before since"),))
