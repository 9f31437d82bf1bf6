"""One interview for several episodes of a child."""

from uuid import UUID

from services.missing.application.children import child_as_reported
from services.missing.application.episodes import COVERED
from services.missing.domain import Interview, may_be_one
from shared.contracts import times
from shared.contracts.context import Context
from shared.contracts.mentions import PersonIdentity
from shared.contracts.refusals import Conflict, NotFound, RuleBroken
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Repository


class Covering:
    """Lets one return interview stand for another."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def cover(
        self,
        *,
        interview_id: UUID,
        other_interview_id: UUID,
        provider: str,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let an interview cover the episode of another, which ends: both or neither.

        Raises:
            NotFound: one of them is not there, or is another provider's.
            RuleBroken: the reports do not tell of one child, or an interview refuses it.
            Unavailable: the store or the vault does not answer.
        """
        for attempt in range(1, MAX_ATTEMPTS + 1):
            interview = await self._own(interview_id, provider)
            other = await self._own(other_interview_id, provider)
            await self._refuse_another_child(interview, other)
            interview.cover(other, now=times.now())
            claims = tuple(
                Claim(COVERED, episode_id.bytes, interview.id) for episode_id in other.episodes
            )
            try:
                return await self._repository.save(
                    interview, other, context=context, claims=claims, answer=answer
                )
            except Claimed as reason:
                raise RuleBroken("another interview covers that episode already") from reason
            except Conflict:
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _own(self, interview_id: UUID, provider: str) -> Interview:
        interview = await self._repository.load(Interview, interview_id)
        if interview.provider != provider:
            raise NotFound("there is no such record")
        return interview

    async def _refuse_another_child(self, interview: Interview, other: Interview) -> None:
        one = await self._identity(interview)
        another = await self._identity(other)
        if one is None or another is None or not may_be_one(one, another):
            raise RuleBroken("the forces' reports do not tell that this is the same child")

    async def _identity(self, interview: Interview) -> PersonIdentity | None:
        child, _ = await child_as_reported(self._repository, interview.episodes[0])
        return child.identity.opened if child is not None and child.identity is not None else None
