"""The use cases of moving several mentions in one act, and of taking that back."""

from collections.abc import Sequence
from uuid import UUID

from services.intake.domain import Link, Regrouping, Subject
from services.intake.store import MemberList
from shared.contracts import intake, times
from shared.contracts.context import Context
from shared.contracts.refusals import Conflict, NotFound, RuleBroken
from shared.eventstore.append import AnswerDraft, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Repository

MAX_TOGETHER = 500
"""Mentions that are moved in one act."""


class RegroupingApplication:
    """Acts by which people move several mentions at once."""

    def __init__(self, repository: Repository, members: MemberList) -> None:
        self._repository = repository
        self._members = members

    async def merge(
        self,
        *,
        subject_id: UUID,
        into: UUID,
        reason: intake.MoveReason,
        confidence: intake.Confidence | None,
        basis: Sequence[intake.Basis],
        note: str | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Move everything that is linked to one subject to another: the two are one.

        Raises:
            NotFound: no such subject, or nothing is linked to it.
            RuleBroken: they are of different kinds, the same, or too much is linked to the first.
        """
        await self._repository.load(Subject, subject_id)
        if subject_id == into:
            raise RuleBroken("a subject cannot be joined with itself")
        mentions = await self._members.of_subject(subject_id, limit=MAX_TOGETHER + 1)
        if not mentions:
            raise NotFound("nothing is linked to this subject")
        if len(mentions) > MAX_TOGETHER:
            raise RuleBroken(f"more than {MAX_TOGETHER} mentions: move them in several acts")
        return await self.move(
            mentions=mentions,
            subject_id=into,
            reason=reason,
            confidence=confidence,
            basis=basis,
            note=note,
            context=context,
            answer=answer,
        )

    async def move(
        self,
        *,
        mentions: Sequence[UUID],
        subject_id: UUID,
        reason: intake.MoveReason,
        confidence: intake.Confidence | None,
        basis: Sequence[intake.Basis],
        note: str | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Move these mentions to a subject, all or none.

        Raises:
            NotFound: no such subject or mention.
            RuleBroken: one is of another kind, or is there already; see `Regrouping.move`.
            Conflict: they kept being changed by others.
        """
        subject = await self._repository.load(Subject, subject_id)
        by, now = _person(context), times.now()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            links = [
                await self._repository.load(Link, mention_id)
                for mention_id in dict.fromkeys(mentions)
            ]
            if any(link.subject_kind != subject.kind for link in links):
                raise RuleBroken("a mention can be linked only to a subject of its own kind")
            act = Regrouping.move(
                links,
                subject_id,
                decided_by=by,
                reason=reason,
                confidence=confidence,
                basis=basis,
                note=note,
                now=now,
            )
            try:
                return await self._repository.save(act, *links, context=context, answer=answer)
            except Conflict:
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def undo(
        self,
        *,
        act_id: UUID,
        reason: intake.MoveReason,
        note: str | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Take an act back.

        Raises:
            NotFound: no such act.
            RuleBroken: see `Regrouping.undo`.
            Conflict: its mentions kept being changed by others.
        """
        by, now = _person(context), times.now()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            act = await self._repository.load(Regrouping, act_id)
            links = {
                moved.mention_id: await self._repository.load(Link, moved.mention_id)
                for moved in act.data.moved
            }
            back = act.undo(
                links,
                await self._came_since(act),
                decided_by=by,
                reason=reason,
                note=note,
                now=now,
            )
            try:
                return await self._repository.save(
                    back, act, *links.values(), context=context, answer=answer
                )
            except Conflict:
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def act(self, *, act_id: UUID) -> Regrouping:
        """An act as it stands.

        Raises:
            NotFound: no such act.
        """
        return await self._repository.load(Regrouping, act_id)

    async def _came_since(self, act: Regrouping) -> list[UUID]:
        """What came to where the act put its mentions, after it, and is none of them."""
        joined = sorted({m.to_subject for m in act.data.moved if m.to_subject is not None})
        if not joined:
            return []
        (made, *_) = await self._repository.store.of_record(act.id)
        since = await self._members.came_since(joined, made.position, limit=MAX_TOGETHER)
        own = {moved.mention_id for moved in act.data.moved}
        return [mention for mention in since if mention not in own]


def _person(context: Context) -> intake.Decider:
    return intake.Decider(kind="person", name=context.actor, version=0)
