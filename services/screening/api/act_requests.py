"""What is done about a screening, as it is sent, and what it decides."""

from abc import abstractmethod
from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.screening.domain import Screening
from shared.contracts import screening
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Moment, Paragraph, Text, example


class Act(Body):
    """Something that was done about a screening."""

    @abstractmethod
    def decide(self, record: Screening, now: datetime) -> None:
        """Let the screening decide it.

        Raises:
            Refused: whatever the screening refuses.
        """


class ReferralBody(Act):
    """You referred it to, or discussed it with, children's social care or the police.

    For a child with an allocated social worker the tool is discussed with and sent to them.
    """

    kind: screening.ReferralKind
    spoken_to: screening.SpokenTo
    made_at: Moment
    tool_sent: bool
    referral_id: UUID | None = Field(None, strict=False)
    notes: Paragraph | None = None

    model_config = example(
        kind="discussion",
        spoken_to="duty-team",
        made_at="2015-02-11T16:10:00Z",
        tool_sent=True,
        notes="They take it as a contact; the duty worker rings her mother tomorrow.",
    )

    def decide(self, record: Screening, now: datetime) -> None:
        """Record it."""
        data = screening.ReferralMade(
            about=(record.child,),
            child=record.child,
            kind=self.kind,
            spoken_to=self.spoken_to,
            made_at=self.made_at,
            tool_sent=self.tool_sent,
            referral_id=self.referral_id,
            notes=note(record.child, self.notes),
        )
        record.refer(data, now=now)


class OutcomeBody(Act):
    """What was done, and whether support is secured. Each professional keeps a record of it."""

    owner: Code = Field(description="Agency code of whoever sees to it.")
    support: screening.Support
    decided_at: Moment
    action: Text
    support_detail: Paragraph | None = None

    model_config = example(
        owner="quarry-bank-school",
        support="secured",
        decided_at="2015-02-12T09:00:00Z",
        action="A trusted adult in school, and work on staying safe online from Monday.",
        support_detail="With her tutor, weekly.",
    )

    def decide(self, record: Screening, now: datetime) -> None:
        """Record it."""
        outcome = screening.ScreeningOutcome(action=self.action, support=self.support_detail)
        data = screening.OutcomeRecorded(
            about=(record.child,),
            child=record.child,
            owner=self.owner,
            support=self.support,
            decided_at=self.decided_at,
            outcome=Sealed.of(record.child, outcome),
        )
        record.record_outcome(data, now=now)


class MeetingBody(Act):
    """A strategy meeting was convened."""

    convened_at: Moment
    meets_at: Moment | None = None
    notes: Paragraph | None = None

    model_config = example(convened_at="2015-04-02T10:00:00Z", meets_at="2015-04-03T09:30:00Z")

    def decide(self, record: Screening, now: datetime) -> None:
        """Record it."""
        data = screening.StrategyMeetingConvened(
            about=(record.child,),
            child=record.child,
            convened_at=self.convened_at,
            meets_at=self.meets_at,
            notes=note(record.child, self.notes),
        )
        record.convene_meeting(data, now=now)


class PlanBody(Act):
    """The protection plan that was agreed. It includes actions in relation to perpetrators."""

    agreed_at: Moment
    direct_work: Text
    perpetrator_actions: Text = Field(
        description='"The Plan is to include actions in relation to perpetrators."'
    )
    other: Text | None = None

    model_config = example(
        agreed_at="2015-04-03T11:00:00Z",
        direct_work="One worker of her choice, twice a week, for as long as it takes.",
        perpetrator_actions="Police: trace the silver car; a visit to the hotel with licensing.",
    )

    def decide(self, record: Screening, now: datetime) -> None:
        """Record it."""
        plan = screening.ProtectionPlan(
            direct_work=self.direct_work,
            perpetrator_actions=self.perpetrator_actions,
            other=self.other,
        )
        data = screening.PlanAgreed(
            about=(record.child,),
            child=record.child,
            agreed_at=self.agreed_at,
            plan=Sealed.of(record.child, plan),
        )
        record.agree_plan(data, now=now)


class PanelBody(Act):
    """The child is listed for the multi-agency panel."""

    panel: Code
    listed_at: Moment
    meets_on: date = Field(strict=False)

    model_config = example(
        panel="northvale-exploitation-and-missing",
        listed_at="2015-02-12T09:00:00Z",
        meets_on="2015-02-26",
    )

    def decide(self, record: Screening, now: datetime) -> None:
        """Record it."""
        data = screening.PanelListed(
            about=(record.child,),
            child=record.child,
            panel=self.panel,
            listed_at=self.listed_at,
            meets_on=self.meets_on,
        )
        record.list_for_panel(data, now=now)


class OverrideBody(Body):
    """Another level for the same answers, by your professional judgement, and why."""

    level: Code
    rationale: Text

    model_config = example(
        level="significant", rationale="What she told the nurse makes coercion clear."
    )


class LiftBody(Body):
    """An obligation need not be met: only what should, and not what must be done."""

    obligation: screening.Obligation
    reason: Text

    model_config = example(
        obligation="strategy-meeting",
        reason="A child protection conference sits on the same day with the same people.",
    )


def note(child: UUID, text: str | None) -> Sealed[screening.ScreeningNote] | None:
    """Words about a child, to be sealed; none where there are none."""
    return Sealed.of(child, screening.ScreeningNote(text=text)) if text is not None else None


ACTS: dict[str, type[Act]] = {"referral": ReferralBody, "outcome": OutcomeBody}
"""What whoever filled in the form, or the area's social care, records."""

ACTS_OF_THE_AREA: dict[str, type[Act]] = {
    "strategy-meeting": MeetingBody,
    "plan": PlanBody,
    "panel": PanelBody,
}
"""What only the area's social care records."""
