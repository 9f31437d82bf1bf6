"""What the mash service publishes beside its disclosures: alerts, and what people did about them.

An alert says that a rule speaks about what agencies have reported. It adds no fact about anybody
and decides nothing: it asks a person to look. It carries ids and codes only.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

AlertSubject = Literal["child", "place", "vehicle", "phone"]

AlertOutcome = Literal["acting-on-it", "already-known", "not-of-concern", "passed-on"]


class RuleUsed(Struct, frozen=True, kw_only=True):
    """The rule that spoke, as it was then.

    Attributes:
        parameters: as text, so that a rule of another shape reads the same.
    """

    name: str
    version: int
    parameters: dict[str, str]


@content(71, FieldClass.NARRATIVE)
class AlertNote(SealedContent, frozen=True, kw_only=True):
    """What somebody has to say of an alert, in words."""

    text: str


@EVENTS.event_type("mash.alert-raised.v1", aggregate="alert")
class AlertRaised(EventData, frozen=True, kw_only=True):
    """A rule speaks about a child, a place, a vehicle or a phone.

    `about` names the mentions whose facts it rests on; those facts are for everybody who may see
    the views, for rules look at nothing else.

    Attributes:
        subject_id: whom or what it is about, as linked when it was raised.
        trigger: the record, event or mention that made the rule speak. For one rule and trigger
            there is never a second alert, whatever is read again.
        evidence: the events that it rests on.
        authorities: codes of the councils that it is for: of each child that it rests on the
            responsible one and the host, else those for which something is to be done. None where
            nobody has told of any: then it is for everybody who answers alerts.
        happened_at: when what made it speak happened in the world.
        answer_by: until when somebody should have looked.
    """

    rule: RuleUsed
    subject_id: UUID
    subject_kind: AlertSubject
    trigger: UUID
    evidence: tuple[UUID, ...]
    authorities: tuple[str, ...]
    happened_at: datetime
    answer_by: datetime


@EVENTS.event_type("mash.alert-acknowledged.v1", aggregate="alert")
class AlertAcknowledged(EventData, frozen=True, kw_only=True):
    """Somebody looked, and says what becomes of it.

    Attributes:
        acknowledged_at: when.
        outcome: as a code.
        note: in words; sealed under the first mention's key.
    """

    acknowledged_at: datetime
    outcome: AlertOutcome
    note: Sealed[AlertNote] | None


@EVENTS.event_type("mash.alert-escalated.v1", aggregate="alert")
class AlertEscalated(EventData, frozen=True, kw_only=True):
    """Nobody looked in time: it is for whoever leads the hub now."""

    noticed_at: datetime
