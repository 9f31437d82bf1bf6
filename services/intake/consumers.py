"""Other services' events, turned into intake's commands."""

from uuid import UUID

from services.intake.application import IntakeApplication
from services.intake.domain import NewMention, StrongIdentifier
from shared.contracts import missing, screening
from shared.contracts.context import Context
from shared.contracts.mentions import Mention, PersonMention, kind_of
from shared.contracts.registry import EventData
from shared.projecting.facts import Event
from shared.reference.identifiers import normalised

ACTOR = "throughline|intake"
AGENCY = "throughline"
PURPOSE = "identity-resolution"
BASIS = "sharing-agreement"

SAME_CHILD = (missing.ReportRevised, screening.ScreeningCompleted, screening.ScreeningAmended)
"""Events that make a new mention of the child of an earlier one, whom they are `about`: their
agency says itself that it is the same child."""

NATIONAL = frozenset({"nhs-number", "upn"})
"""Schemes with one numbering for the whole country."""


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
        mentions = [
            new_mention(mention, same_as=_same_as(event.data, mention))
            for mention in event.data.mentions
        ]
        await self._application.link_mentions(mentions, context=context)


def _same_as(data: EventData, mention: Mention) -> UUID | None:
    """The child's mention in an earlier version of the same report, or in a screening before it.

    Without it a report that gives no identifier would make a child of each of its versions, and
    the return, which names the first, would leave the others missing for ever.
    """
    if isinstance(data, SAME_CHILD) and data.about and mention.mention_id == data.child:
        return data.about[0]
    return None


def new_mention(mention: Mention, *, same_as: UUID | None = None) -> NewMention:
    """What the rule may look at: verified identifiers, in their normal form.

    A value that is not a valid number of its scheme proves nothing and is left out; so is a local
    number without its issuer, and the identity of somebody whose data was erased meanwhile.
    """
    identifiers: dict[StrongIdentifier, None] = {}
    if isinstance(mention, PersonMention) and mention.identity is not None:
        identity = mention.identity.opened
        for given in identity.identifiers if identity is not None else ():
            if not given.verified:
                continue
            try:
                value = normalised(given.scheme, given.value)
            except ValueError:
                continue
            # A national number is one numbering, whoever is said to have issued it.
            issuer = "" if given.scheme in NATIONAL else given.issuer
            if issuer is not None:
                identifiers[StrongIdentifier(given.scheme, issuer, value)] = None
    return NewMention(mention.mention_id, kind_of(mention), tuple(identifiers), same_as)
