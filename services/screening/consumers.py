"""What happens by itself: time runs out; what social care does elsewhere closes a duty here."""

import asyncio
from uuid import uuid4

from services.screening.application import ScreeningApplication, ToolApplication
from shared.contracts import intake
from shared.contracts.context import Context
from shared.projecting.facts import Event

SECONDS = 5.0
"""How late a deadline may be noticed. The deadline itself stands in the event."""

ACTOR = "throughline|screening-clock"


class Clock:
    """Publishes the tools of the product, and records obligations whose time ran out."""

    def __init__(self, screenings: ScreeningApplication, tools: ToolApplication) -> None:
        self._screenings = screenings
        self._tools = tools

    async def run(self) -> None:
        """Tick for ever. Two processes may both tick: each fact is recorded once."""
        await self._tools.publish_shipped()
        while True:
            context = Context(
                actor=ACTOR,
                agency="throughline",
                purpose="operations",
                basis="sharing-agreement",
                regime="uk-gdpr",
                correlation_id=uuid4(),
            )
            await self._screenings.record_overdue(context=context)
            await asyncio.sleep(SECONDS)


class ReferralFollower:
    """Closes the duty to refer once social care acts on the referral of a screening.

    That a referral was opened closes nothing: a rule opened it, and that is no conversation. What
    closes the duty is a person's act on it, a rating or a decision.
    """

    def __init__(self, screenings: ScreeningApplication) -> None:
        self._screenings = screenings

    async def handle(self, event: Event) -> None:
        """Record the act on the screening. Done again, it changes nothing."""
        data = event.data
        if not isinstance(data, intake.ReferralRated | intake.ReferralDecided):
            return
        if data.origin.kind != "screening" or data.origin.record_id is None:
            return
        found = event.envelope
        context = Context(
            actor=found.actor,
            agency=found.agency,
            purpose=found.purpose,
            basis=found.basis,
            regime=found.regime,
            correlation_id=found.correlationid,
            causation_id=found.id,
        )
        await self._screenings.referral_acted_on(
            screening_id=data.origin.record_id,
            referral_id=found.subject,
            at=data.rated_at if isinstance(data, intake.ReferralRated) else data.decided_at,
            act=found.id,
            context=context,
        )
