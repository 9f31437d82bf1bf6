"""Two authorities and one child: asked, accepted, declined."""

from collections.abc import Callable
from typing import Literal
from uuid import UUID

from services.intake.domain import Responsibility
from shared.contracts import intake, times
from shared.contracts.context import Context
from shared.contracts.refusals import NotFound
from shared.eventstore.append import AnswerDraft, Receipt
from shared.eventstore.repository import Repository


class ResponsibilityApplication:
    """Requests that another authority takes responsibility, and their answers."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def request(
        self,
        *,
        data: intake.ResponsibilityRequested,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Ask another authority.

        Raises:
            Invalid: an authority asks itself, or asked in the future.
        """
        record = Responsibility.request(data, now=times.now())
        return await self._repository.save(record, context=context, answer=answer)

    async def go_on(
        self,
        *,
        record_id: UUID,
        party: Literal["held_by", "asked"],
        decide: Callable[[Responsibility], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let a request decide, for that party of it which may.

        Raises:
            NotFound: there is no such request to, or of, the caller's authority.
            RuleBroken: it was answered or taken back.
            Invalid: its times do not fit.
        """

        def of_theirs(record: Responsibility) -> None:
            if getattr(record, party) != context.agency:
                raise NotFound("there is no such record")
            decide(record)

        _, receipt = await self._repository.change(
            Responsibility, record_id, of_theirs, context=context, answer=answer
        )
        return receipt
