"""The inspectorate's list: offered and accepted, for whose child, and what is never guessed."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.mash.views.profile import Question
from services.mash.views.statutory import TimeAway, times_away_of
from services.missing.domain import Interview
from shared.contracts import missing
from shared.contracts.sealed import Sealed
from tests.support.told import COUNCIL, FORCE, LATER, Told, moment

ASKED = Question(authorities=(COUNCIL,), first=date(2015, 1, 1), last=date(2015, 12, 31))
BEGAN, ENDED = moment("2015-05-02 20:00"), moment("2015-05-03 07:00")


def hour(number: int) -> datetime:
    return ENDED + timedelta(hours=number)


def rows(told: Told, authority: str = COUNCIL) -> list[TimeAway]:
    return times_away_of(told.view(), told.facts(), authority=authority, asked=ASKED)


def answers(told: Told) -> tuple[str | None, str | None]:
    (row,) = rows(told)
    return row.offered, row.accepted


def away(told: Told, *, area: str | None = None, **changed: Any) -> Interview:
    """A child goes missing, comes back, and is to be offered an interview."""
    episode = told.episode(BEGAN, ENDED, **changed)
    return Interview.require(child=episode.child, episode_id=episode.id, since=BEGAN, area=area)


def offer(interview: Interview) -> None:
    interview.offer(
        missing.InterviewOffered(about=(interview.child,), offered_at=hour(1), to="child"),
        now=LATER,
    )


def decline(interview: Interview) -> None:
    interview.decline(
        missing.InterviewDeclined(
            about=(interview.child,), declined_at=hour(2), by="child", reason=None
        ),
        now=LATER,
    )


def accept(interview: Interview) -> None:
    interview.accept(
        missing.InterviewAccepted(about=(interview.child,), accepted_at=hour(3), planned_for=None),
        now=LATER,
    )


def give_up(interview: Interview, why: missing.NotCompletedReason = "moved-away") -> None:
    interview.give_up(
        missing.InterviewNotCompleted(
            about=(interview.child,), decided_at=hour(4), why=why, attempts=1, reason=None
        ),
        now=LATER,
    )


@pytest.mark.parametrize(
    ("steps", "offered", "accepted"),
    [
        ((), None, None),
        ((offer,), "Y", None),
        ((offer, accept), "Y", "Y"),
        ((offer, decline), "Y", "N"),
        ((offer, decline, accept), "Y", "Y"),
        ((give_up,), "N", "NA"),
        ((offer, give_up), "Y", None),
    ],
)
def test_offered_and_accepted_are_what_was_said_and_nothing_is_no(
    steps: tuple[Any, ...], offered: str | None, accepted: str | None
) -> None:
    told = Told()
    told.status()
    interview = away(told)
    for step in steps:
        step(interview)
    told.hear(interview, FORCE)
    assert answers(told) == (offered, accepted)


def test_where_none_was_required_it_is_not_applicable_and_absent_is_neither_code() -> None:
    told = Told()
    told.status()
    told.episode(BEGAN, ENDED, concern="absent", risk=None)
    (row,) = rows(told)
    assert (row.missing, row.offered, row.accepted) == (None, "NA", "NA")


def test_a_missing_child_of_whose_interview_nothing_is_told_is_not_known() -> None:
    told = Told()
    told.status()
    told.episode(BEGAN, ENDED)
    assert answers(told) == (None, None)


def test_an_interview_given_up_because_another_covers_it_says_nothing_by_itself() -> None:
    told = Told()
    told.status()
    interview = away(told)
    give_up(interview, "covered-by-another-interview")
    told.hear(interview, FORCE)
    assert answers(told) == (None, None)


def test_what_was_reported_in_error_is_not_in_it() -> None:
    told = Told()
    told.status()
    episode = told.episode(BEGAN)
    episode.withdraw(
        missing.ReportedInError(
            about=(episode.child,),
            child=episode.child,
            found_at=ENDED,
            reason=Sealed.of(episode.child, missing.EpisodeNote(text="Was at home.")),
        ),
        now=LATER,
    )
    told.hear(episode, FORCE)
    assert rows(told) == []


def test_looked_after_and_other_children_are_told_apart_by_the_first_day() -> None:
    for kind, since, standing in (
        ("looked-after", date(2015, 5, 2), "looked-after"),
        ("child-in-need", date(2015, 5, 2), "child-in-need"),
        ("looked-after", date(2015, 5, 3), "other"),
    ):
        told = Told()
        told.status(kind, since=since)  # type: ignore[arg-type] # of a test
        told.hear(away(told, area=COUNCIL), FORCE)
        assert [row.standing for row in rows(told)] == [standing]


def test_another_authoritys_child_is_not_in_it_whatever_the_force_named() -> None:
    told = Told()
    told.status(said_by="southmere-council")
    told.hear(away(told, area=COUNCIL), FORCE)
    assert rows(told) == []
    assert [row.standing for row in rows(told, "southmere-council")] == ["looked-after"]


def test_what_a_person_decided_is_in_it_instead_of_the_report_with_its_interview() -> None:
    told = Told()
    told.status()
    interview = away(told)
    offer(interview)
    told.hear(interview, FORCE)
    told.decision("away", BEGAN, hour(3), sources=interview.episodes)
    (row,) = rows(told)
    assert (row.missing, row.child, row.offered) == ("A", "NC40417", "Y")
    assert row.sources == interview.episodes


def test_what_began_outside_the_period_is_not_in_it() -> None:
    for began, count in (("2015-12-31 23:59", 1), ("2016-01-01 00:00", 0)):
        told = Told()
        told.status()
        told.episode(moment(began), moment(began) + timedelta(hours=9))
        assert len(rows(told)) == count, began
