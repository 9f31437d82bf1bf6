"""Information reports: what anybody passed on, and what a police intelligence bureau made of it.

An information report is no referral to anybody (the form of 2015 prints so), and most of what it
says is not established: it is kept with the scales that its author answered, beside any grade that
a bureau gave later, and is never turned into a fact.

Who the author is, and who told the author, stands in no event. An event has `source_ref`, which
points into a table that only the intelligence service can read; the envelope's actor is that
reference, and its agency is the bureau that received the report, whose information it now is.

A report has *versions*: the original, under the report's own id, and any number of sanitised ones,
each with mentions of its own, sealed under keys of their own, so that a version can be given to
somebody whole and nothing else of the report with it.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.context import Handling
from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

YesNoUnknown = Literal["yes", "no", "unknown"]

ScaleValue = Literal["1", "2", "3", "4", "5", "dont-know"]
"""A value of one of the form's scales, as text: it is a mark on one scale, not a quantity. `5` is
the best of one scale and the worst of the other, and `dont-know` is an answer like any other."""

IncidentPrecision = Literal["minute", "hour", "day", "month", "unknown"]

ExploitationModel = Literal[
    "inappropriate-relationship", "boyfriend-model", "peer", "organised-or-trafficking",
    "group-associated", "gang-associated", "online-grooming",
]  # fmt: skip
"""Kinds of exploitation that a report may speak of, several at once (strategy of 2014, section 3,
after the models of a national charity)."""

RelationshipKind = Literal[
    "recruited-by", "introduced-by", "associates-with", "controlled-by", "transported-by",
    "facilitated-by", "parent-or-carer-of",
]  # fmt: skip
"""What one person is said to be to another. A child who was made to recruit others is a child."""

Condition = Literal[
    "not-to-family", "not-to-the-person", "not-in-meetings-with-family", "no-further-dissemination",
    "ask-the-bureau-first", "not-for-action", "other",
]  # fmt: skip
"""Conditions under which something may be shared, as codes; their words are sealed beside them."""

WithdrawalReason = Literal[
    "found-false", "malicious", "wrong-person", "shared-in-error", "source-at-risk",
    "ordered-by-a-court", "other",
]  # fmt: skip


@content(50, FieldClass.IDENTITY)
class SourceIdentity(SealedContent, frozen=True, kw_only=True):
    """Who gave an information report. It stands in no event, only in the bureau's own table.

    Attributes:
        actor: whoever was signed in.
        signed_in_for: their agency's code.
        name, post, agency, contact: as the author wrote them on the form.
        third_party: who told the author, where that is known.
        interview_id: the return interview that the report was drafted from.
        screening_id: the screening that the report belongs to.
    """

    actor: str
    signed_in_for: str
    name: str | None = None
    post: str | None = None
    agency: str | None = None
    contact: str | None = None
    third_party: str | None = None
    third_party_contact: str | None = None
    interview_id: UUID | None = None
    screening_id: UUID | None = None


@content(51, FieldClass.NARRATIVE)
class ReportAccount(SealedContent, frozen=True, kw_only=True):
    """What a version of a report says in words.

    Attributes:
        incidents: an account for each incident of the event, in their order; none where a time and
            who was there is all that is known.
    """

    text: str | None = None
    incidents: tuple[str | None, ...] = ()


@content(52, FieldClass.NARRATIVE)
class PersonNotes(SealedContent, frozen=True, kw_only=True):
    """What else a report says about one person."""

    text: str


@content(53, FieldClass.NARRATIVE)
class ConditionsInWords(SealedContent, frozen=True, kw_only=True):
    """The conditions under which something may be shared, in words."""

    text: str


@content(54, FieldClass.NARRATIVE)
class BureauReason(SealedContent, frozen=True, kw_only=True):
    """Why the bureau graded, gave or withdrew something, in words."""

    text: str


class ScaleAnswer(Struct, frozen=True, kw_only=True):
    """What an author answered on one of the form's scales.

    Attributes:
        scale: which scale, in which version: `information-report-2015-reliability`.
        meaning: what the value means on that scale, in words. The two scales of the form run in
            opposite directions, so a value without its meaning must not be shown.
    """

    scale: str
    value: ScaleValue
    meaning: str


class GradePart(Struct, frozen=True, kw_only=True):
    """One part of a police grade, with what it means in its scheme."""

    value: str
    meaning: str


class PoliceGrade(Struct, frozen=True, kw_only=True):
    """A grade given by a police bureau, in the scheme that it used.

    Attributes:
        scheme: `3x5x2`, or `5x5x5` for what was graded before it.
        source, information, handling: the parts. None is computed from what the author answered.
    """

    scheme: str
    source: GradePart
    information: GradePart
    handling: GradePart


class SourceBoxes(Struct, frozen=True, kw_only=True):
    """The form's three boxes. Several may be ticked: a professional may also have seen it."""

    witnessed_incident: bool
    professional: bool
    member_of_public: bool


class Incident(Struct, frozen=True, kw_only=True):
    """Something that is said to have happened, at its own time, which is not the report's.

    Attributes:
        began: when; none where no time is known.
        ended: until when, where it went on.
        precision: how exact `began` is.
        witnessed: whether the author, or whoever told the author, saw it.
        involves: who and what is said to have been there, as mentions of the same version.
    """

    began: datetime | None
    ended: datetime | None
    precision: IncidentPrecision
    witnessed: YesNoUnknown
    involves: tuple[UUID, ...] = ()


class Relationship(Struct, frozen=True, kw_only=True):
    """What one person of a report is said to be to another: `of` was `kind` `to`."""

    of: UUID
    kind: RelationshipKind
    to: UUID


class Noted(Struct, frozen=True, kw_only=True):
    """What else is said about one of the people."""

    person: UUID
    notes: Sealed[PersonNotes]


class VersionFields(EventData, frozen=True, kw_only=True):
    """What every version of a report says.

    Attributes:
        owner: the mention whose key seals the account: the first child who is said to be a victim,
            else the first other person or thing. A report that names nobody has a person of role
            `concerned` for it.
        victims: the children that it says are victims or may be.
        perpetrators: people said to exploit, named or not. A child may be one, and be a victim too.
    """

    owner: UUID
    victims: tuple[UUID, ...]
    perpetrators: tuple[UUID, ...]
    account: Sealed[ReportAccount]
    incidents: tuple[Incident, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    notes: tuple[Noted, ...] = ()


@EVENTS.event_type("intelligence.report-submitted.v1", aggregate="report")
class ReportSubmitted(VersionFields, frozen=True, kw_only=True):
    """Somebody passed information on. It is no referral, and opens or closes none.

    Attributes:
        bureau: the force whose intelligence bureau it is for.
        reported_at: date and time of the report.
        source_ref: who gave it; only the intelligence service can look it up.
        source: the form's three boxes.
        third_party: it was supplied by somebody other than the author.
        reliability: how reliable the author thinks that somebody is; asked only then.
        accuracy: how accurate the information is.
        willing_to_engage: whether that somebody would talk to the police; asked only then.
        licensed_service: whether a licensed service is involved. Which one is a mention: `premises`
            where it has any, `licensed_service` where it has none, as a taxi.
        models: kinds of exploitation that it speaks of.
    """

    bureau: str
    reported_at: datetime
    source_ref: UUID
    source: SourceBoxes
    third_party: bool
    reliability: ScaleAnswer | None
    accuracy: ScaleAnswer | None
    willing_to_engage: YesNoUnknown | None
    licensed_service: YesNoUnknown | None
    models: tuple[ExploitationModel, ...] = ()


@EVENTS.event_type("intelligence.report-graded.v1", aggregate="report")
class ReportGraded(EventData, frozen=True, kw_only=True):
    """The bureau graded the original version, for the first time or anew.

    Attributes:
        covert: nobody may know of it but who is cleared, not even most of the police.
        conditions: under which it may be shared; there is at least one unless its handling is `P`.
        opens: the handling that the original version has from now on.
    """

    grade: PoliceGrade
    graded_at: datetime
    covert: bool
    opens: Handling
    conditions: tuple[Condition, ...]
    conditions_in_words: Sealed[ConditionsInWords] | None
    reason: Sealed[BureauReason] | None


class Restated(Struct, frozen=True, kw_only=True):
    """A mention of a sanitised version, and the mention of the original that it stands for."""

    mention: UUID
    original: UUID


@EVENTS.event_type("intelligence.report-sanitised.v1", aggregate="report")
class ReportSanitised(VersionFields, frozen=True, kw_only=True):
    """The bureau wrote a version from which nobody can tell who the source is.

    Its envelope's handling says who may see it: `P` whoever may see the child, `C` whoever it is
    given to.

    Attributes:
        version: its id.
        restates: which mentions of the original its own stand for.
    """

    version: UUID
    sanitised_at: datetime
    restates: tuple[Restated, ...]
    conditions: tuple[Condition, ...]
    conditions_in_words: Sealed[ConditionsInWords] | None


@EVENTS.event_type("intelligence.report-disseminated.v1", aggregate="report")
class ReportDisseminated(EventData, frozen=True, kw_only=True):
    """The bureau gave a version to an agency, which may see that version from now on.

    Attributes:
        version: which: the report's id for the original.
    """

    version: UUID
    to: str
    disseminated_at: datetime
    conditions: tuple[Condition, ...]
    conditions_in_words: Sealed[ConditionsInWords] | None


@EVENTS.event_type("intelligence.report-withdrawn.v1", aggregate="report")
class ReportWithdrawn(EventData, frozen=True, kw_only=True):
    """The bureau withdrew versions: nobody is to rely on them any more.

    Attributes:
        versions: all of the report's, or the one that was named.
        given_to: the agencies that had been given one of them.
    """

    versions: tuple[UUID, ...]
    given_to: tuple[str, ...]
    withdrawn_at: datetime
    why: WithdrawalReason
    reason: Sealed[BureauReason] | None
