"""What a screening obliges to: opened by its rules, closed only by an act that is recorded."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.screening.screenings import ScreeningNote
from shared.contracts.screening.tools import Obligation
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

ReferralKind = Literal["referral", "discussion"]
SpokenTo = Literal["duty-team", "allocated-social-worker", "out-of-hours-team", "police"]
CLOSED_BY: Final[dict[str, Obligation]] = {
    "referral-made": "referral-or-discussion",
    "strategy-meeting-convened": "strategy-meeting",
    "plan-agreed": "protection-plan",
    "panel-listed": "panel-list",
    "outcome-recorded": "action",
    "review-done": "review",
}
"""Which act, by its event's name, closes which obligation. Beside these only a recorded decision
that it need not be met (`obligation-lifted`) does."""
Support = Literal["secured", "offered", "declined", "waiting", "not-available"]


@content(46, FieldClass.NARRATIVE)
class ScreeningOutcome(SealedContent, frozen=True, kw_only=True):
    """What came of the screening: the action taken and the support for the child."""

    action: str
    support: str | None = None


@content(47, FieldClass.NARRATIVE)
class ProtectionPlan(SealedContent, frozen=True, kw_only=True):
    """What a strategy meeting agreed. There are always actions about the perpetrators."""

    direct_work: str
    perpetrator_actions: str
    other: str | None = None


@EVENTS.event_type("screening.obligation-opened.v1", aggregate="screening")
class ObligationOpened(EventData, frozen=True, kw_only=True):
    """Something is to be done because of the level, or because anything was ticked.

    Attributes:
        rule: the tool's rule that says so.
        level: the level that it was opened at.
        must: it must be done; else it should.
        due_by: none where nobody set a time.
    """

    child: UUID
    obligation: Obligation
    rule: str
    area: str
    level: str
    must: bool
    due_by: datetime | None


@EVENTS.event_type("screening.referral-made.v1", aggregate="screening")
class ReferralMade(EventData, frozen=True, kw_only=True):
    """The screening was referred to, or discussed with, children's social care or the police.

    Attributes:
        tool_sent: the filled form went to them too.
        referral_id: the referral that it became, where it is known.
    """

    child: UUID
    kind: ReferralKind
    spoken_to: SpokenTo
    made_at: datetime
    tool_sent: bool
    referral_id: UUID | None
    notes: Sealed[ScreeningNote] | None


@EVENTS.event_type("screening.strategy-meeting-convened.v1", aggregate="screening")
class StrategyMeetingConvened(EventData, frozen=True, kw_only=True):
    """A strategy meeting was convened."""

    child: UUID
    convened_at: datetime
    meets_at: datetime | None
    notes: Sealed[ScreeningNote] | None


@EVENTS.event_type("screening.plan-agreed.v1", aggregate="screening")
class PlanAgreed(EventData, frozen=True, kw_only=True):
    """A protection plan was agreed, with actions about the perpetrators."""

    child: UUID
    agreed_at: datetime
    plan: Sealed[ProtectionPlan]


@EVENTS.event_type("screening.panel-listed.v1", aggregate="screening")
class PanelListed(EventData, frozen=True, kw_only=True):
    """The child was listed for the multi-agency panel on exploitation and missing children.

    Attributes:
        panel: a code of the area's own.
        meets_on: the panel's day.
    """

    child: UUID
    panel: str
    listed_at: datetime
    meets_on: date


@EVENTS.event_type("screening.outcome-recorded.v1", aggregate="screening")
class OutcomeRecorded(EventData, frozen=True, kw_only=True):
    """What was done, and whether support is secured. It may be recorded more than once.

    Attributes:
        owner: the agency that sees to it.
    """

    child: UUID
    owner: str
    support: Support
    decided_at: datetime
    outcome: Sealed[ScreeningOutcome]


@EVENTS.event_type("screening.obligation-lifted.v1", aggregate="screening")
class ObligationLifted(EventData, frozen=True, kw_only=True):
    """It was decided that an obligation need not be met: who decided stands in the envelope."""

    child: UUID
    obligation: Obligation
    lifted_at: datetime
    reason: Sealed[ScreeningNote]


@EVENTS.event_type("screening.review-done.v1", aggregate="screening")
class ReviewDone(EventData, frozen=True, kw_only=True):
    """The child was screened again: the review of this one is done."""

    child: UUID
    by_screening: UUID
    done_at: datetime


@EVENTS.event_type("screening.obligation-overdue.v1", aggregate="screening")
class ObligationOverdue(EventData, frozen=True, kw_only=True):
    """The time of an obligation ran out before it was met."""

    child: UUID
    obligation: Obligation
    due_by: datetime
    noticed_at: datetime
