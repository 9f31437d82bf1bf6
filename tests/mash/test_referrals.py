"""Referrals in the child view, folded from plain facts: how each stands, and what it came to."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.intake.domain import NotReferred, Referral
from services.intake.timescales import timescales
from services.mash.views.child.referrals import ReferralLine
from shared.contracts import intake
from shared.contracts.sealed import Sealed
from tests.support.told import COUNCIL, LATER, Told, a_child

CAME = datetime(2015, 4, 1, 14, 0, tzinfo=UTC)
TABLE = timescales().in_force(COUNCIL, CAME)
SCHOOL = "quarry-bank-school"


class Referred(Told):
    """A referral about one child, as mash meets it."""

    def __init__(self) -> None:
        super().__init__()
        self.status()
        self.child = a_child()
        self.referral = Referral.open(
            child=self.child.mention_id,
            origin=self.origin("medium"),
            to=None,
            received_at=CAME,
            table=TABLE,
        )

    @staticmethod
    def origin(level: str) -> intake.Origin:
        return intake.Origin(
            kind="screening", agency=SCHOOL, record_id=uuid4(), event_id=uuid4(), level=level
        )

    def line(self, agency: str = COUNCIL) -> ReferralLine:
        self.hear(self.referral, agency)
        (line,) = self.view().referrals
        return line

    def decided(self, at: datetime) -> None:
        self.referral.decide(
            ["section-47", "nrm-referral"],
            details=intake.DecisionDetails(rationale="She is moved.", next_steps="Enquiries."),
            by_social_worker=True,
            at=at,
            first_responder=COUNCIL,
            in_referral=None,
            now=LATER,
        )


def test_what_waits_shows_for_whom_and_by_when() -> None:
    told = Referred()
    told.hear(told.referral, SCHOOL)
    told.referral.direct(COUNCIL, at=CAME)
    line = told.line(SCHOOL)
    assert (line.state, line.origin, line.level) == ("open", "screening", "medium")
    assert (line.council, line.said.agency, line.rating) == (COUNCIL, SCHOOL, None)
    assert line.due_by is not None
    assert line.due_by > CAME
    assert line.words.state == "absent"


def test_what_was_rated_decided_shared_and_told_back_stands_in_one_line() -> None:
    told = Referred()
    told.hear(told.referral, SCHOOL)
    told.referral.rate("red", rationale="Away now.", at=CAME, table=TABLE, now=LATER)
    due = told.line().due_by
    assert due is not None
    told.decided(due)
    told.referral.feed_back("An enquiry.", at=due, now=LATER)
    told.referral.decide_sharing(
        intake.SharingDecided(
            about=(told.child.mention_id,),
            child=told.child.mention_id,
            agency="lantern-trust",
            share=False,
            consent="refused",
            decided_at=due,
            reason=Sealed.of(told.child.mention_id, intake.ReferralWords(text="Not now.")),
        ),
        now=LATER,
    )
    line = told.line()
    assert (line.state, line.rating, line.in_time) == ("decided", "red", True)
    assert line.actions == ("section-47", "nrm-referral")
    assert (line.decided_by, line.told_at) == (COUNCIL, due)
    assert line.shared == (("lantern-trust", False),)
    assert b"Enquiries." in bytes(line.decision.opened or b"")


def test_what_comes_after_the_decision_opens_it_again() -> None:
    told = Referred()
    told.hear(told.referral, SCHOOL)
    told.decided(CAME)
    told.hear(told.referral, COUNCIL)
    told.referral.inform(told.origin("significant"), at=CAME + timedelta(days=9))
    line = told.line()
    assert (line.state, line.level, line.actions) == ("open", "significant", ())
    assert line.decided_at is None
    assert line.due_by is not None
    assert line.due_by > CAME + timedelta(days=9)


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_time_that_ran_out_stays_in_the_line_until_it_is_rated_anew(seconds: int) -> None:
    told = Referred()
    told.hear(told.referral, SCHOOL)
    late = told.referral.due_by + timedelta(seconds=seconds)
    assert told.referral.run_out(now=late) == bool(seconds)
    assert told.line().late == bool(seconds)


def test_a_decision_against_a_referral_is_a_line_of_its_own() -> None:
    told = Told()
    child = a_child()
    told.status()
    against = NotReferred.decide(
        intake.NotReferred(
            mentions=(child,),
            child=child.mention_id,
            why="already-known-to-worker",
            decided_at=CAME,
            consent="not-needed",
            details=Sealed.of(
                child.mention_id, intake.ReferralDetails(concerns="Her worker knows.")
            ),
        ),
        now=LATER,
    )
    told.hear(against, SCHOOL)
    (line,) = told.view().referrals
    assert (line.state, line.received_at, line.due_by) == ("not-referred", CAME, None)
    assert b"Her worker knows." in bytes(line.words.opened or b"")
