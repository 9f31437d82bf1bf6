"""How each event changes which mentions make up which subject. Pure."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts import EVENTS, intake
from shared.contracts.envelope import Envelope
from shared.contracts.registry import UnknownType


@dataclass(frozen=True, slots=True)
class Membership:
    """A mention is with a subject since an event; with none where its link was taken back."""

    mention_id: UUID
    subject_id: UUID | None
    since_position: int


def membership_of(event: Envelope) -> Membership | None:
    """What an event of this service changes, if it changes anything."""
    try:
        data = EVENTS.decode(event.type, event.data)
    except UnknownType:
        return None
    match data:
        case intake.MentionLinked() | intake.MentionMoved():
            return Membership(event.subject, data.subject_id, event.position)
        case intake.MentionUnlinked():
            return Membership(event.subject, None, event.position)
    return None
