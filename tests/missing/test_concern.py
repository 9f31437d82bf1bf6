"""Concerns, truancy stops and education: their rules, each with its boundary."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.missing.domain import CLOCK_SKEW, Concern, Education, TruancyStop
from shared.contracts import missing
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import Invalid, RuleBroken
from shared.contracts.sealed import Sealed
from tests.support.scenario import given, replayed, when_made

CHILD = new_mention_id()
STOPPED = datetime(2015, 3, 12, 11, 20, tzinfo=UTC)
NOW = STOPPED + timedelta(days=30)
INSTANT = timedelta(microseconds=1)


def stop(**changed: Any) -> missing.TruancyStopRecorded:
    fields: dict[str, Any] = {
        "child": CHILD,
        "patrol": "northvale-spring-2015",
        "stopped_at": STOPPED,
        "follow_up_by": date(2015, 3, 26),
        "narrative": None,
    }
    return missing.TruancyStopRecorded(**fields | changed)


def follow_up(
    outcome: missing.FollowUpOutcome = "support-offered",
    at: datetime = STOPPED + timedelta(days=1),
) -> missing.TruancyFollowUpRecorded:
    return missing.TruancyFollowUpRecorded(
        about=(CHILD,), done_at=at, outcome=outcome, narrative=None
    )


def concern(**changed: Any) -> missing.ConcernRaised:
    fields: dict[str, Any] = {
        "child": CHILD,
        "source": "school",
        "away_from": "home",
        "away_since": STOPPED,
        "police_told": "no",
        "narrative": Sealed.of(CHILD, missing.ConcernNarrative(text="Slept at a friend's.")),
    }
    return missing.ConcernRaised(**fields | changed)


def closed(at: datetime) -> missing.ConcernClosed:
    return missing.ConcernClosed(about=(CHILD,), closed_at=at, safe_and_well=True, narrative=None)


def test_a_stop_is_recorded_when_it_happened() -> None:
    record = when_made(lambda: TruancyStop.record(stop(), now=NOW)).then(stop())
    assert not record.followed_up
    (event,) = TruancyStop.record(stop(), now=NOW).new_events()
    assert event.timestamp == STOPPED


def test_a_stop_is_not_in_the_future() -> None:
    ahead = stop(stopped_at=NOW + CLOCK_SKEW, follow_up_by=date(2015, 5, 1))
    when_made(lambda: TruancyStop.record(ahead, now=NOW)).then(ahead)
    later = stop(stopped_at=NOW + CLOCK_SKEW + INSTANT, follow_up_by=date(2015, 5, 1))
    when_made(lambda: TruancyStop.record(later, now=NOW)).refuses(Invalid, "/stopped_at")


def test_its_follow_up_is_due_on_the_day_of_the_stop_at_the_earliest() -> None:
    """By the clocks of the place: at 23:30 UTC in summer it is the next day there."""
    at = datetime(2015, 6, 1, 23, 30, tzinfo=UTC)
    now = at + timedelta(days=1)
    same_day = stop(stopped_at=at, follow_up_by=date(2015, 6, 2))
    when_made(lambda: TruancyStop.record(same_day, now=now)).then(same_day)
    before = stop(stopped_at=at, follow_up_by=date(2015, 6, 1))
    when_made(lambda: TruancyStop.record(before, now=now)).refuses(Invalid, "/follow_up_by")


def test_a_follow_up_may_be_at_once_and_not_before_the_stop() -> None:
    at_once = follow_up(at=STOPPED)
    given(TruancyStop, stop()).when(lambda s: s.follow_up(at_once, now=NOW)).then(at_once)
    before = follow_up(at=STOPPED - INSTANT)
    given(TruancyStop, stop()).when(lambda s: s.follow_up(before, now=NOW)).refuses(
        RuleBroken, match="before the stop"
    )


def test_a_follow_up_is_not_in_the_future() -> None:
    later = follow_up(at=NOW + CLOCK_SKEW + INSTANT)
    given(TruancyStop, stop()).when(lambda s: s.follow_up(later, now=NOW)).refuses(
        Invalid, "/done_at"
    )


def test_a_late_follow_up_is_taken_all_the_same() -> None:
    late = follow_up(at=STOPPED + timedelta(days=29))
    given(TruancyStop, stop()).when(lambda s: s.follow_up(late, now=NOW)).then(late)


@pytest.mark.parametrize("outcome", ["no-concern", "support-offered", "referred"])
def test_a_stop_is_followed_up_once(outcome: missing.FollowUpOutcome) -> None:
    given(TruancyStop, stop(), follow_up(outcome)).when(
        lambda s: s.follow_up(follow_up(), now=NOW)
    ).refuses(RuleBroken, match="already")


def test_a_child_who_was_not_found_is_still_to_be_followed_up() -> None:
    tried = follow_up("not-found")
    assert not replayed(TruancyStop, stop(), tried).followed_up
    again = follow_up("referred", at=STOPPED + timedelta(days=2))
    record = (
        given(TruancyStop, stop(), tried, tried)
        .when(lambda s: s.follow_up(again, now=NOW))
        .then(again)
    )
    assert record.followed_up


def test_a_concern_needs_no_time_and_no_police() -> None:
    unknown = concern(away_since=None, police_told="unknown")
    when_made(lambda: Concern.raise_concern(unknown, now=NOW)).then(unknown)
    (event,) = Concern.raise_concern(unknown, now=NOW).new_events()
    assert event.timestamp == NOW


def test_a_concern_is_closed_once_and_not_before_the_child_went() -> None:
    at_once, before = closed(STOPPED), closed(STOPPED - INSTANT)
    given(Concern, concern()).when(lambda c: c.close(at_once, now=NOW)).then(at_once)
    given(Concern, concern()).when(lambda c: c.close(before, now=NOW)).refuses(RuleBroken)
    given(Concern, concern(), at_once).when(lambda c: c.close(closed(NOW), now=NOW)).refuses(
        RuleBroken, match="already"
    )
    given(Concern, concern(away_since=None)).when(lambda c: c.close(before, now=NOW)).then(before)
    future = closed(NOW + CLOCK_SKEW + INSTANT)
    given(Concern, concern()).when(lambda c: c.close(future, now=NOW)).refuses(
        Invalid, "/closed_at"
    )


@pytest.mark.parametrize(
    "status",
    [
        "mainstream", "alternative-provision", "home-educated", "part-time-timetable",
        "not-in-education", "unknown",
    ],
)  # fmt: skip
def test_each_way_of_being_taught_is_told_apart(status: missing.EducationStatus) -> None:
    data = missing.EducationStatusRecorded(child=CHILD, status=status, since=date(2015, 1, 5))
    when_made(lambda: Education.record(data, at=STOPPED)).then(data)
