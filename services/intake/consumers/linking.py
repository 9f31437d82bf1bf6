"""Other services' events, turned into intake's commands."""

from uuid import UUID

from services.intake.application import IntakeApplication
from services.intake.domain import new_mention
from shared.contracts import intelligence, missing, screening
from shared.contracts.context import Context
from shared.contracts.mentions import Mention
from shared.contracts.registry import EventData
from shared.projecting.facts import Event

ACTOR = "throughline|intake"
AGENCY = "throughline"
PURPOSE = "identity-resolution"
BASIS = "sharing-agreement"

SAME_CHILD = (missing.ReportRevised, screening.ScreeningCompleted, screening.ScreeningAmended)
"""Events that make a new mention of the child of an earlier one, whom they are `about`: their
agency says itself that it is the same child."""

VERSIONS = (
    missing.EpisodeReported,
    missing.ReportRevised,
    screening.ScreeningCompleted,
    screening.ScreeningAmended,
)
"""Events that say everything anew each time. What two versions describe in the same words is the
same: without that, each version of a report would make another car of its car."""


class MentionLinker:
    """Gives every mention of every event a subject."""

    def __init__(self, application: IntakeApplication) -> None:
        self._application = application

    async def handle(self, event: Event) -> None:
        """Link the mentions that this event is the first to make."""
        if event.data is None or not event.data.mentions:
            return
        context = Context(
            actor=ACTOR,
            agency=AGENCY,
            purpose=PURPOSE,
            basis=BASIS,
            regime=event.envelope.regime,
            correlation_id=event.envelope.correlationid,
            causation_id=event.envelope.id,
        )
        same = _same_as(event.data)
        mentions = [
            new_mention(
                mention,
                same_as=same.get(mention.mention_id),
                report=_report_of(event, mention),
            )
            for mention in event.data.mentions
        ]
        await self._application.link_mentions(mentions, context=context)


def _same_as(data: EventData) -> dict[UUID, UUID]:
    """Earlier mentions that the agency itself says these are the same as.

    The child of an earlier version of the same report, or of a screening before it: without it a
    report that gives no identifier would make a child of each of its versions, and the return,
    which names the first, would leave the others missing for ever. And whoever and whatever a
    sanitised version of an information report restates.
    """
    if isinstance(data, SAME_CHILD) and data.about:
        return {data.child: data.about[0]}
    if isinstance(data, intelligence.ReportSanitised):
        return {restated.mention: restated.original for restated in data.restates}
    return {}


def _report_of(event: Event, mention: Mention) -> UUID | None:
    """The report whose versions may describe this mention again."""
    if isinstance(event.data, VERSIONS) and mention.mention_id != event.data.child:
        return event.envelope.subject
    return None
