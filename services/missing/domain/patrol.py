"""A truancy patrol: a project with dates and an area, whose effect is judged afterwards. Pure."""

from datetime import datetime

from eventsourcing.domain import event

from shared.contracts import missing
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid
from shared.eventstore.record import Record


class TruancyPatrol(Record):
    """A truancy patrol, as whoever manages it registered it."""

    class Registered(Record.Created):
        """It was registered."""

        data: missing.TruancyPatrolRegistered

    @event(Registered)
    def __init__(
        self, data: missing.TruancyPatrolRegistered, timestamp: datetime, handling: Handling
    ) -> None:
        self.code = data.code

    @classmethod
    def register(cls, data: missing.TruancyPatrolRegistered, *, now: datetime) -> "TruancyPatrol":
        """Register a patrol, also one that has begun or is over: stops may have named it already.

        Raises:
            Invalid: it would end before it begins.
        """
        if data.until < data.since:
            raise Invalid("nothing was stored", (Fault("/until", "this is before since"),))
        return cls._create(
            cls.Registered, id=new_record_id(), data=data, timestamp=now, handling="P"
        )
