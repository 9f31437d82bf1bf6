"""Loading records, saving what they decided: the write side of every service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from shared.contracts.context import Context
from shared.contracts.refusals import Conflict, NotFound
from shared.contracts.registry import EVENTS, EventData, Registry
from shared.eventstore.append import (
    AnswerDraft,
    Append,
    Claim,
    Claimed,
    Receipt,
    Rehearsed,
)
from shared.eventstore.mapper import ContractMapper
from shared.eventstore.record import Record
from shared.eventstore.store import EventStore
from shared.vault.sealing import Vault

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a record, opened as far as this service may: for whoever may read the record.

    Attributes:
        agency: whose information it is.
    """

    event_id: UUID
    type: str
    agency: str
    recorded_at: str
    data: EventData


MAX_ATTEMPTS = 8
"""A record that changes faster than this is in a fight, and its caller should know."""


class Repository:
    """The records of one event store."""

    def __init__(self, store: EventStore, vault: Vault, registry: Registry = EVENTS) -> None:
        self.store = store
        self.mapper = ContractMapper(store.name, vault, registry)

    async def find(self, record_class: type[R], record_id: UUID) -> R | None:
        """A record as it stands, or None where there is none of that kind under this id.

        Raises:
            Unavailable: the store does not answer.
        """
        record: R | None = None
        for recorded in await self.store.of_record(record_id):
            try:
                event = self.mapper.to_record_event(record_class, recorded.body)
            except KeyError:
                return None
            record = event.mutate(record)
        return record

    async def load(self, record_class: type[R], record_id: UUID) -> R:
        """A record as it stands.

        Raises:
            NotFound: there is no record of that kind under this id; which of the two is not told.
            Unavailable: the store does not answer.
        """
        record = await self.find(record_class, record_id)
        if record is None:
            raise NotFound("there is no such record")
        return record

    async def history(self, record_id: UUID) -> list[Happened]:
        """Everything that happened to a record, opened, in order; nothing where there is none.

        Raises:
            Unavailable: the store or the vault does not answer.
        """
        envelopes = [recorded.envelope for recorded in await self.store.of_record(record_id)]
        opened = await self.mapper.opened(envelopes)
        return [
            Happened(found.id, found.type, found.agency, found.time, data)
            for found, data in zip(envelopes, opened, strict=True)
        ]

    async def save(
        self,
        *records: Record,
        context: Context,
        claims: tuple[Claim, ...] = (),
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Store what the records decided, all or nothing; durable on return.

        Args:
            records: changed records; their pending events are taken in the order given.
            context: who did it, for whom, why.
            claims: what must belong to these records only.
            answer: what to answer, now and whenever the same idempotency key comes again.

        Raises:
            Conflict: a record was changed by somebody else since it was loaded.
            Claimed: a claim is another record's.
            AlreadyAnswered: the key was answered before.
            Unavailable: the vault or the store does not answer.
            Rehearsed: the answer is a rehearsal's. No key was made and nothing was stored.
        """
        events = [event for record in records for event in record.new_events()]
        if answer is not None and answer.rehearsal:
            await self._refuse_held(claims)
            raise Rehearsed(tuple(self.mapper.type_of(event) for event in events))
        prepared = await self.mapper.prepare(events, context)
        return await self.store.append(Append(prepared, claims, answer))

    async def change(
        self,
        record_class: type[R],
        record_id: UUID,
        decide: Callable[[R], None],
        *,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> tuple[R, Receipt]:
        """Load a record, let it decide, and save; again on its newer state if somebody was faster.

        Raises:
            NotFound: see `load`.
            Refused: whatever `decide` refuses.
            Conflict: the record kept changing.
        """
        for attempt in range(1, MAX_ATTEMPTS + 1):
            record = await self.load(record_class, record_id)
            decide(record)
            try:
                return record, await self.save(record, context=context, answer=answer)
            except Conflict:
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _refuse_held(self, claims: tuple[Claim, ...]) -> None:
        """What the store refuses in the transaction, asked beforehand."""
        for claim in claims:
            holders = await self.store.holders(claim.kind, [claim.key])
            if holders.get(claim.key, claim.holder) != claim.holder:
                raise Claimed(claim.kind, holders[claim.key])
