"""The register: agencies, subjects, and links of mentions to subjects."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.mentions import IdentifierScheme, MentionKind
from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

AgencyKind = Literal[
    "police", "local-authority", "health", "education", "charity", "probation", "other",
]  # fmt: skip
SubjectKind = MentionKind
UnlinkReason = Literal["wrong-person", "not-enough-evidence", "superseded"]
MoveReason = Literal["same-person", "identified", "wrong-person", "undo"]
"""`identified`: somebody who had no name yet is now known to be this person."""

Confidence = Literal["certain", "probable", "possible"]
"""How sure whoever decided is, as they put it. It is never computed."""

Basis = Literal[
    "admission", "witness", "photograph-or-video", "document", "fingerprint-or-dna", "phone",
    "vehicle", "address", "online-account", "intelligence", "same-identifier", "combination",
]  # fmt: skip
"""What a person's decision rests on, as codes; nothing that describes anybody."""

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
        areas: of a council, the codes of the areas that it is the authority for, as the national
            statistics have them (`E08000030`); a postcode's area is found in them.
    """

    code: str
    name: str
    kind: AgencyKind
    since: date
    areas: tuple[str, ...] = ()


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
        act: the act that was taken back, where it had not been linked before that.
    """

    subject_id: UUID
    decided_by: Decider
    reason: UnlinkReason
    act: UUID | None = None


@EVENTS.event_type("intake.mention-moved.v1", aggregate="link")
class MentionMoved(EventData, frozen=True, kw_only=True):
    """A mention was decided to be about another subject than before, or linked again.

    Attributes:
        from_subject: where it was; none where its link had been taken back.
        reason: why, as a code.
        confidence, basis: how sure, and on what it rests; always for `identified`.
        act: the act by which several were moved together.
    """

    from_subject: UUID | None
    subject_id: UUID
    decided_by: Decider
    reason: MoveReason
    confidence: Confidence | None = None
    basis: tuple[Basis, ...] = ()
    act: UUID | None = None


@content(65, FieldClass.NARRATIVE)
class LinkNote(SealedContent, frozen=True, kw_only=True):
    """Why whoever decided thinks so, in words."""

    text: str


class Moved(Struct, frozen=True, kw_only=True):
    """One mention of an act: where it was, and where it is since; none for linked to nobody."""

    mention_id: UUID
    from_subject: UUID | None
    to_subject: UUID | None


@EVENTS.event_type("intake.mentions-regrouped.v1", aggregate="regrouping")
class MentionsRegrouped(EventData, frozen=True, kw_only=True):
    """Several mentions were moved in one act, as when two subjects are found to be one.

    Each has a `mention-moved` or `mention-unlinked` of its own as well, with this act's id.

    Attributes:
        moved: which, from where to where.
        confidence, basis: as in `mention-moved`.
        note: in words; sealed under the first mention's key.
        undoes: the act that this one takes back.
        left: mentions of that act that were decided otherwise since, and stay where they are.
        to_assign: mentions that came to the joined subject in between. Nobody can tell by
            themselves whose they are: a person is to look at each.
    """

    moved: tuple[Moved, ...]
    decided_by: Decider
    reason: MoveReason
    confidence: Confidence | None = None
    basis: tuple[Basis, ...] = ()
    note: Sealed[LinkNote] | None = None
    undoes: UUID | None = None
    left: tuple[UUID, ...] = ()
    to_assign: tuple[UUID, ...] = ()


@EVENTS.event_type("intake.regrouping-undone.v1", aggregate="regrouping")
class RegroupingUndone(EventData, frozen=True, kw_only=True):
    """An act was taken back.

    Attributes:
        by_act: the act that took it back.
    """

    by_act: UUID
