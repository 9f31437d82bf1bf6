"""Returns whose report has not come: kept, and joined to it when it does.

Forces send in whatever order their systems work. A return that is refused because its report is
still on the way would be lost whenever nobody sends it again; so it is kept, and shows as a
provisional child until it is joined.
"""

from collections.abc import Iterable
from uuid import UUID

from services.missing.domain import Episode, HeldReturn, Interview
from shared.contracts import missing, times
from shared.contracts.context import Context
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import Mention, restated
from shared.contracts.refusals import Conflict, RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import Repository
from shared.vault.sealing import Vault

HELD_RETURN = "held-return"
"""Claims on a force's reference number by the return that waits for its report."""


class HeldReturns:
    """Keeps returns, and joins them."""

    def __init__(self, repository: Repository, vault: Vault) -> None:
        self._repository = repository
        self._vault = vault

    async def hold(
        self,
        *,
        key: bytes,
        data: missing.ReturnHeld,
        context: Context,
        answer: AnswerDraft | None,
    ) -> Receipt:
        """Keep a return until the report with this reference comes.

        Raises:
            RuleBroken: a return with this reference waits already.
            Invalid: it is in the future.
        """
        held = HeldReturn.hold(data, now=times.now())
        try:
            return await self._repository.save(
                held,
                context=context,
                claims=(Claim(HELD_RETURN, key, held.id),),
                answer=answer,
            )
        except Claimed as reason:
            raise RuleBroken(
                "a return with this reference is kept already, until its report comes"
            ) from reason

    async def waiting(self, key: bytes) -> HeldReturn | None:
        """The return that waits for this reference, if one does."""
        holders = await self._repository.store.holders(HELD_RETURN, [key])
        if key not in holders:
            return None
        held = await self._repository.load(HeldReturn, holders[key])
        return held if held.episode_id is None else None

    async def join(
        self, held: HeldReturn, episode: Episode, interviews: list[Interview], *, context: Context
    ) -> bool:
        """Put a kept return into its episode, as if it had come after the report.

        Returns:
            Whether it was joined: one that contradicts its report stays by itself, for a person.
        """
        now = times.now()
        returned = await self._as_return(held, episode.child)
        try:
            episode.record_return(returned, now=now)
        except RuleBroken:
            return False
        records: list[Episode | HeldReturn | Interview] = [episode, held]
        held.join(episode.id, now=now)
        for interview in interviews:
            interview.start_clock(episode_id=episode.id, returned_at=returned.returned_at)
            records.append(interview)
        try:
            await self._repository.save(*records, context=context)
        except Conflict:
            # Somebody else is at the same record: the sweep comes back to it.
            return False
        return True

    async def _as_return(self, held: HeldReturn, child: UUID) -> missing.ChildReturned:
        """The same return, sealed anew: its words belong to the child of the report from now on."""
        (recorded,) = (await self._repository.store.of_record(held.id))[:1]
        envelope = recorded.envelope
        data = self._repository.mapper.data_of(envelope)
        assert isinstance(data, missing.ReturnHeld)  # noqa: S101 (the first event of the record)
        await self._vault.open([(envelope.store, envelope.id, envelope.type, data)])
        narrative = None
        if data.narrative is not None and data.narrative.opened is not None:
            narrative = Sealed.of(child, data.narrative.opened)
        return missing.ChildReturned(
            about=(child,),
            mentions=tuple(_again(data.mentions, instead_of=held.child, child=child)),
            child=child,
            returned_at=data.returned_at,
            how=data.how,
            family_may_know_place=data.family_may_know_place,
            narrative=narrative,
        )


def _again(mentions: Iterable[Mention], *, instead_of: UUID, child: UUID) -> Iterable[Mention]:
    """The same mentions under new ids, the stand-in for the child left out."""
    new = {mention.mention_id: new_mention_id() for mention in mentions}
    new[instead_of] = child
    for mention in mentions:
        if mention.mention_id == instead_of:
            continue
        of = new.get(mention.of) if mention.of is not None else None
        yield restated(mention, new[mention.mention_id], of=of)
