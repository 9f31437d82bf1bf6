"""What happens by itself: the time of an obligation runs out."""

import asyncio
from uuid import uuid4

from services.screening.application import ScreeningApplication, ToolApplication
from shared.contracts.context import Context

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
