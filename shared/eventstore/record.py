"""The base of every aggregate: an event-sourced record whose events carry contract structs.

A subclass nests one event class for each contract type, and decides in plain methods::

    class Episode(Record):
        class Returned(Record.Event):
            data: missing.ChildReturned

        def record_return(self, data: missing.ChildReturned) -> None:   # decides: may refuse
            if self.returned_at is not None:
                raise RuleBroken("the child's return is already recorded")
            self._returned(data=data, timestamp=data.returned_at, handling="P")

        @event(Returned)
        def _returned(self, data, timestamp, handling) -> None:          # applies: only assigns
            self.returned_at = data.returned_at

`timestamp` is when it happened in the world; the store alone says when it was recorded. Applying
never refuses, so that every history that was ever stored still loads after a rule changes.
"""

from functools import cache
from typing import Any, cast, get_type_hints
from uuid import UUID

from eventsourcing.domain import AggregateCreated, AggregateEvent, BaseAggregate

from shared.contracts.context import Handling
from shared.contracts.registry import EventData


class Record(BaseAggregate[UUID]):
    """An event-sourced record. Its id is given when it is made."""

    class Event(AggregateEvent):
        """Something that happened to the record.

        Attributes:
            data: the contract struct; it is what is stored and published.
            handling: who may see it.
        """

        data: EventData
        handling: Handling

        def __post_init__(self) -> None:
            """Guard the birth of an event. Loading skips this, so history always loads."""
            super().__post_init__()
            if self.timestamp.tzinfo is None:
                raise ValueError("an event's time needs a time zone")

    class Created(Event, AggregateCreated):
        """The first event of a record; subclass it under the name that the domain uses."""

    def new_events(self) -> list[Event]:
        """Take the events that were decided and not yet saved."""
        return cast("list[Record.Event]", self.collect_events())


@cache
def event_classes(record_class: type[Record]) -> dict[type[EventData], type[Record.Event]]:
    """For each contract struct, the nested event class that carries it.

    Raises:
        TypeError: two event classes of the record carry the same struct.
    """
    found: dict[type[EventData], type[Record.Event]] = {}
    for member in vars(record_class).values():
        if isinstance(member, type) and issubclass(member, Record.Event):
            data_type: Any = get_type_hints(member)["data"]
            if data_type is EventData:
                continue
            if data_type in found:
                raise TypeError(f"{record_class.__name__} has two events of {data_type.__name__}")
            found[data_type] = member
    return found
