"""What is sent about referrals: made, not made, rated, decided, told back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.intake.domain import Referral
from services.intake.timescales import Table
from shared.contracts import intake, mentions, times
from shared.contracts.ids import new_mention_id
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Line, Moment, Paragraph, Text, example
from shared.web.mentions import Others, Person, child_mention

_CHILD: dict[str, Any] = {
    "names": [{"full": "Wren Ashdown"}],
    "date_of_birth": "2001-02-15",
    "identifiers": [{"scheme": "nhs-number", "value": "943 476 5919", "verified": True}],
}
_REFERRER: dict[str, Any] = {
    "name": "Ines Calloway",
    "role": "Safeguarding lead",
    "agency": "Quarry Bank School",
    "telephone": "01632 960020",
    "email": "safeguarding@quarry-bank.example",
}


class Referrer(Body):
    """Who refers."""

    name: Line
    role: Line | None = None
    agency: Line | None = Field(None, description="As written; your token says which it is.")
    telephone: Line | None = None
    email: Line | None = None


class Concerned(Others):
    """A child whom somebody is concerned about, whether it becomes a referral or not."""

    child: Person
    concerns: Text
    childs_wishes: Paragraph | None = Field(
        None, description="The child's wishes and feelings, in the child's own words if you can."
    )
    action_taken: Paragraph | None = None
    consent: intake.ReferralConsent
    consent_reason: Paragraph | None = Field(
        None, description="Why it was not sought, or what was said when it was refused."
    )

    def details(self, child: UUID) -> Sealed[intake.ReferralDetails]:
        """What is sealed of it."""
        return Sealed.of(
            child,
            intake.ReferralDetails(
                concerns=self.concerns,
                childs_wishes=self.childs_wishes,
                action_taken=self.action_taken,
                consent_reason=self.consent_reason,
            ),
        )


class ReferralBody(Concerned):
    """Refer a child to a council's children's social care.

    A referral is made whether or not the child wants help. In an emergency call 999 first: whoever
    has the powers acts at once and waits for no referral.
    """

    to: Code = Field(description="Agency code of the council.")
    immediate: bool = Field(
        False, description="Risk to life, or of serious immediate harm: due like a red one."
    )
    referrer: Referrer

    model_config = example(
        to="northvale-council",
        immediate=False,
        child=_CHILD,
        concerns="She told her tutor that an older male waits for her outside school.",
        childs_wishes="She does not want her mother told before somebody has talked with her.",
        action_taken="Collected from school by her nan today.",
        consent="sought",
        consent_reason="She agreed that we talk with you.",
        referrer=_REFERRER,
        places=[{"role": "frequents", "name": "Lantern Arcade"}],
    )

    def event(self, agency: str) -> intake.ReferralOpened:
        """What is opened; its deadline and rule are filled in there.

        Raises:
            Invalid: its items do not fit together.
        """
        child, referrer = new_mention_id(), new_mention_id()
        name = mentions.PersonIdentity(names=(mentions.PersonName(full=self.referrer.name),))
        moment = intake.TimescaleRule(table="", version=0, within="")
        now = times.now()
        return intake.ReferralOpened(
            mentions=(
                child_mention(self.child, child),
                *self.mentions(child),
                mentions.PersonMention(
                    mention_id=referrer, role="professional", identity=Sealed.of(referrer, name)
                ),
            ),
            child=child,
            origin=intake.Origin(
                kind="professional", agency=agency, record_id=None, event_id=None, level=None
            ),
            to=self.to,
            received_at=now,
            immediate=self.immediate,
            due_by=now,
            rule=moment,
            consent=self.consent,
            referrer=referrer,
            details=self.details(child),
            contact=Sealed.of(
                referrer, intake.ReferrerContact(**self.referrer.model_dump(exclude={"name"}))
            ),
        )


class NotReferredBody(Concerned):
    """You considered a referral and decided against it: recorded like any other decision."""

    why: intake.NotReferredWhy
    decided_at: Moment

    model_config = example(
        child=_CHILD,
        concerns="Late on Mondays since half term, and tired.",
        consent="not-needed",
        why="single-agency-support",
        decided_at="2015-02-02T16:00:00Z",
        action_taken="A mentor in school; we look again in two weeks.",
    )

    def event(self) -> intake.NotReferred:
        """What is stored.

        Raises:
            Invalid: its items do not fit together.
        """
        child = new_mention_id()
        return intake.NotReferred(
            mentions=(child_mention(self.child, child), *self.mentions(child)),
            child=child,
            why=self.why,
            decided_at=self.decided_at,
            consent=self.consent,
            details=self.details(child),
        )


class TakeBody(Body):
    """Your council takes it on."""

    model_config = example()


class RatingBody(Body):
    """How urgent it is, by your area's own table. It may change at any time."""

    rating: intake.Rating
    rationale: Text
    rated_at: Moment | None = Field(None, description="Left out: now.")

    model_config = example(
        rating="amber", rationale="An older male known by a nickname; seen safe today."
    )

    def decide(self, referral: Referral, table: Table, now: datetime) -> None:
        """Let the referral be rated.

        Raises:
            Refused: whatever the referral refuses.
        """
        referral.rate(
            self.rating,
            rationale=self.rationale,
            at=self.rated_at or now,
            table=table,
            now=now,
        )


class DecisionBody(Body):
    """What social care decides: who stands in your token, why and what next stand here."""

    actions: list[intake.CourseOfAction] = Field(min_length=1, max_length=10)
    decided_by_social_worker: bool = Field(
        description="A qualified social worker decided: nobody else may."
    )
    rationale: Text
    next_steps: Text
    decided_at: Moment | None = Field(None, description="Left out: now.")
    first_responder: Code | None = Field(
        None,
        description="For `nrm-referral`: the first responder organisation that refers. A child "
        "needs to give no consent.",
    )
    in_referral: UUID | None = Field(
        None, strict=False, description="For `dealt-with-in-another`: which."
    )

    model_config = example(
        actions=["strategy-discussion", "section-47"],
        decided_by_social_worker=True,
        rationale="Likely to suffer significant harm; an adult waits for her with a car.",
        next_steps="Strategy discussion with police and health tomorrow at nine.",
    )

    def decide(self, referral: Referral, now: datetime) -> None:
        """Let the referral be decided.

        Raises:
            Refused: whatever the referral refuses.
        """
        referral.decide(
            self.actions,
            details=intake.DecisionDetails(rationale=self.rationale, next_steps=self.next_steps),
            by_social_worker=self.decided_by_social_worker,
            at=self.decided_at or now,
            first_responder=self.first_responder,
            in_referral=self.in_referral,
            now=now,
        )


class FeedbackBody(Body):
    """Whoever referred is told what was decided."""

    told_at: Moment | None = Field(None, description="Left out: now.")
    words: Paragraph | None = None

    model_config = example(words="We hold a strategy discussion tomorrow; you are invited.")

    def decide(self, referral: Referral, now: datetime) -> None:
        """Record it.

        Raises:
            Refused: whatever the referral refuses.
        """
        referral.feed_back(self.words, at=self.told_at or now, now=now)


class SharingBody(Body):
    """It was decided to share with an agency, or not to, and why."""

    agency: Code
    share: bool
    consent: intake.ReferralConsent
    reason: Text = Field(description="Where the family was not asked, why not is part of it.")
    decided_at: Moment | None = Field(None, description="Left out: now.")

    model_config = example(
        agency="lantern-trust",
        share=False,
        consent="not-sought",
        reason="Her mother's friend volunteers there; asking would tell him.",
    )

    def decide(self, referral: Referral, now: datetime) -> None:
        """Record it.

        Raises:
            Refused: whatever the referral refuses.
        """
        data = intake.SharingDecided(
            about=(referral.child,),
            child=referral.child,
            agency=self.agency,
            share=self.share,
            consent=self.consent,
            decided_at=self.decided_at or now,
            reason=Sealed.of(referral.child, intake.ReferralWords(text=self.reason)),
        )
        referral.decide_sharing(data, now=now)
