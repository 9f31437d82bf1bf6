"""Other services' events, turned into intake's commands."""

from services.intake.application import IntakeApplication, NewMention, StrongIdentifier
from shared.contracts.context import Context
from shared.contracts.mentions import Mention, PersonMention, kind_of
from shared.projecting.facts import Event
from shared.reference.identifiers import normalised

ACTOR = "throughline|intake"
AGENCY = "throughline"
PURPOSE = "identity-resolution"
BASIS = "sharing-agreement"


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
        mentions = [new_mention(mention) for mention in event.data.mentions]
        await self._application.link_mentions(mentions, context=context)


def new_mention(mention: Mention) -> NewMention:
    """What the rule may look at: verified identifiers, in their normal form.

    A value that is not a valid number of its scheme proves nothing and is left out; so is the
    identity of somebody whose data was erased meanwhile.
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
            identifiers[StrongIdentifier(given.scheme, given.issuer or "", value)] = None
    return NewMention(mention.mention_id, kind_of(mention), tuple(identifiers))
