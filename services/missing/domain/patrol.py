"""A truancy patrol: a project with dates and an area, whose effect is judged afterwards. Pure."""

from datetime import datetime

from eventsourcing.domain import event

from shared.contracts import missing
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record


class TruancyPatrol(Record):
    """A truancy patrol, as whoever manages it registered it."""

    class Registered(Record.Created):
        """It was registered."""

        data: missing.TruancyPatrolRegistered

    class Corrected(Record.Event):
        """What was registered was wrong or has changed."""

        data: missing.TruancyPatrolCorrected

    @event(Registered)
    def __init__(
        self, data: missing.TruancyPatrolRegistered, timestamp: datetime, handling: Handling
    ) -> None:
        self.managed_by = data.managed_by
        self.run_by = data.run_by
        self.areas = data.areas
        self.since = data.since
        self.until = data.until

    @classmethod
    def register(cls, data: missing.TruancyPatrolRegistered, *, now: datetime) -> "TruancyPatrol":
        """Register a patrol, also one that has begun or is over: stops may have named it already.

        Raises:
            Invalid: it would end before it begins.
        """
        _refuse_backwards(data)
        return cls._create(
            cls.Registered, id=new_record_id(), data=data, timestamp=now, handling="P"
        )

    def correct(self, data: missing.TruancyPatrolCorrected, *, now: datetime) -> None:
        """Say anew who runs it, where and when; stops are counted by that from then on.

        Raises:
            Invalid: it would end before it begins.
            RuleBroken: it says what is registered already.
        """
        _refuse_backwards(data)
        said = (data.run_by, data.areas, data.since, data.until)
        if said == (self.run_by, self.areas, self.since, self.until):
            raise RuleBroken("this is what is registered already")
        self._corrected(data=data, timestamp=now, handling="P")

    @event(Corrected)
    def _corrected(
        self, data: missing.TruancyPatrolCorrected, timestamp: datetime, handling: Handling
    ) -> None:
        self.run_by = data.run_by
        self.areas = data.areas
        self.since = data.since
        self.until = data.until


def _refuse_backwards(
    data: missing.TruancyPatrolRegistered | missing.TruancyPatrolCorrected,
) -> None:
    if data.until < data.since:
        raise Invalid("nothing was stored", (Fault("/until", "this is before since"),))
