"""Referrals to children's social care: opened, rated, decided, fed back; and decided against.

A referral is opened once for what needs it, by whoever refers or by the rule that something obliges
to it. Social care decides on a course of action within one working day (DfE, What to do if you
suspect a child is being sexually exploited, 2012, step 3); areas rate referrals red, amber or green
with times of their own. A decision not to refer, or not to share, is recorded like any other.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

OriginKind = Literal["screening", "interview", "missing-report", "professional"]

Rating = Literal["red", "amber", "green", "blue"]
"""How urgent, by the area's own table. Blue: no or minimal concern, where an area has it."""

CourseOfAction = Literal[
    "strategy-discussion",
    "section-47",
    "section-17",
    "early-help",
    "onward-referral",
    "nrm-referral",
    "no-further-action",
    "dealt-with-in-another",
]
"""What social care decides. `nrm-referral`: to the National Referral Mechanism, for any child moved
for exploitation, also between towns. `dealt-with-in-another`: another referral about the same
child."""

ReferralConsent = Literal["given", "refused", "sought", "not-sought", "not-needed"]
"""Whether the child or a parent agreed to the sharing. Children need no consent to be referred to
the National Referral Mechanism (Modern Slavery Act 2015, section 52)."""

NotReferredWhy = Literal[
    "does-not-meet-threshold", "consent-refused", "would-add-risk", "already-known-to-worker",
    "single-agency-support", "other",
]  # fmt: skip


class Origin(Struct, frozen=True, kw_only=True):
    """What a referral comes from.

    Attributes:
        agency: whose screening, interview or report it is; who refers, for a professional.
        record_id: the screening, interview or episode; none for a professional's own referral.
        event_id: the event that made it needed; none for a professional's own.
        level: of a screening.
    """

    kind: OriginKind
    agency: str
    record_id: UUID | None
    event_id: UUID | None
    level: str | None


class TimescaleRule(Struct, frozen=True, kw_only=True):
    """The rule that a deadline was reckoned by.

    Attributes:
        table: code of the area's table, or `one-working-day` before a rating.
        version: of the table.
        within: in words: `4 hours`, `3 working days`.
    """

    table: str
    version: int
    within: str


@content(66, FieldClass.NARRATIVE)
class ReferralWords(SealedContent, frozen=True, kw_only=True):
    """Why, or what is told, in words."""

    text: str


@content(67, FieldClass.NARRATIVE)
class ReferralDetails(SealedContent, frozen=True, kw_only=True):
    """What a professional's referral says.

    Attributes:
        childs_wishes: the child's wishes and feelings, in the child's own words where known.
        consent_reason: why consent was not sought, or what was said when it was refused.
    """

    concerns: str
    childs_wishes: str | None = None
    action_taken: str | None = None
    consent_reason: str | None = None


@content(68, FieldClass.CONTACT)
class ReferrerContact(SealedContent, frozen=True, kw_only=True):
    """How to reach whoever refers; who it is stands in the mention."""

    agency: str | None = None
    role: str | None = None
    telephone: str | None = None
    email: str | None = None


@content(69, FieldClass.NARRATIVE)
class DecisionDetails(SealedContent, frozen=True, kw_only=True):
    """Why it was decided so, and what happens next."""

    rationale: str
    next_steps: str


@EVENTS.event_type("intake.referral-opened.v1", aggregate="referral")
class ReferralOpened(EventData, frozen=True, kw_only=True):
    """Something needs a decision of children's social care.

    Attributes:
        to: the council that is to decide; none while nobody knows which.
        immediate: risk to life or serious immediate harm: whoever has the powers acts at once, and
            waits for no referral.
        due_by: when a course of action is to be decided.
        referrer: the mention of whoever refers, where a person does.
    """

    child: UUID
    origin: Origin
    to: str | None
    received_at: datetime
    immediate: bool
    due_by: datetime
    rule: TimescaleRule
    consent: ReferralConsent | None
    referrer: UUID | None
    details: Sealed[ReferralDetails] | None
    contact: Sealed[ReferrerContact] | None


@EVENTS.event_type("intake.referral-directed.v1", aggregate="referral")
class ReferralDirected(EventData, frozen=True, kw_only=True):
    """It became known which council is to decide, or another one took it on."""

    child: UUID
    to: str
    before: str | None
    directed_at: datetime


@EVENTS.event_type("intake.referral-informed.v1", aggregate="referral")
class ReferralInformed(EventData, frozen=True, kw_only=True):
    """More came from where the referral comes from: a higher level, a newer version.

    Attributes:
        due_by: when it is to be decided: anew, where it had been decided before.
    """

    child: UUID
    origin: Origin
    informed_at: datetime
    due_by: datetime
    rule: TimescaleRule


@EVENTS.event_type("intake.referral-rated.v1", aggregate="referral")
class ReferralRated(EventData, frozen=True, kw_only=True):
    """It was rated by the area's table, for the first time or anew.

    Attributes:
        before: the rating that it had.
        due_by: when the final decision is due by that rating.
    """

    child: UUID
    origin: Origin
    rating: Rating
    before: Rating | None
    rated_at: datetime
    due_by: datetime
    rule: TimescaleRule
    rationale: Sealed[ReferralWords]


@EVENTS.event_type("intake.referral-decided.v1", aggregate="referral")
class ReferralDecided(EventData, frozen=True, kw_only=True):
    """Social care decided. Who decided stands in the envelope.

    Attributes:
        decided_by_social_worker: a qualified social worker decided, as is to be.
        actions: the course of action; several may be taken together.
        first_responder: agency that refers to the National Referral Mechanism. Only a first
            responder organisation may.
        in_referral: the other referral in which this is dealt with.
        in_time: decided by the time it was due.
    """

    child: UUID
    origin: Origin
    actions: tuple[CourseOfAction, ...]
    decided_by_social_worker: bool
    decided_at: datetime
    first_responder: str | None
    in_referral: UUID | None
    in_time: bool
    details: Sealed[DecisionDetails]


@EVENTS.event_type("intake.referral-fed-back.v1", aggregate="referral")
class ReferralFedBack(EventData, frozen=True, kw_only=True):
    """Whoever referred was told what was decided."""

    child: UUID
    to: str
    told_at: datetime
    words: Sealed[ReferralWords] | None


@EVENTS.event_type("intake.sharing-decided.v1", aggregate="referral")
class SharingDecided(EventData, frozen=True, kw_only=True):
    """It was decided to share with an agency, or not to, and why.

    Attributes:
        consent: whether the family was asked. Why they were not is part of the reason.
    """

    child: UUID
    agency: str
    share: bool
    consent: ReferralConsent
    decided_at: datetime
    reason: Sealed[ReferralWords]


@EVENTS.event_type("intake.referral-overdue.v1", aggregate="referral")
class ReferralOverdue(EventData, frozen=True, kw_only=True):
    """The time for a decision ran out."""

    child: UUID
    due_by: datetime
    noticed_at: datetime


@EVENTS.event_type("intake.not-referred.v1", aggregate="not-referred")
class NotReferred(EventData, frozen=True, kw_only=True):
    """A professional considered a referral and decided against it: recorded like any other."""

    child: UUID
    why: NotReferredWhy
    decided_at: datetime
    consent: ReferralConsent
    details: Sealed[ReferralDetails]
