"""Between the library's domain events and stored bytes: our names, our envelope, our seals."""

from collections.abc import Sequence
from typing import Any

from eventsourcing.utils import get_topic

from shared.contracts import envelope, times
from shared.contracts.context import Context
from shared.contracts.ids import new_event_id
from shared.contracts.registry import EventData, Registry, encode
from shared.eventstore.append import Prepared
from shared.eventstore.record import Record, event_classes
from shared.vault.sealing import Vault


class ContractMapper:
    """Maps the events of the records of one store.

    It takes the place of the library's `Mapper`, whose interface has no room for what ours needs:
    the context that every event carries, and keys to wait for (ADR 0003).
    """

    def __init__(self, store: str, vault: Vault, registry: Registry) -> None:
        self._store = store
        self._vault = vault
        self._registry = registry

    async def prepare(
        self, events: Sequence[Record.Event], context: Context
    ) -> tuple[Prepared, ...]:
        """Seal and encode new events; the keys they need are durable on return.

        Raises:
            Unavailable: the vault does not answer.
        """
        named = [(new_event_id(), self._registry.of(type(event.data)), event) for event in events]
        await self._vault.seal(
            self._store, [(event_id, found.type, event.data) for event_id, found, event in named]
        )
        return tuple(
            Prepared(
                event_id=event_id,
                record_id=event.originator_id,
                record_version=event.originator_version,
                type=found.type,
                occurred_at=event.timestamp,
                agency=context.agency,
                correlation_id=context.correlation_id,
                body=envelope.prepare(
                    event_id=event_id,
                    store=self._store,
                    event_type=found.type,
                    record_id=event.originator_id,
                    record_version=event.originator_version,
                    occurred_at=times.written(event.timestamp),
                    handling=event.handling,
                    context=context,
                    data=encode(event.data),
                ),
            )
            for event_id, found, event in named
        )

    def type_of(self, event: Record.Event) -> str:
        """The type under which an event is stored."""
        return self._registry.of(type(event.data)).type

    def to_record_event(self, record_class: type[Record], body: bytes) -> Record.Event:
        """A stored event as the record's own, its boxes still sealed: deciding needs none of them.

        Raises:
            KeyError: the event is of another kind of record.
            UnknownType: written by newer code.
        """
        found = envelope.read(body)
        data = self._registry.decode(found.type, found.data)
        event_class = event_classes(record_class)[type(data)]
        state: dict[str, Any] = {
            "originator_id": found.subject,
            "originator_version": found.recordversion,
            "timestamp": times.read(found.occurredat),
            "data": data,
            "handling": found.handling,
        }
        if issubclass(event_class, Record.Created):
            state["originator_topic"] = get_topic(record_class)
        # As the library does: loading makes the event without its __init__, so no check can refuse
        # what was once accepted.
        event = object.__new__(event_class)
        object.__setattr__(event, "__dict__", state)
        return event

    def data_of(self, found: envelope.Envelope) -> EventData:
        """The data of a stored event, in its newest shape, sealed."""
        return self._registry.decode(found.type, found.data)

    async def opened(self, found: Sequence[envelope.Envelope]) -> list[EventData]:
        """The data of stored events, opened as far as this service may.

        Raises:
            Unavailable: the vault does not answer.
        """
        data = [self.data_of(one) for one in found]
        await self._vault.open(
            [(one.store, one.id, one.type, of) for one, of in zip(found, data, strict=True)]
        )
        return data
