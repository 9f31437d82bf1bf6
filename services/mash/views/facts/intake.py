"""Facts of the intake service's events: agencies; and links, which are no facts but memberships."""

from uuid import UUID

from msgspec import Struct

from services.mash.views.facts.kernel import fact_of, happened
from shared.contracts import intake
from shared.projecting.facts import Event, Fact, LinkChange


class AgencyFact(Struct, frozen=True, kw_only=True):
    """An agency, as registered."""

    code: str
    name: str
    kind: str


class Apart(Struct, frozen=True, kw_only=True):
    """A mention is known not to be about this subject, with which it was joined by mistake."""

    subject_id: UUID


def facts_of(event: Event) -> list[Fact]:
    """The facts of one of intake's events.

    A link moves no fact and makes none: a view after taking it back is then exactly the view from
    before. How a mention was linked is read from the link's own event.
    """
    match event.data:
        case intake.MentionsRegrouped() as data:
            return _set_apart(event, data)
        case intake.AgencyRegistered() as data:
            agency = AgencyFact(code=data.code, name=data.name, kind=data.kind)
            return [fact_of(event, 0, event.envelope.subject, "agency", agency)]
        case (
            intake.MentionLinked()
            | intake.MentionMoved()
            | intake.MentionUnlinked()
            | intake.RegroupingUndone()
        ):
            return []
    return happened(event)


def _set_apart(event: Event, data: intake.MentionsRegrouped) -> list[Fact]:
    """Of an act that takes a wrong one back: from whom each mention is known to differ.

    No view shows it: it keeps the two from being proposed as one again.
    """
    if data.undoes is None or data.reason != "wrong-person":
        return []
    return [
        fact_of(event, number, moved.mention_id, "apart", Apart(subject_id=moved.from_subject))
        for number, moved in enumerate(data.moved)
        if moved.from_subject is not None
    ]


def links_of(event: Event) -> list[LinkChange]:
    """How an event changes whom a mention is about. A link's record id is its mention's."""
    mention_id, position = event.envelope.subject, event.position
    match event.data:
        case (
            intake.MentionLinked(subject_id=subject_id) | intake.MentionMoved(subject_id=subject_id)
        ):
            return [LinkChange(mention_id, subject_id, position)]
        case intake.MentionUnlinked():
            return [LinkChange(mention_id, None, position)]
    return []
