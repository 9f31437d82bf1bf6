"""Who was commissioned to hold the return interviews of an area, from day to day. Pure."""

from datetime import date, datetime

from eventsourcing.domain import event

from shared.contracts import missing
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record


class Commission(Record):
    """A provider's commission for an area."""

    class Given(Record.Created):
        """It was given."""

        data: missing.ProviderCommissioned

    class Ended(Record.Event):
        """It got a last day."""

        data: missing.CommissionEnded

    @event(Given)
    def __init__(
        self, data: missing.ProviderCommissioned, timestamp: datetime, handling: Handling
    ) -> None:
        self.provider = data.provider
        self.area = data.area
        self.since = data.since
        self.until = data.until

    @classmethod
    def give(cls, data: missing.ProviderCommissioned, *, now: datetime) -> "Commission":
        """Commission a provider.

        Raises:
            Invalid: it would end before it begins.
        """
        if data.until is not None and data.until < data.since:
            raise Invalid("nothing was stored", (Fault("/until", "this is before since"),))
        return cls._create(cls.Given, id=new_record_id(), data=data, timestamp=now, handling="P")

    def end(self, until: date, *, now: datetime) -> None:
        """Give it a last day; what was allocated before stays where it is.

        Raises:
            RuleBroken: it has ended already, or began later.
        """
        if self.until is not None and self.until <= until:
            raise RuleBroken("this commission ends before that day already")
        if until < self.since:
            raise RuleBroken("this commission begins after that day")
        self._ended(data=missing.CommissionEnded(until=until), timestamp=now, handling="P")

    @event(Ended)
    def _ended(
        self, data: missing.CommissionEnded, timestamp: datetime, handling: Handling
    ) -> None:
        self.until = data.until

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day, its first and last included."""
        return self.since <= day and (self.until is None or day <= self.until)
