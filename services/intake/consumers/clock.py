"""What happens by itself: the time for a decision runs out."""

import asyncio
from uuid import uuid4

from services.intake.application import ReferralApplication
from shared.contracts.context import Context

SECONDS = 5.0
"""How late a deadline may be noticed. The deadline itself stands in the event."""

ACTOR = "throughline|intake-clock"


class Clock:
    """Records referrals whose time ran out."""

    def __init__(self, referrals: ReferralApplication) -> None:
        self._referrals = referrals

    async def run(self) -> None:
        """Tick for ever. Two processes may both tick: each fact is recorded once."""
        while True:
            context = Context(
                actor=ACTOR,
                agency="throughline",
                purpose="operations",
                basis="sharing-agreement",
                regime="uk-gdpr",
                correlation_id=uuid4(),
            )
            await self._referrals.record_overdue(context=context)
            await asyncio.sleep(SECONDS)
