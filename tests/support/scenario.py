"""Given, when, then, for records: what happened, what is asked, and what the record decides.

::

    given(Episode, report()).when(lambda e: e.record_return(returned(), now=NOW)).then(returned())
    given(Episode, report(), returned()).when(...).refuses(RuleBroken)

What happened is given as contract structs and applied as the store's loading applies it, so that a
history which today's rules would refuse is a fair beginning.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import pytest
from eventsourcing.utils import get_topic

from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Refused
from shared.contracts.registry import EventData
from shared.eventstore.record import Record, event_classes

R = TypeVar("R", bound=Record)
HAPPENED = datetime(2015, 3, 27, 18, 0, tzinfo=UTC)


def replayed(record_class: type[R], *happened: EventData, record_id: UUID | None = None) -> R:
    """A record with this history, as it stands after loading."""
    record: R | None = None
    originator_id = record_id or new_record_id()
    for version, data in enumerate(happened, 1):
        event_class = event_classes(record_class)[type(data)]
        state: dict[str, Any] = {
            "originator_id": originator_id,
            "originator_version": version,
            "timestamp": HAPPENED,
            "data": data,
            "handling": "P",
        }
        if issubclass(event_class, Record.Created):
            state["originator_topic"] = get_topic(record_class)
        # As `ContractMapper.to_record_event` does: no check of the event's birth runs.
        event = object.__new__(event_class)
        object.__setattr__(event, "__dict__", state)
        record = event.mutate(record)
    assert record is not None, "a record begins with an event"
    return record


def state_of(record: Record) -> dict[str, Any]:
    """What a record knows, to compare; without what waits to be saved."""
    return {name: value for name, value in vars(record).items() if name != "_pending_events"}


@dataclass(frozen=True)
class Asked(Generic[R]):
    """A decision that is about to be made."""

    make: Callable[[], R]
    """The record before it, or the command that makes one."""
    decide: Callable[[R], object] | None

    def then(self, *expected: EventData) -> R:
        """These events were decided, and replaying them gives the record as it is now."""
        record, decided = self._decided()
        assert [event.data for event in decided] == list(expected)
        assert all(event.timestamp.tzinfo is not None for event in decided)
        return record

    def refuses(self, reason: type[Refused], *pointers: str, match: str = ".") -> Refused:
        """It was refused for this reason, at these fields, and nothing was decided."""
        before: dict[str, Any] = {}
        if self.decide is None:
            with pytest.raises(reason, match=match) as refused:
                self.make()
        else:
            record = self.make()
            before = state_of(record)
            with pytest.raises(reason, match=match) as refused:
                self.decide(record)
            assert record.new_events() == []
            assert state_of(record) == before
        faults = getattr(refused.value, "faults", ())
        assert [fault.pointer for fault in faults] == list(pointers)
        return refused.value

    def _decided(self) -> tuple[R, list[Record.Event]]:
        record = self.make()
        again: Record | None = None
        if self.decide is not None:
            again = deepcopy(record)
            self.decide(record)
        decided = record.new_events()
        for event in decided:
            again = cast("Record", event.mutate(again))
        assert again is not None
        assert state_of(again) == state_of(record)
        return record, decided


@dataclass(frozen=True)
class Given(Generic[R]):
    """What happened before."""

    record_class: type[R]
    happened: tuple[EventData, ...]
    record_id: UUID | None

    def when(self, decide: Callable[[R], object]) -> Asked[R]:
        """Something is asked of the record."""
        return Asked(
            lambda: replayed(self.record_class, *self.happened, record_id=self.record_id), decide
        )


def given(record_class: type[R], *happened: EventData, record_id: UUID | None = None) -> Given[R]:
    """A record's history."""
    return Given(record_class, happened, record_id)


def when_made(make: Callable[[], R]) -> Asked[R]:
    """The command that makes a record, where nothing has happened yet."""
    return Asked(make, None)


def replays_to_the_same(record: R, happened: list[Record.Event]) -> None:
    """A replay of a record's events gives the state that deciding left."""
    again: Record | None = None
    for event in happened:
        again = cast("Record", event.mutate(again))
    assert again is not None
    assert state_of(again) == state_of(record)
