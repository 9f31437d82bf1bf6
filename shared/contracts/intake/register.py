"""The register: agencies, subjects, and links of mentions to subjects."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.mentions import IdentifierScheme, MentionKind
from shared.contracts.registry import EVENTS, EventData

AgencyKind = Literal[
    "police", "local-authority", "health", "education", "charity", "probation", "other",
]  # fmt: skip
SubjectKind = MentionKind
UnlinkReason = Literal["wrong-person", "not-enough-evidence", "superseded"]
MoveReason = Literal["same-person", "identified", "wrong-person", "undo"]
"""`identified`: somebody who had no name yet is now known to be this person."""

MatchedOn = (
    IdentifierScheme
    | Literal["uprn", "premises", "registration", "phone-number", "same-words", "same-report"]
)
"""On what a rule found two mentions to agree. `premises`: postcode, number or name of the house,
flat and trading name, all as the other has them. `same-words`: another version of the same report
describes it in exactly the same words. `same-report`: the agency itself says that it is the same.
"""


@EVENTS.event_type("intake.agency-registered.v1", aggregate="agency")
class AgencyRegistered(EventData, frozen=True, kw_only=True):
    """An agency takes part.

    Attributes:
        code: how tokens, reports and pages name it; never changes.
        since: the first day on which it takes part.
    """

    code: str
    name: str
    kind: AgencyKind
    since: date


@EVENTS.event_type("intake.subject-registered.v1", aggregate="subject")
class SubjectRegistered(EventData, frozen=True, kw_only=True):
    """A subject came into being: one person, place or thing. It carries no data of its own."""

    kind: SubjectKind


class Decider(Struct, frozen=True, kw_only=True):
    """Who or what decided a link.

    Attributes:
        kind: `rule`, `model` or `person`.
        name: of the rule or model; the actor's id for a person.
        version: of the rule or model; 0 for a person.
    """

    kind: Literal["rule", "model", "person"]
    name: str
    version: int


class Evidence(Struct, frozen=True, kw_only=True):
    """One thing a link rests on. It names what agreed and where, never the value itself.

    Attributes:
        matched_on: what agreed.
        with_mention: the earlier mention that it agreed with.
    """

    matched_on: MatchedOn
    with_mention: UUID


@EVENTS.event_type("intake.mention-linked.v1", aggregate="link")
class MentionLinked(EventData, frozen=True, kw_only=True):
    """A mention was decided to be about a subject. The record's id is the mention's id.

    Attributes:
        subject_id: the subject.
        new_subject: the subject was made for this mention: nobody known agreed with it.
        evidence: why; empty for a new subject.
        conflicting: other subjects that a strong identifier of this mention also points to. They
            are for a person to look at; nothing was joined.
    """

    subject_id: UUID
    subject_kind: SubjectKind
    new_subject: bool
    decided_by: Decider
    evidence: tuple[Evidence, ...] = ()
    conflicting: tuple[UUID, ...] = ()


@EVENTS.event_type("intake.mention-unlinked.v1", aggregate="link")
class MentionUnlinked(EventData, frozen=True, kw_only=True):
    """A link was taken back. The mention stands for itself again until it is linked anew.

    Attributes:
        subject_id: the subject that it was linked to.
        reason: why, as a code.
    """

    subject_id: UUID
    decided_by: Decider
    reason: UnlinkReason


@EVENTS.event_type("intake.mention-moved.v1", aggregate="link")
class MentionMoved(EventData, frozen=True, kw_only=True):
    """A mention was decided to be about another subject than before, or linked again.

    Attributes:
        from_subject: where it was; none where its link had been taken back.
        reason: why, as a code.
    """

    from_subject: UUID | None
    subject_id: UUID
    decided_by: Decider
    reason: MoveReason
