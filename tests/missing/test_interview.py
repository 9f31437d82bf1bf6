"""A return interview: given events, when a step, then events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.missing.domain import Commission, Interview, due_by, may_be_one
from services.missing.domain.times import CLOCK_SKEW
from shared.contracts import missing, times
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import Identifier, PersonIdentity, PersonName
from shared.contracts.refusals import Invalid, RuleBroken
from shared.contracts.sealed import Sealed

NOW = datetime(2015, 4, 10, 12, 0, tzinfo=UTC)
WENT = datetime(2015, 3, 27, 18, 0, tzinfo=UTC)
BACK = datetime(2015, 3, 27, 22, 10, tzinfo=UTC)
EPISODE = uuid4()
CHILD = new_mention_id()


def required() -> Interview:
    interview = Interview.require(child=CHILD, episode_id=EPISODE, since=WENT)
    interview.new_events()
    return interview


def returned(at: datetime = BACK) -> Interview:
    interview = required()
    interview.start_clock(episode_id=EPISODE, returned_at=at)
    interview.new_events()
    return interview


def offered() -> Interview:
    interview = returned()
    interview.offer(missing.InterviewOffered(offered_at=BACK, to="child"), now=NOW)
    interview.new_events()
    return interview


def declined() -> Interview:
    interview = offered()
    interview.decline(missing.InterviewDeclined(declined_at=BACK, by="child", reason=None), now=NOW)
    interview.new_events()
    return interview


def held(
    at: datetime = BACK + timedelta(hours=40),
    *,
    independent: bool = True,
    interviewer_from: missing.InterviewerFrom = "not-said",
) -> missing.InterviewConducted:
    return missing.InterviewConducted(
        about=(CHILD,),
        held_at=at,
        setting="school",
        interviewer_role="return-interviewer",
        independent=independent,
        interviewer_from=interviewer_from,
        push=(),
        pull=("relationship",),
        exploitation="significant",
        needs_action_now=False,
        words=Sealed.of(CHILD, missing.ChildsWords(account="He was kind at first.")),
        view=Sealed.of(CHILD, missing.InterviewersView(exploitation_rationale="Gifts.")),
    )


def said(interview: Interview) -> list[str]:
    return [type(event.data).__name__ for event in interview.new_events()]


def test_the_deadline_is_72_elapsed_hours_across_the_night_the_clocks_change() -> None:
    """Friday 27 March 2015, 22:10; the clocks went forward on the 29th: Monday, 23:10."""
    due = due_by(BACK)

    assert due - BACK == timedelta(hours=72)
    assert due.isoformat() == "2015-03-30T22:10:00+00:00"
    interview = required()
    interview.start_clock(episode_id=EPISODE, returned_at=BACK)
    (event,) = interview.new_events()
    assert isinstance(event.data, missing.InterviewClockStarted)
    assert event.data.due_by == due
    assert event.data.rule.hours == 72


FROM_2014 = datetime(2014, 1, 1, tzinfo=UTC)
CHANGES = st.sampled_from([
    datetime(2015, 3, 29, 1, 0, tzinfo=UTC), datetime(2015, 10, 25, 1, 0, tzinfo=UTC),
    datetime(2016, 3, 27, 1, 0, tzinfo=UTC), datetime(2016, 10, 30, 1, 0, tzinfo=UTC),
])  # fmt: skip
"""When the clocks went forward and back."""
NEAR = st.timedeltas(min_value=timedelta(hours=-80), max_value=timedelta(hours=8))
ANY = st.datetimes(datetime(2014, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@for_any(st.one_of(st.builds(lambda change, near: change + near, CHANGES, NEAR), ANY))
def test_whenever_the_child_is_back_72_hours_go_by_until_it_is_due(back: datetime) -> None:
    """Neither the night that is an hour short nor the one that is an hour long changes that."""
    by_the_clocks = times.in_london(back)
    due = due_by(by_the_clocks)
    assert due.astimezone(UTC) - back == timedelta(hours=72)
    assert due.astimezone(UTC) == due_by(back)
    interview = returned(back)
    assert interview.due_by == due_by(back)
    assert interview.run_out(now=back + timedelta(hours=72)) is False
    assert interview.run_out(now=back + timedelta(hours=72, microseconds=1)) is True


@pytest.mark.parametrize("wrong", [timedelta(hours=-3), timedelta(hours=3)])
def test_a_corrected_return_moves_the_deadline_to_the_right_one(wrong: timedelta) -> None:
    interview = returned(BACK + wrong)
    assert interview.run_out(now=NOW)
    interview.start_clock(episode_id=EPISODE, returned_at=BACK)
    assert interview.due_by == due_by(BACK)
    assert interview.run_out(now=NOW)


def test_a_correction_gives_an_interview_that_covers_several_no_more_time() -> None:
    interview, other = returned(), Interview.require(child=CHILD, episode_id=uuid4(), since=WENT)
    other.start_clock(episode_id=other.episodes[0], returned_at=BACK + timedelta(hours=1))
    interview.cover(other, now=NOW)
    interview.start_clock(episode_id=EPISODE, returned_at=BACK + timedelta(hours=5))
    assert interview.due_by == due_by(BACK)


def test_the_clock_starts_once_and_only_for_its_own_episode() -> None:
    interview = returned()
    interview.start_clock(episode_id=EPISODE, returned_at=BACK)
    assert said(interview) == []
    with pytest.raises(RuleBroken):
        interview.start_clock(episode_id=uuid4(), returned_at=BACK)


def test_an_interview_may_be_held_before_the_return() -> None:
    interview = required()
    interview.conduct(held(BACK - timedelta(hours=1)), now=NOW)
    assert said(interview) == ["InterviewConducted"]
    interview.start_clock(episode_id=EPISODE, returned_at=BACK)
    assert said(interview) == ["InterviewClockStarted"]
    assert interview.run_out(now=NOW) is False


def test_it_is_offered_before_it_is_accepted_or_declined() -> None:
    steps: list[Callable[[Interview], None]] = [
        lambda i: i.accept(missing.InterviewAccepted(accepted_at=BACK, planned_for=None), now=NOW),
        lambda i: i.decline(
            missing.InterviewDeclined(declined_at=BACK, by="child", reason=None), now=NOW
        ),
    ]
    for step in steps:
        interview = returned()
        with pytest.raises(RuleBroken):
            step(interview)
        assert said(interview) == []


def test_a_child_who_declined_may_change_their_mind() -> None:
    interview = declined()
    interview.accept(missing.InterviewAccepted(accepted_at=BACK, planned_for=None), now=NOW)
    assert said(interview) == ["InterviewAccepted"]
    interview.conduct(held(), now=NOW)
    assert said(interview) == ["InterviewConducted"]


@pytest.mark.parametrize("accepted_later", [True, False])
@pytest.mark.parametrize("accepted_comes_first", [True, False])
def test_what_the_child_said_last_counts_whatever_comes_first(
    accepted_later: bool, accepted_comes_first: bool
) -> None:
    interview = offered()
    moments = [BACK + timedelta(hours=1), BACK + timedelta(hours=2)]
    accepted_at, declined_at = moments[::-1] if accepted_later else moments
    steps: list[Callable[[], None]] = [
        lambda: interview.accept(
            missing.InterviewAccepted(accepted_at=accepted_at, planned_for=None), now=NOW
        ),
        lambda: interview.decline(
            missing.InterviewDeclined(declined_at=declined_at, by="child", reason=None), now=NOW
        ),
    ]
    for step in steps if accepted_comes_first else steps[::-1]:
        step()
    assert interview.accepted_at == accepted_at
    assert interview.declined_at == (None if accepted_later else declined_at)
    assert interview.run_out(now=BACK + timedelta(hours=73)) is accepted_later


def test_it_is_not_held_before_the_child_went_missing() -> None:
    """It would count as in time."""
    interview = returned()
    with pytest.raises(Invalid) as refused:
        interview.conduct(held(WENT - timedelta(minutes=1)), now=NOW)
    assert [fault.pointer for fault in refused.value.faults] == ["/held_at"]
    interview.conduct(held(WENT), now=NOW)


@pytest.mark.parametrize(
    ("interviewer_from", "independent", "is_taken"),
    [
        ("independent", True, True),
        ("independent", False, False),
        ("responsible-authority", True, True),
        ("responsible-authority", False, True),
        ("placement", True, False),
        ("placement", False, True),
        ("not-said", True, True),
        ("not-said", False, True),
    ],
)
def test_whose_staff_held_it_is_told_apart_and_agrees_with_independent(
    interviewer_from: missing.InterviewerFrom, independent: bool, is_taken: bool
) -> None:
    interview = returned()
    data = held(independent=independent, interviewer_from=interviewer_from)
    if is_taken:
        interview.conduct(data, now=NOW)
        (event,) = interview.new_events()
        assert event.data.interviewer_from == interviewer_from  # type: ignore[attr-defined]
        return
    with pytest.raises(Invalid) as refused:
        interview.conduct(data, now=NOW)
    assert [fault.pointer for fault in refused.value.faults] == ["/interviewer_from"]


def test_a_start_that_was_wrong_keeps_no_interview_from_being_recorded() -> None:
    """The first version said a later start; the return came with the newer one."""
    interview = returned(WENT - timedelta(hours=5))
    interview.conduct(held(WENT - timedelta(hours=2)), now=NOW)
    assert interview.conducted_at == WENT - timedelta(hours=2)


def test_the_council_it_is_for_may_be_named_later_until_it_is_allocated() -> None:
    interview = returned()
    interview.name_area("southmere-council", now=NOW)
    interview.name_area("northvale-council", now=NOW)
    interview.name_area("northvale-council", now=NOW)
    assert said(interview) == ["InterviewAreaNamed", "InterviewAreaNamed"]
    interview.allocate(
        provider="lantern-trust", area="northvale-council", commission_id=uuid4(), at=BACK
    )
    interview.name_area("southmere-council", now=NOW)
    assert interview.area == "northvale-council"


def test_a_declined_interview_may_still_bring_what_the_carer_knows() -> None:
    interview = declined()
    information = Sealed.of(CHILD, missing.CarerInformation(text="A silver car."))
    interview.inform(missing.CarerInformed(given_at=BACK, information=information), now=NOW)
    assert said(interview) == ["CarerInformed"]


def test_it_is_held_once() -> None:
    interview = returned()
    interview.conduct(held(), now=NOW)
    interview.new_events()
    with pytest.raises(RuleBroken):
        interview.conduct(held(), now=NOW)
    with pytest.raises(RuleBroken):
        interview.give_up(
            missing.InterviewNotCompleted(
                decided_at=NOW, why="moved-away", attempts=1, reason=None
            ),
            now=NOW,
        )


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1)])
def test_it_is_late_after_its_deadline_and_that_is_recorded_once(late: timedelta) -> None:
    interview = returned()
    due = due_by(BACK)
    assert interview.run_out(now=due) is False
    assert interview.run_out(now=due + timedelta(seconds=1) + late) is True
    assert said(interview) == ["InterviewOverdue"]
    assert interview.run_out(now=NOW + timedelta(days=1)) is False


@pytest.mark.parametrize("make", [declined])
def test_what_is_over_is_not_late(make: object) -> None:
    interview = make()  # type: ignore[operator]
    assert interview.run_out(now=NOW) is False


def test_nothing_happens_in_the_future() -> None:
    interview = returned()
    with pytest.raises(Invalid):
        interview.conduct(held(NOW + CLOCK_SKEW + timedelta(seconds=1)), now=NOW)
    interview.conduct(held(NOW + CLOCK_SKEW), now=NOW)
    assert said(interview) == ["InterviewConducted"]


def test_a_copy_needs_something_to_copy() -> None:
    interview = returned()
    with pytest.raises(RuleBroken):
        interview.copy(to="northvale-council", sent=(), at=NOW, is_known=True)
    interview.copy(to="northvale-council", sent=(UUID(int=1),), at=NOW, is_known=True)
    assert said(interview) == ["InterviewCopied"]


@pytest.mark.parametrize(
    ("to", "is_known", "taken"),
    [
        ("area-council", False, True),
        ("allocating-council", False, True),
        ("host-council", True, True),
        ("host-counsil", False, False),
        ("lantern-trust", False, False),
    ],
)
def test_a_copy_goes_to_a_council_that_is_known_and_to_nobody_else(
    to: str, is_known: bool, taken: bool
) -> None:
    interview = returned()
    interview.name_area("area-council", now=NOW)
    if to == "allocating-council":
        interview.allocate(provider="lantern-trust", area=to, commission_id=uuid4(), at=BACK)
    interview.new_events()
    if taken:
        interview.copy(to=to, sent=(UUID(int=1),), at=NOW, is_known=is_known)
        assert said(interview) == ["InterviewCopied"]
        return
    with pytest.raises(Invalid) as refused:
        interview.copy(to=to, sent=(UUID(int=1),), at=NOW, is_known=is_known)
    assert [fault.pointer for fault in refused.value.faults] == ["/to"]
    assert said(interview) == []


def another(*, since: datetime = BACK, back: datetime | None = None) -> Interview:
    """The interview of another episode of the same child."""
    episode_id = uuid4()
    other = Interview.require(child=uuid4(), episode_id=episode_id, since=since)
    if back is not None:
        other.start_clock(episode_id=episode_id, returned_at=back)
    other.new_events()
    return other


def test_one_interview_may_cover_several_episodes() -> None:
    interview, other = returned(), another()
    interview.cover(other, now=NOW)
    (covers,) = interview.new_events()
    assert covers.data.about == (CHILD, other.child)
    assert interview.episodes == (EPISODE, *other.episodes)
    (ended,) = other.new_events()
    assert isinstance(ended.data, missing.InterviewNotCompleted)
    assert ended.data.why == "covered-by-another-interview"
    for again, by in ((other, interview), (interview, another()), (interview, other)):
        with pytest.raises(RuleBroken):
            by.cover(again, now=NOW)
    assert said(interview) == []


def test_an_interview_that_covers_several_is_due_when_the_first_of_them_is() -> None:
    interview = returned()
    interview.cover(another(back=BACK + timedelta(days=2)), now=NOW)
    assert interview.due_by == due_by(BACK)
    interview.cover(another(back=BACK - timedelta(days=1)), now=NOW)
    assert interview.due_by == due_by(BACK - timedelta(days=1))
    away = required()
    away.cover(another(back=BACK), now=NOW)
    assert away.due_by == due_by(BACK)


def test_an_interview_that_was_held_covers_what_was_before_it_and_nothing_after() -> None:
    interview = returned()
    interview.conduct(held(BACK + timedelta(hours=5)), now=NOW)
    interview.cover(another(since=BACK + timedelta(hours=4)), now=NOW)
    with pytest.raises(RuleBroken):
        interview.cover(another(since=BACK + timedelta(hours=6)), now=NOW)


def test_nothing_that_is_over_is_covered_or_covers() -> None:
    was_held = another()
    was_held.conduct(held(BACK), now=NOW)
    covered = another()
    another().cover(covered, now=NOW)
    with pytest.raises(RuleBroken):
        returned().cover(was_held, now=NOW)
    with pytest.raises(RuleBroken):
        returned().cover(covered, now=NOW)
    with pytest.raises(RuleBroken):
        covered.cover(another(), now=NOW)
    itself = returned()
    with pytest.raises(RuleBroken):
        itself.cover(itself, now=NOW)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"names": "Wren Ashdown"}, {"names": "wren  ASHDOWN"}, True),
        ({"names": "Wren Ashdown"}, {"names": "Ada Thorne"}, False),
        ({"born": "2001-02-15"}, {"born": "2001-02-15"}, True),
        ({"born": "2001"}, {"born": "2001"}, False),
        ({"names": "Wren", "born": "2001"}, {"names": "Wren", "born": "2001-02-15"}, True),
        ({"names": "Wren", "born": "2001-02-15"}, {"names": "Wren", "born": "2001-02-16"}, False),
        ({"number": "9434765919"}, {"number": "9434765919", "born": "2003"}, True),
        (
            {"names": "Wren", "number": "9434765919"},
            {"names": "Wren", "number": "9434765870"},
            False,
        ),
        ({}, {}, False),
    ],
)
def test_two_reports_may_be_of_one_child_only_where_something_agrees(
    one: dict[str, str], other: dict[str, str], expected: bool
) -> None:
    assert may_be_one(described(**one), described(**other)) is expected
    assert may_be_one(described(**other), described(**one)) is expected


def described(names: str = "", born: str | None = None, number: str = "") -> PersonIdentity:
    return PersonIdentity(
        names=(PersonName(full=names),) if names else (),
        date_of_birth=born,
        identifiers=(Identifier(scheme="nhs-number", value=number),) if number else (),
    )


def test_a_commission_covers_its_first_and_last_day_and_ends_once() -> None:
    first, last = datetime(2014, 4, 1, tzinfo=UTC).date(), datetime(2015, 3, 31, tzinfo=UTC).date()
    commission = Commission.give(
        missing.ProviderCommissioned(
            provider="harbour-trust", area="northvale-council", since=first, until=None
        ),
        now=NOW,
    )
    assert commission.covers(last + timedelta(days=1))
    commission.end(last, now=NOW)
    assert commission.covers(first)
    assert commission.covers(last)
    assert not commission.covers(last + timedelta(days=1))
    assert not commission.covers(first - timedelta(days=1))
    with pytest.raises(RuleBroken):
        commission.end(last, now=NOW)
    with pytest.raises(RuleBroken):
        commission.end(first - timedelta(days=1), now=NOW)
    with pytest.raises(Invalid):
        Commission.give(
            missing.ProviderCommissioned(
                provider="x", area="y", since=last, until=last - timedelta(days=1)
            ),
            now=NOW,
        )
