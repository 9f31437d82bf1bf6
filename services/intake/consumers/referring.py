"""What needs a referral gets one: exactly one, whatever is delivered again.

Three things do: a screening whose level obliges to it, a return interview that says it needs action
now, and a force's report that the child is at risk of exploitation. An information report never
does: its form says that it is no referral, and it opens and closes none.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from services.intake.application import Needed, ReferralApplication
from services.intake.store import ReferralList
from shared.contracts import intake, missing, screening, times
from shared.contracts.context import Context
from shared.contracts.registry import EventData
from shared.projecting.facts import Event

ACTOR = "throughline|intake-referrals"
PURPOSE = "child-protection-enquiry"
BASIS = "sharing-agreement"


class ReferralOpener:
    """Opens, adds to and directs referrals, as other services' events come."""

    def __init__(self, application: ReferralApplication, listed: ReferralList) -> None:
        self._application = application
        self._listed = listed
        self._handlers: dict[type[EventData], Callable[[Event, Any], Awaitable[None]]] = {
            screening.ObligationOpened: self._obligation_opened,
            missing.InterviewRequired: self._interview_required,
            missing.InterviewAllocated: self._interview_allocated,
            missing.InterviewConducted: self._interview_conducted,
            missing.EpisodeReported: self._reported,
            missing.ReportRevised: self._reported,
        }

    async def handle(self, event: Event) -> None:
        """Do what an event asks for. Done again, it changes nothing."""
        handler = self._handlers.get(type(event.data)) if event.data is not None else None
        if handler is not None:
            await handler(event, event.data)

    async def _obligation_opened(self, event: Event, data: screening.ObligationOpened) -> None:
        if data.obligation == "referral-or-discussion":
            await self._need(event, "screening", data.child, to=data.area, level=data.level)

    async def _interview_conducted(self, event: Event, data: missing.InterviewConducted) -> None:
        if data.needs_action_now and data.about:
            council = await self._listed.council_of(event.envelope.subject)
            await self._need(event, "interview", data.about[0], to=council)

    async def _reported(self, event: Event, data: missing.ReportFields) -> None:
        if data.at_risk_of_exploitation == "yes":
            council = await self._listed.council_of(event.envelope.subject)
            await self._need(event, "missing-report", data.child, to=council)

    async def _interview_required(self, event: Event, data: missing.InterviewRequired) -> None:
        await self._listed.interview_is_for(
            event.envelope.subject, council=data.area, episode_id=data.episode_id
        )
        if data.area is not None:
            await self._direct(event, "missing-report", data.episode_id, data.area)

    async def _interview_allocated(self, event: Event, data: missing.InterviewAllocated) -> None:
        interview_id = event.envelope.subject
        await self._listed.interview_is_for(interview_id, council=data.area)
        await self._direct(event, "interview", interview_id, data.area)
        episode_id = await self._listed.episode_of(interview_id)
        if episode_id is not None:
            await self._direct(event, "missing-report", episode_id, data.area)

    async def _need(
        self,
        event: Event,
        kind: intake.OriginKind,
        child: Any,
        *,
        to: str | None,
        level: str | None = None,
    ) -> None:
        found = event.envelope
        origin = intake.Origin(
            kind=kind,
            agency=found.agency,
            record_id=found.subject,
            event_id=found.id,
            level=level,
        )
        needed = Needed(child, origin, to, times.read(found.time))
        await self._application.need(needed, context=_context(event))

    async def _direct(
        self, event: Event, kind: intake.OriginKind, record_id: Any, council: str
    ) -> None:
        await self._application.direct(
            kind,
            record_id,
            to=council,
            at=times.read(event.envelope.time),
            context=_context(event),
        )


def _context(event: Event) -> Context:
    """The origin's agency speaks: it is its information that something must be done."""
    found = event.envelope
    return Context(
        actor=ACTOR,
        agency=found.agency,
        purpose=PURPOSE,
        basis=BASIS,
        regime=found.regime,
        correlation_id=found.correlationid,
        causation_id=found.id,
    )
