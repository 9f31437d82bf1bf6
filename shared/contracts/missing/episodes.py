"""What the missing service publishes: episodes of children missing or absent, and their return."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

Concern = Literal["missing", "absent"]
"""The police's two kinds, which must be kept apart. `absent` is not at a place where expected with
no apparent risk; it is neither truancy nor the DfE's code A (away without authorisation)."""

MissingFrom = Literal["home", "care", "education", "other"]

Answer = Literal["yes", "no", "unknown", "not_asked"]
"""An answer on the force's risk assessment. `not_asked` is not `no`: before February 2015 the
question was not on the form."""

RiskFactor = Literal[
    "out_of_character",
    "self_harm_or_suicide",
    "medical_need",
    "mental_health",
    "substance_misuse",
    "domestic_abuse",
    "exploitation_concern",
    "gang_association",
    "unsuitable_company",
    "family_conflict",
    "bullying",
    "school_problem",
    "previously_missing",
    "looked_after",
    "disability",
    "adverse_weather_or_place",
    "other",
]

Question = Literal[
    "out_of_character",
    "contact_and_expected_return",
    "intended_actions",
    "company",
    "danger_to_self_or_others",
    "medical_needs",
    "self_harm_or_suicide",
    "likely_harm_or_crime",
    "abuse_or_exploitation",
    "services_involved",
    "unusual_behaviour",
    "anything_else",
]
"""The twelve questions that a contact centre asks whoever reports a person missing."""

HowReturned = Literal[
    "returned_by_self",
    "found_by_police",
    "found_by_carer",
    "found_by_other_agency",
    "found_by_public",
    "unknown",
]


class RiskGrade(Struct, frozen=True, kw_only=True):
    """A risk level, under the scheme that was in force for that force on that date.

    Attributes:
        scheme: `acpo-2010`, `college-2013`, `app-2017`: what the level means depends on it.
        level: a level of that scheme.
    """

    scheme: str
    level: str


class QuestionAnswer(Struct, frozen=True, kw_only=True):
    """One of the contact centre's questions and what was said."""

    question: Question
    answer: str


@content(10, FieldClass.NARRATIVE)
class ReportNarrative(SealedContent, frozen=True, kw_only=True):
    """What a missing report says about the child in words.

    Attributes:
        force_reference: the force's own number for it.
        attempts_to_find: what was done to find the child before the police were told.
    """

    force_reference: str
    circumstances: str
    risk_factors: tuple[RiskFactor, ...] = ()
    risk_factor_notes: str | None = None
    questions: tuple[QuestionAnswer, ...] = ()
    attempts_to_find: str | None = None


@content(11, FieldClass.NARRATIVE)
class ReturnNarrative(SealedContent, frozen=True, kw_only=True):
    """What is said about the child's return in words."""

    circumstances: str | None = None
    harm: str | None = None


class ReportFields(EventData, frozen=True, kw_only=True):
    """The fields of a force's report, the same in its first version and in later ones.

    Attributes:
        force: the agency code of the police force.
        report_version: the force's own count of its versions of this report, from 1.
        child: the mention of the child among `mentions`.
        missing_since: when the child went missing; the start of the episode.
        last_seen_at: when a responsible person last saw the child, where that is known.
        reported_at: when the force was told.
        risk: none where the scheme gives an absent child no level.
        at_risk_of_exploitation, known_to_social_care: the two halves of the question that forces
            ask since February 2015, "is this child at risk of CSE or known to Children's Social
            Care", held as two answers.
        responsible_authority: the council responsible for the child, as far as the force knows.
        risk_scheme: the scheme that was in force for this force when it was told, also where that
            gives the child no level.
        definition: code of the definition by which the force calls the child missing or absent.
    """

    force: str
    report_version: int
    child: UUID
    concern: Concern
    missing_from: MissingFrom
    missing_since: datetime
    last_seen_at: datetime | None
    reported_at: datetime
    risk: RiskGrade | None
    at_risk_of_exploitation: Answer
    known_to_social_care: Answer
    narrative: Sealed[ReportNarrative]
    responsible_authority: str | None = None
    risk_scheme: str | None = None
    definition: str | None = None


@EVENTS.event_type("missing.episode-reported.v1", aggregate="episode")
class EpisodeReported(ReportFields, frozen=True, kw_only=True):
    """A force reported a child missing or absent: the first version of its report to arrive."""


@EVENTS.event_type("missing.report-revised.v1", aggregate="episode")
class ReportRevised(ReportFields, frozen=True, kw_only=True):
    """Another version of a force's report arrived, in whatever order. It says everything anew."""


@EVENTS.event_type("missing.child-returned.v1", aggregate="episode")
class ChildReturned(EventData, frozen=True, kw_only=True):
    """The child came back or was found.

    Attributes:
        child: the mention of the child, from the report.
        returned_at: when the child was seen safe.
        how: who found the child.
        family_may_know_place: false where the child was found but does not want the place known;
            the place must then be kept from parents and carers.
    """

    child: UUID
    returned_at: datetime
    how: HowReturned
    family_may_know_place: bool
    narrative: Sealed[ReturnNarrative] | None


@content(12, FieldClass.NARRATIVE)
class EpisodeNote(SealedContent, frozen=True, kw_only=True):
    """Why or how, in words."""

    text: str


@EVENTS.event_type("missing.risk-regraded.v1", aggregate="episode")
class RiskRegraded(EventData, frozen=True, kw_only=True):
    """The force graded the risk anew. Having gone missing often is no reason to grade lower."""

    child: UUID
    risk: RiskGrade
    regraded_at: datetime
    reason: Sealed[EpisodeNote]


@EVENTS.event_type("missing.concern-changed.v1", aggregate="episode")
class ConcernChanged(EventData, frozen=True, kw_only=True):
    """An absent child is now treated as missing, or the other way round.

    Attributes:
        risk_scheme, definition: see `ReportFields`.
    """

    child: UUID
    concern: Concern
    risk: RiskGrade | None
    changed_at: datetime
    reason: Sealed[EpisodeNote]
    risk_scheme: str | None = None
    definition: str | None = None


@EVENTS.event_type("missing.child-sighted.v1", aggregate="episode")
class ChildSighted(EventData, frozen=True, kw_only=True):
    """Somebody says they saw the child; the place is a mention."""

    child: UUID
    seen_at: datetime
    confirmed: Literal["yes", "no", "unknown"]
    narrative: Sealed[EpisodeNote] | None


@EVENTS.event_type("missing.child-located.v1", aggregate="episode")
class ChildLocated(EventData, frozen=True, kw_only=True):
    """It is known where the child is; the child is not back yet."""

    child: UUID
    located_at: datetime
    narrative: Sealed[EpisodeNote] | None


@EVENTS.event_type("missing.return-corrected.v1", aggregate="episode")
class ReturnCorrected(EventData, frozen=True, kw_only=True):
    """What was said about the return was wrong; this is right. The first account stays."""

    child: UUID
    returned_at: datetime
    how: HowReturned
    reason: Sealed[EpisodeNote]


@EVENTS.event_type("missing.reported-in-error.v1", aggregate="episode")
class ReportedInError(EventData, frozen=True, kw_only=True):
    """The child was not missing: the report was a mistake."""

    child: UUID
    found_at: datetime
    reason: Sealed[EpisodeNote]


@EVENTS.event_type("missing.police-check-recorded.v1", aggregate="episode")
class PoliceCheckRecorded(EventData, frozen=True, kw_only=True):
    """The police saw the child after the return. It is no return interview, and stops no clock.

    Attributes:
        kind: `safe-and-well`, or `prevention-interview` as it is called since.
    """

    child: UUID
    kind: Literal["safe-and-well", "prevention-interview"]
    done_at: datetime
    narrative: Sealed[EpisodeNote] | None


@EVENTS.event_type("missing.return-held.v1", aggregate="held-return")
class ReturnHeld(EventData, frozen=True, kw_only=True):
    """A return came whose report has not: it is kept, and joined to the report when that comes."""

    force: str
    child: UUID
    returned_at: datetime
    how: HowReturned
    family_may_know_place: bool
    narrative: Sealed[ReturnNarrative] | None


@EVENTS.event_type("missing.held-return-joined.v1", aggregate="held-return")
class HeldReturnJoined(EventData, frozen=True, kw_only=True):
    """The report came, and the return stands in its episode."""

    episode_id: UUID
