"""What happens by itself: time passes, and what a crash left undone is done."""

import asyncio
from uuid import uuid4

from services.missing.application import InterviewApplication, MissingApplication
from shared.contracts.context import Context

SECONDS = 5.0
"""How late a deadline may be noticed. The deadline itself stands in the event."""

ACTOR = "throughline|missing-clock"


class Clock:
    """Records what no request does: interviews whose time ran out, returns whose report came."""

    def __init__(self, episodes: MissingApplication, interviews: InterviewApplication) -> None:
        self._episodes = episodes
        self._interviews = interviews

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
            await self._interviews.record_overdue(context=context)
            await self._episodes.join_held(context=context)
            await asyncio.sleep(SECONDS)
