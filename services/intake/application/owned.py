"""Records that one authority begins, and only it goes on with and reads back."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from services.intake.domain import MissingPeriod, Status
from shared.contracts.context import Context
from shared.contracts.refusals import NotFound
from shared.eventstore.append import AnswerDraft, Claim, Receipt
from shared.eventstore.repository import Happened, Repository
from shared.vault.sealing import Vault

OWNED_BY = "owned-by"
"""Claims that say which agency began a record."""

R = TypeVar("R", Status, MissingPeriod)


class OwnedRecords:
    """An authority's own records."""

    def __init__(self, repository: Repository, vault: Vault) -> None:
        self._repository = repository
        self._vault = vault

    async def change(
        self,
        record_class: type[R],
        *,
        record_id: UUID,
        decide: Callable[[R], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let a record of the caller's own authority decide.

        Raises:
            NotFound: there is no such record of this authority.
            Refused: whatever the record refuses.
        """
        await self._own(record_id, context.agency)
        _, receipt = await self._repository.change(
            record_class, record_id, decide, context=context, answer=answer
        )
        return receipt

    async def events_of(self, *, record_id: UUID, agency: str) -> list[Happened]:
        """A record's events, opened, for the authority that began it.

        Raises:
            NotFound: there is no such record of this authority.
            Unavailable: the vault does not answer.
        """
        await self._own(record_id, agency)
        return await self._repository.history(record_id)

    async def _own(self, record_id: UUID, agency: str) -> None:
        claim = owned_by(record_id, agency)
        if claim.key not in await self._repository.store.holders(OWNED_BY, [claim.key]):
            raise NotFound("there is no such record")


def owned_by(record_id: UUID, agency: str) -> Claim:
    """The claim that this agency began this record."""
    return Claim(OWNED_BY, record_id.bytes + agency.encode(), record_id)
