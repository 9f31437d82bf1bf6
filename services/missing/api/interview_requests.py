"""What councils and providers send about return interviews, and what it decides."""

from abc import abstractmethod
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.missing.domain import Interview
from shared.contracts import missing
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Day, Moment, Paragraph, Text, example
from shared.web.mentions import Others


class Step(Body):
    """A step of an interview."""

    @abstractmethod
    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Let the interview decide it.

        Raises:
            Refused: whatever the interview refuses.
        """


class CommissionBody(Body):
    """A provider is commissioned for an area from a day on."""

    provider: Code
    area: Code = Field(description="The council's agency code.")
    since: Day
    until: Day | None = Field(None, description="The last day, if there is one.")

    model_config = example(
        provider="lantern-trust", area="northvale-council", since="2014-04-01", until=None
    )


class EndBody(Body):
    """The last day of a commission."""

    until: Day

    model_config = example(until="2016-03-31")


class AllocateBody(Body):
    """Allocate to whoever is commissioned for the area."""

    area: Code
    on: Moment | None = Field(None, description="Left out: now.")

    model_config = example(area="northvale-council", on="2015-03-28T09:00:00Z")


class OfferBody(Step):
    """It was offered."""

    offered_at: Moment
    to: Literal["child", "parent", "carer"] = "child"

    model_config = example(offered_at="2015-03-28T10:00:00Z", to="child")

    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Record it."""
        interview.offer(
            missing.InterviewOffered(about=(child,), offered_at=self.offered_at, to=self.to),
            now=now,
        )


class AcceptBody(Step):
    """It was accepted."""

    accepted_at: Moment
    planned_for: Moment | None = None

    model_config = example(accepted_at="2015-03-28T10:05:00Z", planned_for="2015-03-29T15:00:00Z")

    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Record it."""
        interview.accept(
            missing.InterviewAccepted(
                about=(child,), accepted_at=self.accepted_at, planned_for=self.planned_for
            ),
            now=now,
        )


class RearrangeBody(Step):
    """It is to be held at another time."""

    planned_for: Moment
    reason: Paragraph

    model_config = example(planned_for="2015-03-30T15:00:00Z", reason="She had an exam.")

    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Record it."""
        interview.rearrange(
            missing.InterviewRearranged(
                about=(child,),
                planned_for=self.planned_for,
                reason=Sealed.of(child, missing.Reason(text=self.reason)),
            ),
            now=now,
        )


class DeclineBody(Step):
    """It was declined."""

    declined_at: Moment
    by: missing.DeclinedBy
    reason: Paragraph | None = None

    model_config = example(declined_at="2015-03-28T10:05:00Z", by="child", reason=None)

    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Record it."""
        interview.decline(
            missing.InterviewDeclined(
                about=(child,),
                declined_at=self.declined_at,
                by=self.by,
                reason=_reason(child, self.reason),
            ),
            now=now,
        )


class CarerBody(Step):
    """What a parent or carer told."""

    given_at: Moment
    information: Text

    model_config = example(
        given_at="2015-03-28T11:00:00Z", information="He waits for her in a silver car."
    )

    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Record it."""
        interview.inform(
            missing.CarerInformed(
                about=(child,),
                given_at=self.given_at,
                information=Sealed.of(child, missing.CarerInformation(text=self.information)),
            ),
            now=now,
        )


class ConductBody(Others, Step):
    """It was held. What the child said stands apart from what the interviewer makes of it."""

    held_at: Moment
    setting: Literal["home", "placement", "school", "agency-office", "police", "online", "other"]
    interviewer_role: Code
    independent: bool = Field(
        description="The interviewer neither cares for the child nor belongs to the placement."
    )
    interviewer_from: missing.InterviewerFrom = Field(
        "not-said",
        description="Whose staff the interviewer is: of nobody who is responsible for the child or "
        "cares for her or him, of the responsible authority, or of the placement.",
    )
    push: list[missing.PushFactor] = Field(default=[], max_length=10)
    pull: list[missing.PullFactor] = Field(default=[], max_length=10)
    childs_account: Text | None = Field(None, description="In the child's own words.")
    wishes_and_feelings: Paragraph | None = Field(None, description="In the child's own words.")
    where: Paragraph | None = None
    with_whom: Paragraph | None = None
    travelled: Paragraph | None = None
    what_happened: Text | None = None
    harm: Paragraph | None = None
    online_contact: Paragraph | None = None
    interviewers_view: Text | None = None
    exploitation: missing.ExploitationLevel = Field(
        description="The risk of sexual exploitation as you assess it. Every interview has this."
    )
    exploitation_rationale: Paragraph
    needs_action_now: bool = False
    what_needs_action: Paragraph | None = None
    support_needed: Paragraph | None = Field(
        None, description="What would help the child, and keep it from happening again."
    )

    model_config = example(
        held_at="2015-03-29T15:00:00Z",
        setting="school",
        interviewer_role="return-interviewer",
        independent=True,
        interviewer_from="independent",
        push=["family-conflict"],
        pull=["relationship", "money-or-gifts"],
        childs_account="He said he would take me somewhere nice. He has a silver car.",
        wishes_and_feelings="I want to stay at my nan's for a bit.",
        where="A hotel by the harbour.",
        with_whom="An older male she calls Dex; she does not know his name.",
        travelled="By car.",
        exploitation="significant",
        exploitation_rationale="Gifts, an older male, a hotel.",
        needs_action_now=True,
        what_needs_action="He has her address and waits outside her school.",
        support_needed="Somebody to talk to at school; family mediation.",
        people=[
            {
                "ref": "dex",
                "role": "associate",
                "person": {"names": [{"full": "Dex", "use": "nickname"}], "sex": "male"},
            }
        ],
        vehicles=[{"role": "travelled_in", "of": "dex", "colour": "silver"}],
        places=[{"role": "said_visited", "name": "Harbour Lodge Hotel", "type": "hotel"}],
    )

    @model_validator(mode="after")
    def _flagged(self) -> "ConductBody":
        if self.what_needs_action is not None and not self.needs_action_now:
            raise ValueError("say needs_action_now: true, or leave what_needs_action out")
        return self

    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Record it.

        Raises:
            Invalid: its items do not fit together.
        """
        words = missing.ChildsWords(
            account=self.childs_account, wishes_and_feelings=self.wishes_and_feelings
        )
        view = missing.InterviewersView(
            where=self.where,
            with_whom=self.with_whom,
            travelled=self.travelled,
            what_happened=self.what_happened,
            harm=self.harm,
            online_contact=self.online_contact,
            view=self.interviewers_view,
            exploitation_rationale=self.exploitation_rationale,
            needs_action=self.what_needs_action,
            support_needed=self.support_needed,
        )
        conducted = missing.InterviewConducted(
            about=(child,),
            mentions=tuple(self.mentions(child)),
            held_at=self.held_at,
            setting=self.setting,
            interviewer_role=self.interviewer_role,
            independent=self.independent,
            interviewer_from=self.interviewer_from,
            push=tuple(dict.fromkeys(self.push)),
            pull=tuple(dict.fromkeys(self.pull)),
            exploitation=self.exploitation,
            needs_action_now=self.needs_action_now,
            words=Sealed.of(child, words),
            view=Sealed.of(child, view),
        )
        interview.conduct(conducted, now=now)


GivenUpBecause = Literal[
    "child-could-not-be-reached",
    "child-missing-again",
    "moved-away",
    "would-add-risk",
    "decided-not-to-interview",
    "other",
]
"""The reasons that a provider may give. That another interview covers it, or that the report was a
mistake, nobody can only say: `cover` checks the one, and the force tells the other."""


class GiveUpBody(Step):
    """It will not be held. Where another interview of yours covers it, use `cover` instead."""

    decided_at: Moment
    why: GivenUpBecause
    attempts: int = Field(ge=0, le=100)
    reason: Paragraph | None = None

    model_config = example(
        decided_at="2015-04-02T09:00:00Z", why="child-could-not-be-reached", attempts=3, reason=None
    )

    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Record it."""
        interview.give_up(
            missing.InterviewNotCompleted(
                about=(child,),
                decided_at=self.decided_at,
                why=self.why,
                attempts=self.attempts,
                reason=_reason(child, self.reason),
            ),
            now=now,
        )


class CoverBody(Body):
    """Another interview of yours with the same child, which this one stands for."""

    other_interview_id: UUID = Field(strict=False)

    model_config = example(other_interview_id="01920000-0000-7000-8000-000000000001")


class CopyBody(Body):
    """To whom a copy goes."""

    to: Code = Field(
        description="The council that is responsible for the child, that allocated the interview, "
        "or in whose area the child lives."
    )

    model_config = example(to="northvale-council")


STEPS: dict[str, type[Step]] = {
    "offer": OfferBody,
    "accept": AcceptBody,
    "rearrange": RearrangeBody,
    "decline": DeclineBody,
    "carer-information": CarerBody,
    "conduct": ConductBody,
    "give-up": GiveUpBody,
}
"""Each step by the last part of its address."""


def _reason(child: UUID, text: str | None) -> Sealed[missing.Reason] | None:
    return Sealed.of(child, missing.Reason(text=text)) if text is not None else None
