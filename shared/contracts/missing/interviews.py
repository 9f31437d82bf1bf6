"""Return interviews: required, offered, allocated, accepted or declined, held, and what was said.

Each step is an event of its own, because offered, accepted, done and done in time are different
counts, and a council must be able to answer for each. A declined interview may still bring
information from a carer. The 72 hours are from statutory guidance (DfE, Children who run away or go
missing from home or care, January 2014, as quoted by several areas' procedures): a versioned rule,
whose result stands in the event.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

DeclinedBy = Literal["child", "parent", "carer", "other"]

NotCompletedReason = Literal[
    "child-could-not-be-reached",
    "child-missing-again",
    "moved-away",
    "would-add-risk",
    "decided-not-to-interview",
    "covered-by-another-interview",
    "reported-in-error",
    "other",
]

InterviewerFrom = Literal["independent", "responsible-authority", "placement", "not-said"]
"""Whose staff held the interview. Guidance wants whoever holds it independent of the placement and,
as others quote it, usually of the responsible authority too (DfE, January 2014): the authority's
own staff and the placement's are two departures from it, and `not-said` is none of the three."""

ExploitationLevel = Literal["no-current-concern", "low", "medium", "significant"]
"""The interviewer's assessment of the risk of sexual exploitation. Every interview has one; it is
no screening, and no level follows from it."""

PushFactor = Literal[
    "family-conflict", "abuse-or-neglect", "domestic-abuse", "substance-misuse-at-home",
    "unhappy-in-placement", "bullying", "school-problem", "mental-health", "other",
]  # fmt: skip
PullFactor = Literal[
    "friends", "relationship", "family-contact", "parties", "drugs-or-alcohol", "money-or-gifts",
    "criminal-activity", "exploitation", "online-contact", "other",
]  # fmt: skip


class DeadlineRule(Struct, frozen=True, kw_only=True):
    """The rule that a deadline was reckoned by.

    Attributes:
        name: `dfe-2014-interview`.
        hours: elapsed hours, whatever the clocks do meanwhile.
    """

    name: str
    version: int
    hours: int


@content(20, FieldClass.NARRATIVE)
class Reason(SealedContent, frozen=True, kw_only=True):
    """Why, in words."""

    text: str


@content(21, FieldClass.NARRATIVE)
class CarerInformation(SealedContent, frozen=True, kw_only=True):
    """What a parent or carer told, as when the child declined."""

    text: str


@content(22, FieldClass.NARRATIVE)
class ChildsWords(SealedContent, frozen=True, kw_only=True):
    """What the child said, in the child's own words, apart from anybody's view of it.

    Attributes:
        account: where, with whom, what happened, as told.
        wishes_and_feelings: what the child wants to happen.
    """

    account: str | None = None
    wishes_and_feelings: str | None = None


@content(23, FieldClass.NARRATIVE)
class InterviewersView(SealedContent, frozen=True, kw_only=True):
    """What the interviewer makes of it, and the facts as the interviewer understood them.

    Attributes:
        support_needed: what would help the child, and keep it from happening again: one of the
            reasons for the interview (report 2015, on return interviews).
    """

    where: str | None = None
    with_whom: str | None = None
    travelled: str | None = None
    what_happened: str | None = None
    harm: str | None = None
    online_contact: str | None = None
    view: str | None = None
    exploitation_rationale: str = ""
    needs_action: str | None = None
    support_needed: str | None = None


@EVENTS.event_type("missing.provider-commissioned.v1", aggregate="commission")
class ProviderCommissioned(EventData, frozen=True, kw_only=True):
    """An agency was commissioned to hold the return interviews of an area, from day to day.

    Attributes:
        until: the last day; none while it is open-ended.
    """

    provider: str
    area: str
    since: date
    until: date | None


@EVENTS.event_type("missing.commission-ended.v1", aggregate="commission")
class CommissionEnded(EventData, frozen=True, kw_only=True):
    """A commission got a last day. Interviews allocated before stay where they are."""

    until: date


@EVENTS.event_type("missing.interview-required.v1", aggregate="interview")
class InterviewRequired(EventData, frozen=True, kw_only=True):
    """A child who went missing is to be offered an interview: every child, every time.

    Attributes:
        child: the mention of the child in the first episode.
        episode_id: the episode that requires it.
        area: the council responsible for the child, where the force said it.
    """

    child: UUID
    episode_id: UUID
    area: str | None


@EVENTS.event_type("missing.interview-area-named.v1", aggregate="interview")
class InterviewAreaNamed(EventData, frozen=True, kw_only=True):
    """The force said later, or otherwise than before, which council the interview is for."""

    area: str


@EVENTS.event_type("missing.interview-clock-started.v1", aggregate="interview")
class InterviewClockStarted(EventData, frozen=True, kw_only=True):
    """The child is back, and from now the time runs. An interview may have been held before."""

    episode_id: UUID
    returned_at: datetime
    due_by: datetime
    rule: DeadlineRule


@EVENTS.event_type("missing.interview-covers-episode.v1", aggregate="interview")
class InterviewCoversEpisode(EventData, frozen=True, kw_only=True):
    """One interview was decided to cover another episode of the same child too."""

    episode_id: UUID
    instead_of: UUID


@EVENTS.event_type("missing.interview-allocated.v1", aggregate="interview")
class InterviewAllocated(EventData, frozen=True, kw_only=True):
    """The provider commissioned for the area on that day is to hold it."""

    provider: str
    area: str
    commission_id: UUID
    allocated_at: datetime


@EVENTS.event_type("missing.interview-offered.v1", aggregate="interview")
class InterviewOffered(EventData, frozen=True, kw_only=True):
    """The child was offered it."""

    offered_at: datetime
    to: Literal["child", "parent", "carer"]


@EVENTS.event_type("missing.interview-accepted.v1", aggregate="interview")
class InterviewAccepted(EventData, frozen=True, kw_only=True):
    """It was accepted.

    Attributes:
        planned_for: when it is to be held, if that was agreed.
    """

    accepted_at: datetime
    planned_for: datetime | None


@EVENTS.event_type("missing.interview-rearranged.v1", aggregate="interview")
class InterviewRearranged(EventData, frozen=True, kw_only=True):
    """It is to be held at another time."""

    planned_for: datetime
    reason: Sealed[Reason]


@EVENTS.event_type("missing.interview-declined.v1", aggregate="interview")
class InterviewDeclined(EventData, frozen=True, kw_only=True):
    """It was declined: by whom, and why if they said."""

    declined_at: datetime
    by: DeclinedBy
    reason: Sealed[Reason] | None


@EVENTS.event_type("missing.carer-informed.v1", aggregate="interview")
class CarerInformed(EventData, frozen=True, kw_only=True):
    """A parent or carer gave information, as they are to be asked when a child declines."""

    given_at: datetime
    information: Sealed[CarerInformation]


@EVENTS.event_type("missing.interview-conducted.v1", aggregate="interview")
class InterviewConducted(EventData, frozen=True, kw_only=True):
    """It was held.

    Attributes:
        interviewer_role: the interviewer's post; who they are is the actor in the envelope.
        independent: the interviewer does not care for the child, nor belongs to the placement.
        interviewer_from: whose staff the interviewer is. Events from before this was asked lack it.
        exploitation: the assessment of the risk of exploitation; there is always one.
        needs_action_now: something was disclosed that cannot wait.
    """

    held_at: datetime
    setting: Literal["home", "placement", "school", "agency-office", "police", "online", "other"]
    interviewer_role: str
    independent: bool
    push: tuple[PushFactor, ...]
    pull: tuple[PullFactor, ...]
    exploitation: ExploitationLevel
    needs_action_now: bool
    words: Sealed[ChildsWords]
    view: Sealed[InterviewersView]
    interviewer_from: InterviewerFrom = "not-said"


@EVENTS.event_type("missing.interview-not-completed.v1", aggregate="interview")
class InterviewNotCompleted(EventData, frozen=True, kw_only=True):
    """It was not held and will not be: why, and what was tried."""

    decided_at: datetime
    why: NotCompletedReason
    attempts: int
    reason: Sealed[Reason] | None


@EVENTS.event_type("missing.interview-overdue.v1", aggregate="interview")
class InterviewOverdue(EventData, frozen=True, kw_only=True):
    """The time ran out before it was held, declined or given up."""

    due_by: datetime
    noticed_at: datetime


@EVENTS.event_type("missing.interview-copied.v1", aggregate="interview")
class InterviewCopied(EventData, frozen=True, kw_only=True):
    """A copy went to children's social care.

    Attributes:
        to: the agency.
        sent: the events that the copy holds.
    """

    to: str
    sent_at: datetime
    sent: tuple[UUID, ...]
