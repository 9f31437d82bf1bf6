"""One authority asks another to take responsibility for a child. Pure.

Only acceptance moves it; until then whoever asked stays responsible.
"""

from datetime import datetime

from eventsourcing.domain import event

from services.intake.domain.times import not_future
from shared.contracts import intake
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record


class Responsibility(Record):
    """A request that another authority takes responsibility, and its answer."""

    class Requested(Record.Created):
        """It was asked."""

        data: intake.ResponsibilityRequested

    class Accepted(Record.Event):
        """The other authority is responsible from now on."""

        data: intake.ResponsibilityAccepted

    class Declined(Record.Event):
        """It is not."""

        data: intake.ResponsibilityDeclined

    class Withdrawn(Record.Event):
        """It need not answer any more."""

        data: intake.ResponsibilityRequestWithdrawn

    @event(Requested)
    def __init__(
        self, data: intake.ResponsibilityRequested, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.matter = data.matter
        self.held_by = data.held_by
        self.asked = data.asked
        self.requested_at = data.requested_at
        self.answered = False

    @classmethod
    def request(cls, data: intake.ResponsibilityRequested, *, now: datetime) -> "Responsibility":
        """Ask.

        Raises:
            Invalid: an authority asks itself, or asked in the future.
        """
        if data.asked == data.held_by:
            raise Invalid("nothing was stored", (Fault("/asked", "this is your own authority"),))
        not_future(data.requested_at, "/requested_at", now)
        return cls._create(
            cls.Requested,
            id=new_record_id(),
            data=data,
            timestamp=data.requested_at,
            handling="P",
        )

    def accept(self, data: intake.ResponsibilityAccepted, *, now: datetime) -> None:
        """Take responsibility.

        Raises:
            RuleBroken: it was answered or taken back.
            Invalid: the time is before the request, or in the future.
        """
        self._open(data.accepted_at, "/at", now)
        self._accepted(data=data, timestamp=data.accepted_at, handling="P")

    @event(Accepted)
    def _accepted(
        self, data: intake.ResponsibilityAccepted, timestamp: datetime, handling: Handling
    ) -> None:
        self.answered = True

    def decline(self, data: intake.ResponsibilityDeclined, *, now: datetime) -> None:
        """Do not take responsibility, and say why.

        Raises:
            RuleBroken: it was answered or taken back.
            Invalid: the time is before the request, or in the future.
        """
        self._open(data.declined_at, "/at", now)
        self._declined(data=data, timestamp=data.declined_at, handling="P")

    @event(Declined)
    def _declined(
        self, data: intake.ResponsibilityDeclined, timestamp: datetime, handling: Handling
    ) -> None:
        self.answered = True

    def withdraw(self, *, at: datetime, now: datetime) -> None:
        """Take the request back.

        Raises:
            RuleBroken: it was answered or taken back.
            Invalid: the time is before the request, or in the future.
        """
        self._open(at, "/at", now)
        data = intake.ResponsibilityRequestWithdrawn(
            about=(self.child,), child=self.child, withdrawn_at=at
        )
        self._withdrawn(data=data, timestamp=at, handling="P")

    @event(Withdrawn)
    def _withdrawn(
        self, data: intake.ResponsibilityRequestWithdrawn, timestamp: datetime, handling: Handling
    ) -> None:
        self.answered = True

    def _open(self, at: datetime, pointer: str, now: datetime) -> None:
        if self.answered:
            raise RuleBroken("this request was answered or taken back: make another")
        if at < self.requested_at:
            raise Invalid("nothing was stored", (Fault(pointer, "this is before the request"),))
        not_future(at, pointer, now)
