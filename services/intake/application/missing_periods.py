"""What an authority's people decide to return about children missing or away."""

from services.intake.application.owned import OwnedRecords, owned_by
from services.intake.domain import MissingPeriod
from shared.contracts import intake, times
from shared.contracts.context import Context
from shared.eventstore.append import AnswerDraft, Receipt


class MissingPeriodApplication(OwnedRecords):
    """Periods for the statutory return, as people decided them."""

    async def decide(
        self,
        *,
        data: intake.MissingPeriodDecided,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Decide a period.

        Raises:
            Invalid: its times do not fit the decision, each other, or the present.
        """
        period = MissingPeriod.decide(data, now=times.now())
        claims = (owned_by(period.id, context.agency),)
        return await self._repository.save(period, context=context, claims=claims, answer=answer)
