"""What an authority's person decided to return about a child missing or away. Pure."""

from datetime import datetime

from eventsourcing.domain import event

from services.intake.domain.times import not_future
from shared.contracts import intake
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record


class MissingPeriod(Record):
    """A period for the statutory return, as a person decided it."""

    class Decided(Record.Created):
        """It was decided."""

        data: intake.MissingPeriodDecided

    class Changed(Record.Event):
        """It was decided otherwise."""

        data: intake.MissingPeriodChanged

    class Withdrawn(Record.Event):
        """It was taken back."""

        data: intake.MissingPeriodWithdrawn

    @event(Decided)
    def __init__(
        self, data: intake.MissingPeriodDecided, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.withdrawn = False

    @classmethod
    def decide(cls, data: intake.MissingPeriodDecided, *, now: datetime) -> "MissingPeriod":
        """Decide.

        Raises:
            Invalid: its times do not fit the decision, each other, or the present.
        """
        _fits(data, now)
        return cls._create(
            cls.Decided,
            id=new_record_id(),
            data=data,
            timestamp=data.started_at or data.decided_at,
            handling="P",
        )

    def change(self, data: intake.MissingPeriodChanged, *, now: datetime) -> None:
        """Decide otherwise, whole.

        Raises:
            RuleBroken: it was taken back.
            Invalid: its times do not fit the decision, each other, or the present.
        """
        self._not_withdrawn()
        _fits(data, now)
        self._changed(data=data, timestamp=data.decided_at, handling="P")

    @event(Changed)
    def _changed(
        self, data: intake.MissingPeriodChanged, timestamp: datetime, handling: Handling
    ) -> None:
        pass

    def withdraw(self, data: intake.MissingPeriodWithdrawn, *, now: datetime) -> None:
        """Take it back.

        Raises:
            RuleBroken: it was taken back already.
            Invalid: the time is in the future.
        """
        self._not_withdrawn()
        not_future(data.decided_at, "/decided_at", now)
        self._withdrawn(data=data, timestamp=data.decided_at, handling="P")

    @event(Withdrawn)
    def _withdrawn(
        self, data: intake.MissingPeriodWithdrawn, timestamp: datetime, handling: Handling
    ) -> None:
        self.withdrawn = True

    def _not_withdrawn(self) -> None:
        if self.withdrawn:
            raise RuleBroken("this decision was taken back: make another")


def _fits(data: intake.MissingPeriodFields, now: datetime) -> None:
    faults = []
    if data.decision == "not-returned":
        if data.started_at is not None or data.ended_at is not None:
            faults.append(Fault("/started_at", "what is not returned has no times"))
        if not data.sources:
            faults.append(Fault("/sources", "name what is not returned"))
    elif data.started_at is None:
        faults.append(Fault("/started_at", "a period needs its start (DfE rule 564)"))
    elif data.ended_at is not None and data.ended_at < data.started_at:
        faults.append(Fault("/ended_at", "this is before started_at (DfE rule 567)"))
    if faults:
        raise Invalid("nothing was stored", tuple(faults))
    for moment, pointer in (
        (data.started_at, "/started_at"),
        (data.ended_at, "/ended_at"),
        (data.decided_at, "/decided_at"),
    ):
        if moment is not None:
            not_future(moment, pointer, now)
