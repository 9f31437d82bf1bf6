"""Measures: recording one, what became of it, and reading one's own back."""

from collections.abc import Callable
from uuid import UUID

from services.intelligence.domain import Measure
from shared.contracts import intelligence, times
from shared.contracts.context import Context, Handling
from shared.contracts.refusals import NotFound
from shared.eventstore.append import AnswerDraft, Receipt
from shared.eventstore.repository import Happened, Repository


class MeasureApplication:
    """Measures."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def take(
        self,
        measure: intelligence.MeasureTaken,
        *,
        handling: Handling,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Record that a measure was taken.

        Raises:
            Invalid: it contradicts itself or the calendar.
            Unavailable: nothing was stored.
        """
        made = Measure.take(measure, handling=handling, now=times.now())
        return await self._repository.save(made, context=context, answer=answer)

    async def change(
        self,
        *,
        measure_id: UUID,
        agency: str,
        decide: Callable[[Measure], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let a measure of this agency decide.

        Raises:
            NotFound: there is no such measure of this agency.
            Refused: whatever the measure refuses.
        """

        def checked(measure: Measure) -> None:
            _of_agency(measure, agency)
            decide(measure)

        _, receipt = await self._repository.change(
            Measure, measure_id, checked, context=context, answer=answer
        )
        return receipt

    async def own(self, *, measure_id: UUID, agency: str) -> list[Happened]:
        """Everything about a measure of this agency, opened, in order.

        Raises:
            NotFound: there is no such measure of this agency.
            Unavailable: the vault does not answer.
        """
        _of_agency(await self._repository.load(Measure, measure_id), agency)
        return await self._repository.history(measure_id)


def _of_agency(measure: Measure, agency: str) -> None:
    if measure.taken_by != agency:
        # The same as if it were not there: the views show what may be seen of another's.
        raise NotFound("there is no such record")
