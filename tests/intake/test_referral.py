"""A referral: due by the real calendar, rated by the area's table, decided by who may."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.intake.domain import Referral, first_responders
from services.intake.timescales import Table, first_due, timescales
from shared.contracts import intake
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import Invalid, RuleBroken
from tests.support.scenario import given, replays_to_the_same

CAME = datetime(2015, 2, 11, 15, 30, tzinfo=UTC)  # a Wednesday
NOW = datetime(2015, 3, 1, tzinfo=UTC)
CHILD = new_mention_id()
ORIGIN = intake.Origin(
    kind="screening",
    agency="quarry-bank-school",
    record_id=uuid4(),
    event_id=uuid4(),
    level="medium",
)
HERE: Table = timescales().in_force("northvale-council", CAME)
THERE: Table = timescales().in_force("southmere-council", CAME)


def opened(*, at: datetime = CAME, to: str | None = "northvale-council", **others: Any) -> Referral:
    return Referral.open(child=CHILD, origin=ORIGIN, to=to, received_at=at, table=HERE, **others)


def happened(referral: Referral) -> tuple[Any, ...]:
    return tuple(event.data for event in referral.new_events())


def rate(rating: intake.Rating, at: datetime, table: Table = HERE) -> Any:
    return lambda r: r.rate(rating, rationale="x", at=at, table=table, now=NOW)


def decide(*actions: intake.CourseOfAction, at: datetime = CAME, **others: Any) -> Any:
    said: dict[str, Any] = {
        "by_social_worker": True,
        "first_responder": None,
        "in_referral": None,
    } | others
    details = intake.DecisionDetails(rationale="x", next_steps="y")
    return lambda r: r.decide(actions, details=details, at=at, now=NOW, **said)


@pytest.mark.parametrize(
    ("came", "due"),
    [
        ("2015-02-11T15:30:00Z", "2015-02-13T00:00:00Z"),
        ("2015-02-13T17:59:00Z", "2015-02-17T00:00:00Z"),  # a Friday
        ("2015-04-02T16:00:00Z", "2015-04-07T23:00:00Z"),  # before Easter
        ("2015-12-24T16:00:00Z", "2015-12-30T00:00:00Z"),  # Boxing Day was a Saturday
    ],
)
def test_it_is_due_within_one_working_day_by_the_real_calendar(came: str, due: str) -> None:
    referral = opened(at=datetime.fromisoformat(came))
    assert referral.due_by == datetime.fromisoformat(due)


def test_immediate_harm_is_due_like_a_red_one_from_the_start() -> None:
    assert opened(immediate=True).due_by == CAME + timedelta(hours=4)


@pytest.mark.parametrize(
    ("rating", "due"),
    [
        ("red", datetime(2015, 2, 11, 19, 30, tzinfo=UTC)),
        ("amber", datetime(2015, 2, 13, tzinfo=UTC)),
        ("green", datetime(2015, 2, 17, tzinfo=UTC)),
    ],
)
def test_a_rating_sets_the_time_of_the_final_decision_by_the_areas_table(
    rating: intake.Rating, due: datetime
) -> None:
    record, _ = (
        given(Referral, *happened(opened()))
        .when(rate(rating, CAME + timedelta(hours=1)))
        ._decided()
    )
    assert record.due_by == due


def test_another_area_has_another_table_and_its_hours_are_hours_of_work() -> None:
    # 15:30 on a Wednesday: an hour and a half that day, the rest from nine on Thursday.
    red = CAME.replace(day=12, hour=11, minute=30)
    assert THERE.due_by("red", CAME) == red
    assert THERE.rule("red").within == "4 working hours"
    # From Friday evening it begins on Monday at nine.
    friday = datetime(2015, 2, 13, 18, 0, tzinfo=UTC)
    assert THERE.due_by("red", friday) == datetime(2015, 2, 16, 13, 0, tzinfo=UTC)


def test_a_rating_that_the_area_does_not_have_is_refused() -> None:
    given(Referral, *happened(opened())).when(rate("blue", CAME)).refuses(Invalid, "/rating")


def test_rated_anew_it_counts_from_the_new_rating() -> None:
    # Green to red after two days: four hours from then, not from when it came.
    referral = opened()
    rate("green", CAME)(referral)
    later = CAME + timedelta(days=2)
    rate("red", later)(referral)
    assert referral.due_by == later + timedelta(hours=4)
    with pytest.raises(RuleBroken, match="already"):
        rate("red", later)(referral)


def test_a_decision_says_whether_it_was_in_time() -> None:
    for at, in_time in ((first_due(CAME), True), (first_due(CAME) + timedelta(seconds=1), False)):
        referral = opened()
        referral.new_events()
        decide("section-17", at=at)(referral)
        (event,) = referral.new_events()
        assert isinstance(event.data, intake.ReferralDecided)
        assert event.data.in_time is in_time


@pytest.mark.parametrize(
    ("actions", "others", "pointer"),
    [
        ((), {}, "/actions"),
        (("no-further-action", "section-17"), {}, "/actions"),
        (("nrm-referral",), {}, "/first_responder"),
        (("section-47",), {"first_responder": "northvale-police"}, "/first_responder"),
        (("dealt-with-in-another",), {}, "/in_referral"),
        (("early-help",), {"by_social_worker": False}, "/decided_by_social_worker"),
    ],
)
def test_a_decision_that_contradicts_itself_is_refused(
    actions: Any, others: dict[str, Any], pointer: str
) -> None:
    given(Referral, *happened(opened())).when(decide(*actions, **others)).refuses(Invalid, pointer)


def test_several_courses_of_action_may_be_taken_together() -> None:
    record, _ = (
        given(Referral, *happened(opened()))
        .when(
            decide(
                "strategy-discussion",
                "section-47",
                "nrm-referral",
                first_responder="northvale-police",
            )
        )
        ._decided()
    )
    assert record.decided


def test_nobody_decides_before_it_came_or_in_the_future() -> None:
    for at in (CAME - timedelta(seconds=1), NOW + timedelta(hours=1)):
        given(Referral, *happened(opened())).when(decide("early-help", at=at)).refuses(
            Invalid, "/decided_at"
        )


def test_what_comes_after_a_decision_is_to_be_decided_anew_within_its_time() -> None:
    referral = opened()
    decide("early-help")(referral)
    with pytest.raises(RuleBroken):
        decide("section-17")(referral)
    more = CAME + timedelta(days=7)
    referral.inform(ORIGIN, at=more)
    assert (referral.decided, referral.due_by) == (False, first_due(more))
    decide("section-17", at=more)(referral)
    assert referral.decided


def test_what_comes_before_a_decision_gives_no_more_time() -> None:
    referral = opened()
    due = referral.due_by
    referral.inform(ORIGIN, at=CAME + timedelta(hours=3))
    assert referral.due_by == due


def test_feedback_needs_a_decision_and_goes_to_whoever_referred() -> None:
    referral = opened()
    with pytest.raises(RuleBroken):
        referral.feed_back(None, at=CAME, now=NOW)
    decide("early-help")(referral)
    referral.new_events()
    referral.feed_back("Early help begins on Monday.", at=CAME, now=NOW)
    (event,) = referral.new_events()
    assert isinstance(event.data, intake.ReferralFedBack)
    assert event.data.to == "quarry-bank-school"


def test_time_that_ran_out_is_noticed_once_a_deadline() -> None:
    referral = opened()
    assert not referral.run_out(now=referral.due_by)
    assert referral.run_out(now=referral.due_by + timedelta(seconds=1))
    assert not referral.run_out(now=NOW)
    rate("red", NOW - timedelta(days=1))(referral)
    assert referral.run_out(now=NOW)
    decide("early-help", at=NOW)(referral)
    assert not referral.run_out(now=NOW)


def test_it_is_directed_once_to_a_council() -> None:
    referral = opened(to=None)
    assert referral.direct("northvale-council", at=CAME)
    assert not referral.direct("northvale-council", at=CAME)
    assert referral.to == "northvale-council"


def test_a_replay_of_a_whole_life_gives_the_same_referral() -> None:
    referral = opened(to=None)
    referral.direct("northvale-council", at=CAME)
    rate("amber", CAME)(referral)
    decide("section-17")(referral)
    referral.feed_back(None, at=CAME, now=NOW)
    referral.inform(ORIGIN, at=CAME + timedelta(days=3))
    referral.run_out(now=NOW)
    replays_to_the_same(referral, referral.new_events())


def test_only_first_responders_refer_to_the_national_referral_mechanism() -> None:
    assert first_responders.may_refer("northvale-police", "police")
    assert first_responders.may_refer("northvale-council", "local-authority")
    assert first_responders.may_refer("barnardos", "charity")
    assert not first_responders.may_refer("lantern-trust", "charity")
    assert not first_responders.may_refer("quarry-bank-school", "education")
    assert not first_responders.may_refer("barnardos", None)  # not registered
