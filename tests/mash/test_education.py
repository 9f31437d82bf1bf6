"""Who was screened or away, by how they were taught: which status counts, and what differs."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.mash.views.profile import (
    EDUCATION,
    EDUCATION_NOTES,
    Question,
    Taught,
    answer_of,
    count_taught,
    taught,
)
from services.mash.views.profile.counting import REGION
from services.missing.domain import Education
from shared.contracts import missing, times
from tests.mash.test_times_away import concern, in_error
from tests.screening.forms import COMPLETED, complete, form
from tests.support.told import Told, a_child, moment

ASKED = Question(
    authorities=("northvale-council",), first=date(2015, 1, 1), last=date(2015, 12, 31)
)
NIGHT = timedelta(hours=9)


def status(told: Told, what: missing.EducationStatus, since: str, agency: str = "school") -> None:
    who = a_child(identifiers=())
    day = date.fromisoformat(since)
    data = missing.EducationStatusRecorded(
        mentions=(who,), child=who.mention_id, status=what, since=day
    )
    at = datetime(day.year, day.month, day.day, tzinfo=times.LONDON)
    told.hear(Education.record(data, at=at), agency)


def screened(told: Told, completed_at: datetime = COMPLETED, **changed: Any) -> None:
    told.hear(complete(form(completed_at=completed_at, **changed)), "quarry-bank-school")


def away(told: Told, began: str, **changed: Any) -> None:
    told.episode(moment(began), moment(began) + NIGHT, **changed)


def of(told: Told) -> Taught:
    found = taught(told.view(), told.facts(), ASKED)
    assert found is not None
    return found


def test_levels_and_times_away_stand_beside_how_the_child_was_taught_on_each_day() -> None:
    told = Told()
    status(told, "mainstream", "2014-09-01")
    status(told, "part-time-timetable", "2015-05-02")
    status(told, "home-educated", "2015-09-01")
    screened(told)
    away(told, "2015-05-01 20:00")
    away(told, "2015-05-02 20:00")
    away(told, "2015-10-02 20:00", concern="absent", risk=None)
    concern(told, moment("2015-10-20 20:00"))

    child = of(told)
    level = told.view().screenings.lines[0].level
    assert child.status == "home-educated"
    assert child.screened == ("mainstream", level)
    assert child.times == (
        ("mainstream", "missing"),
        ("part-time-timetable", "missing"),
        ("home-educated", "absent"),
        ("home-educated", "concern"),
    )
    counts = {name: areas[REGION] for name, areas in count_taught([child]).items()}
    assert {name: (count.base, dict(count.cells)) for name, count in counts.items()} == {
        "ED1": (1, {"home-educated": 1}),
        "ED2": (1, {f"mainstream: {level}": 1}),
        "ED3": (4, {
            "mainstream: missing": 1, "part-time-timetable: missing": 1,
            "home-educated: absent": 1, "home-educated: concern": 1,
        }),
    }  # fmt: skip


@pytest.mark.parametrize("what", ["home-educated", "alternative-provision", "not-in-education"])
def test_a_status_counts_from_its_day_by_the_clocks_of_the_place(
    what: missing.EducationStatus,
) -> None:
    # In summer its first moment is 23:00 of the day before, in UTC.
    for began, on_the_day in (("2015-05-31 23:59", "not-recorded"), ("2015-06-01 00:00", what)):
        told = Told()
        status(told, what, "2015-06-01")
        away(told, began)
        assert of(told).times == ((on_the_day, "missing"),)


def test_a_status_after_the_period_is_not_the_childs_in_it() -> None:
    told = Told()
    away(told, "2015-05-02 20:00")
    assert of(told).status == "not-recorded"
    status(told, "home-educated", "2016-01-01")
    assert of(told).status == "not-recorded"


def test_an_agency_corrects_itself_and_two_that_differ_are_not_decided_between() -> None:
    told = Told()
    away(told, "2015-05-02 20:00")
    status(told, "mainstream", "2015-03-01")
    status(told, "part-time-timetable", "2015-03-01")
    assert of(told).status == "part-time-timetable"
    status(told, "home-educated", "2015-03-01", agency="northvale-council")
    assert of(told).status == "agencies-differ"
    status(told, "part-time-timetable", "2015-03-01", agency="northvale-council")
    assert of(told).status == "part-time-timetable"


def test_what_nobody_knows_is_said_and_is_not_what_nobody_told() -> None:
    told = Told()
    away(told, "2015-05-02 20:00")
    status(told, "unknown", "2015-03-01")
    assert of(told).status == "unknown"


def test_the_newest_screening_of_the_period_counts_once() -> None:
    told = Told()
    screened(told)
    screened(told, COMPLETED + timedelta(days=30))
    child = of(told)
    assert child.screened is not None
    assert count_taught([child])["ED2"][REGION].base == 1
    assert child.times == ()


def test_a_child_with_neither_in_the_period_is_not_counted() -> None:
    told = Told()
    status(told, "home-educated", "2015-03-01")
    in_error(told, moment("2015-05-02 20:00"))
    away(told, "2016-05-02 20:00")
    assert taught(told.view(), told.facts(), ASKED) is None


def test_small_numbers_are_hidden_where_shared_and_each_figure_says_what_it_is_of() -> None:
    told = Told()
    status(told, "home-educated", "2015-03-01")
    away(told, "2015-05-02 20:00")
    for shared, base in ((True, None), (False, 1)):
        found = answer_of(
            count_taught([of(told)]), ASKED, shared=shared, directory=True, elsewhere=0,
            withheld=0, known_by=None, as_of={}, definitions=EDUCATION, notes=EDUCATION_NOTES,
        )  # fmt: skip
        assert [figure.id for figure in found.figures] == ["ED1", "ED2", "ED3"]
        by_status = found.figures[0]
        assert by_status.areas[0].base == base
        assert by_status.base_is
        assert by_status.caveat
