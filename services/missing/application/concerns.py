"""What no police episode holds: concerns, truancy stops, education."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from services.missing.application.councils import refuse_unknown_council
from services.missing.domain import Concern, Education, TruancyPatrol, TruancyStop
from shared.contracts import missing, times
from shared.contracts.context import Context
from shared.contracts.refusals import NotFound, RuleBroken
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.record import Record
from shared.eventstore.repository import Happened, Repository

OWNED_BY = "owned-by"
"""Claims that say which agency began a record: only it may go on with it."""

PATROL = "truancy-patrol"
"""Claims on a patrol's code: stops name it by that alone."""

R = TypeVar("R", Concern, TruancyStop)


class ConcernApplication:
    """Records that an agency begins and goes on with by itself."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def raise_concern(
        self, *, data: missing.ConcernRaised, context: Context, answer: AnswerDraft | None = None
    ) -> Receipt:
        """Raise a runaway concern.

        Raises:
            Invalid: its time is in the future, it names a council that nobody knows, or its
                definition is none of a runaway.
        """
        refuse_unknown_council(data.responsible_authority)
        return await self._begin(Concern.raise_concern(data, now=times.now()), context, answer)

    async def register_patrol(
        self,
        *,
        data: missing.TruancyPatrolRegistered,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Register a truancy patrol.

        Raises:
            Invalid: it would end before it begins.
            RuleBroken: a patrol has this code already.
        """
        patrol = TruancyPatrol.register(data, now=times.now())
        claim = Claim(PATROL, data.code.encode(), patrol.id)
        try:
            return await self._repository.save(
                patrol, context=context, claims=(claim,), answer=answer
            )
        except Claimed as reason:
            raise RuleBroken("a patrol has this code already: give yours another") from reason

    async def correct_patrol(
        self,
        *,
        patrol_id: UUID,
        data: missing.TruancyPatrolCorrected,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Correct what is registered of a patrol that the caller's agency manages.

        Raises:
            NotFound: there is no such patrol of this agency.
            Invalid: it would end before it begins.
            RuleBroken: it says what is registered already.
        """
        now = times.now()

        def decide(patrol: TruancyPatrol) -> None:
            if patrol.managed_by != context.agency:
                raise NotFound("there is no such record")
            patrol.correct(data, now=now)

        _, receipt = await self._repository.change(
            TruancyPatrol, patrol_id, decide, context=context, answer=answer
        )
        return receipt

    async def record_stop(
        self,
        *,
        data: missing.TruancyStopRecorded,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Record a truancy patrol's stop.

        Raises:
            Invalid: its time is in the future.
        """
        return await self._begin(TruancyStop.record(data, now=times.now()), context, answer)

    async def record_education(
        self,
        *,
        data: missing.EducationStatusRecorded,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Record how a child is taught from a day on."""
        day = data.since
        at = datetime(day.year, day.month, day.day, tzinfo=times.LONDON)
        return await self._begin(Education.record(data, at=at), context, answer)

    async def change(
        self,
        record_class: type[R],
        *,
        record_id: UUID,
        decide: Callable[[R], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let a record of the caller's own agency decide.

        Raises:
            NotFound: there is no such record of this agency.
            Refused: whatever the record refuses.
        """
        await self._own(record_id, context.agency)
        _, receipt = await self._repository.change(
            record_class, record_id, decide, context=context, answer=answer
        )
        return receipt

    async def child_of(self, record_class: type[R], *, record_id: UUID, agency: str) -> UUID:
        """The mention of the child that a record of this agency is about.

        Raises:
            NotFound: there is no such record of this agency.
        """
        await self._own(record_id, agency)
        return (await self._repository.load(record_class, record_id)).child

    async def own(
        self,
        record_class: type[R] | type[Education],
        *,
        record_id: UUID,
        agency: str,
    ) -> list[Happened]:
        """A record's events, opened, for the agency that began it.

        Raises:
            NotFound: there is no such record of this agency.
            Unavailable: the vault does not answer.
        """
        await self._own(record_id, agency)
        await self._repository.load(record_class, record_id)
        return await self._repository.history(record_id)

    async def _begin(self, record: Record, context: Context, answer: AnswerDraft | None) -> Receipt:
        claim = Claim(OWNED_BY, _key(record.id, context.agency), record.id)
        return await self._repository.save(record, context=context, claims=(claim,), answer=answer)

    async def _own(self, record_id: UUID, agency: str) -> None:
        key = _key(record_id, agency)
        if key not in await self._repository.store.holders(OWNED_BY, [key]):
            raise NotFound("there is no such record")


def _key(record_id: UUID, agency: str) -> bytes:
    return record_id.bytes + agency.encode()
