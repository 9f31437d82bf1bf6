"""Statuses as authorities send them: in whatever order, and each once."""

from uuid import UUID

from services.intake.application.owned import OwnedRecords, owned_by
from services.intake.domain import HeldEnding, Status
from shared.contracts import intake, times
from shared.contracts.context import Context, Handling
from shared.contracts.ids import new_mention_id, new_record_id
from shared.contracts.mentions import PersonMention
from shared.contracts.refusals import Conflict, RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Repository
from shared.vault.keyring import Keyring
from shared.vault.sealing import Vault

STATUS = "status-reference"
"""Claims on an authority's own number for a status. An ending that comes first claims it for the
record that the status will have, so that whichever order two requests meet in, they find each
other."""

HELD_ENDING = "held-ending"
"""Claims on the same number by the ending that waits."""


class StatusApplication(OwnedRecords):
    """What authorities say of children's standing."""

    def __init__(self, repository: Repository, keyring: Keyring, vault: Vault) -> None:
        super().__init__(repository, vault)
        self._keyring = keyring

    async def record_status(
        self,
        *,
        data: intake.StatusRecorded,
        reference: str,
        handling: Handling,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Record a status; an ending that came before it is joined to it at once.

        Raises:
            RuleBroken: the authority recorded a status under this reference already.
            Invalid: its days or times do not fit.
            Conflict: the same reference kept being written meanwhile.
        """
        key = self._key(context.agency, reference)
        for _ in range(MAX_ATTEMPTS):
            now = times.now()
            held = await self._waiting(key)
            record_id = held.status_id if held is not None else new_record_id()
            status = Status.record(data, handling=handling, now=now, record_id=record_id)
            records: list[Status | HeldEnding] = [status]
            if held is not None:
                ending = await self._as_ending(held, status.child)
                if ending.until != status.until:
                    status.end(ending, now=now)
                held.join(now=now)
                records.append(held)
            claims = (Claim(STATUS, key, status.id), owned_by(status.id, context.agency))
            try:
                return await self._repository.save(
                    *records, context=context, claims=claims, answer=answer
                )
            except (Claimed, Conflict):
                holder = (await self._repository.store.holders(STATUS, [key])).get(key)
                if holder is not None and await self._repository.find(Status, holder):
                    raise RuleBroken(
                        "a status with this reference is recorded already: correct it, or end it"
                    ) from None
        raise Conflict("this reference kept being written: send it again")

    async def end_by_reference(
        self,
        *,
        reference: str,
        ending: intake.StatusEnded,
        reason: intake.EndDetails | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """End a status by the authority's own number; kept, where the status has not come.

        Args:
            reference: the number.
            ending: the last day; whose it is and why is filled in here.
            reason: why.
            context: who says so.
            answer: to store with it.

        Raises:
            RuleBroken: the status has that last day or was withdrawn, or an ending waits already.
            Invalid: the day is before the first, or was said in the future.
            Conflict: the same reference kept being written meanwhile.
        """
        key = self._key(context.agency, reference)
        now = times.now()
        for _ in range(MAX_ATTEMPTS):
            holder = (await self._repository.store.holders(STATUS, [key])).get(key)
            status = await self._repository.find(Status, holder) if holder is not None else None
            if status is not None:
                return await self.change(
                    Status,
                    record_id=status.id,
                    decide=lambda found: found.end(ended(found.child, ending, reason), now=now),
                    context=context,
                    answer=answer,
                )
            if holder is not None:
                raise RuleBroken(
                    "an ending with this reference is kept already, until its status comes"
                )
            child = new_mention_id()
            held = HeldEnding.hold(
                intake.StatusEndingHeld(
                    mentions=(PersonMention(mention_id=child, role="child"),),
                    child=child,
                    status_id=new_record_id(),
                    until=ending.until,
                    said_at=ending.said_at,
                    reason=Sealed.of(child, reason) if reason is not None else None,
                ),
                now=now,
            )
            claims = (Claim(HELD_ENDING, key, held.id), Claim(STATUS, key, held.status_id))
            try:
                return await self._repository.save(
                    held, context=context, claims=claims, answer=answer
                )
            except Claimed:
                continue  # its status, or another ending, came this moment
        raise Conflict("this reference kept being written: send it again")

    async def _waiting(self, key: bytes) -> HeldEnding | None:
        holder = (await self._repository.store.holders(HELD_ENDING, [key])).get(key)
        if holder is None:
            return None
        held = await self._repository.load(HeldEnding, holder)
        return None if held.joined else held

    async def _as_ending(self, held: HeldEnding, child: UUID) -> intake.StatusEnded:
        """The same ending; its words belong to the child of the status from now on."""
        (recorded,) = (await self._repository.store.of_record(held.id))[:1]
        envelope = recorded.envelope
        data = self._repository.mapper.data_of(envelope)
        assert isinstance(data, intake.StatusEndingHeld)  # noqa: S101 (the record's first event)
        await self._vault.open([(envelope.store, envelope.id, envelope.type, data)])
        return ended(child, data, data.reason.opened if data.reason is not None else None)

    def _key(self, authority: str, reference: str) -> bytes:
        return self._keyring.index(STATUS, authority, "".join(reference.split()).upper())


def ended(
    child: UUID,
    said: intake.StatusEnded | intake.StatusEndingHeld,
    reason: intake.EndDetails | None,
) -> intake.StatusEnded:
    """The ending of a status of this child."""
    return intake.StatusEnded(
        about=(child,),
        child=child,
        until=said.until,
        said_at=said.said_at,
        reason=Sealed.of(child, reason) if reason is not None else None,
    )
