"""Statuses, who is responsible, interview clocks and lengths of time in the child view."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import msgspec
import pytest

from services.intake.domain import Status
from services.mash.views.child import child_view, fold_child, now_of
from services.mash.views.child.now import Responsible, standing_of
from services.missing.domain import Interview
from shared.contracts import intake, missing
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    PersonIdentity,
    PersonMention,
    PersonName,
    PlaceDetails,
    PlaceMention,
)
from shared.contracts.sealed import Sealed
from tests.support.told import LATER, SUBJECT, Told, a_child, moment

HOME, HOST, FAR = "northvale-council", "southmere-council", "abbey-council"
DAY = date(2015, 5, 20)


def corrected(child: UUID, said_at: datetime, since: date) -> intake.StatusCorrected:
    return intake.StatusCorrected(
        about=(child,),
        child=child,
        kind="looked-after",
        since=since,
        until=None,
        responsible=HOME,
        host=None,
        said_at=said_at,
        details=Sealed.of(child, intake.StatusDetails(legal_status="C2")),
        worker=None,
        contact=None,
        reason=Sealed.of(child, intake.EndDetails(text="The order.")),
    )


def test_whether_a_child_is_known_depends_on_the_day_asked_about() -> None:
    told = Told()
    told.status(since=date(2015, 1, 5), until=date(2015, 4, 7))
    told.status("child-in-need", since=date(2015, 4, 8), said_by=HOST)
    view = told.view()

    found = {day: standing_of(view, date.fromisoformat(day)) for day in (
        "2015-01-04", "2015-01-05", "2015-04-07", "2015-04-08")}  # fmt: skip

    assert [each.known for each in found.values()] == ["not-told", "now", "now", "now"]
    assert found["2015-04-07"].looked_after == (HOME,)
    assert found["2015-04-08"].looked_after == ()
    assert found["2015-04-08"].child_in_need == (HOST,)
    told = Told()
    told.status(until=date(2015, 4, 7))
    assert standing_of(told.view(), DAY).known == "before"


def test_a_school_or_a_worker_alone_is_no_standing() -> None:
    told = Told()
    told.status("school", responsible=None)
    standing = standing_of(told.view(), DAY)
    assert (standing.known, len(standing.in_force)) == ("not-told", 1)


def test_several_authorities_stand_beside_one_another() -> None:
    told = Told()
    told.status(said_by=HOME)
    told.status("child-in-need", said_by=HOST)
    view = told.view()
    assert {(line.kind, line.said.agency) for line in view.statuses} == {
        ("looked-after", HOME),
        ("child-in-need", HOST),
    }


def test_a_status_is_as_its_authority_said_it_last_whatever_came_first() -> None:
    """Every order of arrival of a correction, an ending and an older correction gives one line."""
    first = a_child()
    said: tuple[Callable[[Status], None], ...] = (
        lambda s: s.correct(
            corrected(first.mention_id, moment("2015-05-03 09:00"), since=date(2015, 1, 6)),
            now=LATER,
        ),
        lambda s: s.correct(
            corrected(first.mention_id, moment("2015-05-02 09:00"), since=date(2014, 1, 1)),
            now=LATER,
        ),
        lambda s: s.end(
            intake.StatusEnded(
                about=(first.mention_id,),
                child=first.mention_id,
                until=date(2015, 5, 9),
                said_at=moment("2015-05-09 09:00"),
                reason=None,
            ),
            now=LATER,
        ),
    )
    lines = set()
    for order in permutations(said):
        told = Told()
        status = told.status(child=first)
        for decide in order:
            decide(status)
        told.hear(status, HOME)
        (line,) = told.view().statuses
        lines.add((line.since, line.until, [each.what for each in line.history][-1]))
        assert len(line.history) == 4
    assert lines == {(date(2015, 1, 6), date(2015, 5, 9), "status-ended")}


def test_what_was_withdrawn_is_shown_and_counts_nowhere() -> None:
    told = Told()
    status = told.status()
    status.withdraw(
        intake.StatusWithdrawn(
            about=(status.child,),
            child=status.child,
            why="another-child",
            said_at=moment("2015-05-03 09:00"),
            reason=None,
        ),
        now=LATER,
    )
    told.hear(status, HOME)
    view = told.view()
    (line,) = view.statuses
    assert line.withdrawn == "another-child"
    standing = standing_of(view, DAY)
    assert (standing.known, standing.in_force, standing.responsible) == ("not-told", (), ())


def test_a_placement_and_a_worker_stand_with_the_status_that_names_them() -> None:
    told = Told()
    home, worker = new_mention_id(), new_mention_id()
    told.status(
        host=HOST,
        others=(
            PlaceMention(
                mention_id=home,
                role="placed_at",
                place=Sealed.of(home, PlaceDetails(name="Saltmarsh House")),
            ),
        ),
    )
    told.status(
        "allocated-worker",
        responsible=None,
        worker=worker,
        contact=Sealed.of(worker, intake.WorkerContact(team="Fostering")),
        others=(
            PersonMention(
                mention_id=worker,
                role="professional",
                identity=Sealed.of(
                    worker, PersonIdentity(names=(PersonName(full="Sorrel Finch"),))
                ),
            ),
        ),
    )
    lines = {line.kind: line for line in told.view().statuses}
    placed, works = lines["looked-after"].place, lines["allocated-worker"]
    assert placed is not None
    assert works.worker is not None
    assert works.contact is not None
    assert (placed.mention_id, works.worker.mention_id) == (home, worker)
    assert works.contact.opened is not None
    assert b"Fostering" in bytes(works.contact.opened)


def test_a_status_with_conditions_is_its_own_authoritys() -> None:
    told = Told()
    told.status(handling="C")
    shown = [fact for fact in told.facts() if fact.handling == "P"]
    assert child_view(SUBJECT, shown) is None


def lines_of(told: Told, day: date = DAY) -> list[tuple[str, str, str | None]]:
    found = standing_of(told.view(), day).responsible
    return [(each.authority, each.how, each.not_accepted_from) for each in found]


def test_the_responsible_authority_is_not_the_host() -> None:
    told = Told()
    told.status(responsible=HOME, host=HOST)
    standing = standing_of(told.view(), DAY)
    assert [each.authority for each in standing.responsible] == [HOME]
    assert [(each.authority, each.said_by) for each in standing.host] == [(HOST, HOME)]


def test_responsibility_moves_only_when_the_other_authority_accepts() -> None:
    told = Told()
    told.status(said_by=HOME)
    request = told.request(HOME, HOST, at=moment("2015-05-04 09:00"))
    assert told.view().responsibility[0].open
    assert lines_of(told) == [(HOME, "stated", None)]

    told.accept(request, at=moment("2015-05-06 23:30"))

    assert lines_of(told, date(2015, 5, 5)) == [(HOME, "stated", None)]
    assert lines_of(told, date(2015, 5, 6)) == [(HOST, "accepted", None)]
    assert not told.view().responsibility[0].open


def test_an_authority_that_says_so_without_acceptance_is_shown_to_differ() -> None:
    told = Told()
    told.status(said_by=HOME)
    told.status(said_by=HOST, since=date(2015, 3, 1))
    assert lines_of(told) == [(HOME, "stated", None), (HOST, "stated", HOME)]
    told.accept(
        told.request(HOME, HOST, at=moment("2015-05-04 09:00")), at=moment("2015-05-05 09:00")
    )
    assert lines_of(told) == [(HOST, "accepted", None)]
    told.status(said_by=HOME, since=date(2015, 5, 10))
    assert lines_of(told) == [(HOST, "accepted", None), (HOME, "stated", HOST)]


def test_an_acceptance_from_somebody_who_does_not_hold_it_moves_nothing() -> None:
    told = Told()
    told.status(said_by=HOME)
    told.accept(
        told.request(FAR, HOST, at=moment("2015-05-04 09:00")), at=moment("2015-05-05 09:00")
    )
    assert lines_of(told) == [(HOME, "stated", None)]


def test_an_ended_status_leaves_its_authority_responsible_until_somebody_accepts() -> None:
    told = Told()
    told.status(said_by=HOME, until=date(2015, 4, 1))
    told.status(said_by=HOST, since=date(2015, 4, 2))
    (holder, differs) = standing_of(told.view(), DAY).responsible
    assert (holder.authority, holder.status_ended) == (HOME, True)
    assert (differs.authority, differs.not_accepted_from) == (HOST, HOME)


def test_an_enquiry_is_the_hosts_until_the_home_authority_accepts() -> None:
    told = Told()
    request = told.request(
        HOST, HOME, matter="child-protection-enquiry", at=moment("2015-05-04 09:00")
    )
    assert lines_of(told) == []
    told.accept(request, at=moment("2015-05-05 09:00"))
    (line,) = standing_of(told.view(), DAY).responsible
    assert line == Responsible(
        matter="child-protection-enquiry",
        authority=HOME,
        how="accepted",
        since=date(2015, 5, 5),
        said_by=HOME,
    )


BEGAN = datetime(2015, 5, 2, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "state", "minutes"),
    [(71, "due", 60), (72, "due", 0), (73, "overdue", -60), (1000, "overdue", -55680)],
)
def test_the_clock_of_an_interview_is_the_questions(hours: int, state: str, minutes: int) -> None:
    told = Told()
    episode = told.episode(BEGAN, BEGAN + timedelta(hours=4))
    back = BEGAN + timedelta(hours=4)
    interview = Interview.require(child=episode.child, episode_id=episode.id, since=BEGAN)
    interview.start_clock(episode_id=episode.id, returned_at=back)
    told.hear(interview, "northvale-police")
    row = fold_child(SUBJECT, told.facts())

    (clock,) = now_of(told.view(), back + timedelta(hours=hours)).interviews

    assert (clock.state, clock.minutes_left) == (state, minutes)
    assert fold_child(SUBJECT, told.facts()) == row  # the fold knows no present


def test_how_long_an_episode_lasted_is_elapsed_time_and_an_open_one_lasts_until_now() -> None:
    told = Told()
    # The night of 29 March 2015 has no hour between one and two.
    told.episode(moment("2015-03-28 22:00"), moment("2015-03-29 04:00"))
    still = told.episode(moment("2015-05-02 20:00"))
    mistaken = told.episode(moment("2015-05-03 20:00"))
    mistaken.withdraw(missing_in_error(mistaken.child, moment("2015-05-03 21:00")), now=LATER)
    told.hear(mistaken, "northvale-police")

    lasted = now_of(told.view(), moment("2015-05-03 20:00")).durations

    assert [(each.episode_id == still.id, each.minutes, each.still) for each in lasted] == [
        (True, 24 * 60, True),
        (False, 5 * 60, False),
    ]


def missing_in_error(child: UUID, at: datetime) -> missing.ReportedInError:
    return missing.ReportedInError(
        about=(child,),
        child=child,
        found_at=at,
        reason=Sealed.of(child, missing.EpisodeNote(text="At home all along.")),
    )


def test_a_row_says_the_same_in_whatever_order_it_was_heard() -> None:
    told = Told()
    told.status(host=HOST)
    told.accept(
        told.request(HOME, HOST, at=moment("2015-05-04 09:00")), at=moment("2015-05-05 09:00")
    )
    told.episode(BEGAN, BEGAN + timedelta(hours=4))
    rows = {
        fold_child(SUBJECT, told.facts(events))
        for events in (told.events, told.events[::-1], sorted(told.events, key=lambda e: uuid4()))
    }
    (row,) = rows
    assert row is not None
    assert msgspec.json.decode(row)["statuses"]
