"""The statutory Missing table: what is returned, and what a person must decide first."""

from datetime import date
from itertools import permutations

import pytest

from services.mash.views.statutory import OfChild, Row, of_child
from shared.contracts import missing
from shared.contracts.mentions import Identifier
from tests.support.told import COUNCIL, Told, a_child, moment, some_id

YEAR = 2016
SINCE_2017 = missing.RiskGrade(scheme="app-2017", level="medium")


def told(*, looked_after: bool = True) -> Told:
    found = Told()
    if looked_after:
        found.status(since=date(2015, 1, 5))
    return found


def table(found: Told, *, year: int = YEAR, authority: str = COUNCIL) -> OfChild:
    part = of_child(found.view(), authority=authority, year=year)
    assert part is not None
    return part


def spans(part: OfChild) -> list[tuple[str, str, str]]:
    return [(row.missing, row.mis_start, row.mis_end) for row in part.rows]


def why(part: OfChild) -> list[str]:
    return [problem.why for problem in part.problems]


def test_a_police_episode_of_a_looked_after_child_is_a_period_missing() -> None:
    found = told()
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))

    part = table(found)

    assert part.rows == (
        Row(
            child="NC40417", dob="15/02/2001", missing="M", mis_start="02/05/2015",
            mis_end="03/05/2015",
        ),
    )  # fmt: skip
    assert part.problems == ()


def test_it_starts_when_the_child_was_last_seen_if_that_is_the_latest() -> None:
    found = told()
    found.episode(
        moment("2015-05-02 20:00"),
        moment("2015-05-04 07:00"),
        last_seen_at=moment("2015-05-03 00:30"),
        reported_at=moment("2015-05-03 01:00"),
    )
    assert spans(table(found)) == [("M", "03/05/2015", "04/05/2015")]


def test_days_are_those_of_the_place_not_of_utc() -> None:
    found = told()
    # Half past midnight in May is still yesterday in UTC.
    found.episode(moment("2015-05-03 00:30"), moment("2015-05-04 00:15"))
    assert spans(table(found)) == [("M", "03/05/2015", "04/05/2015")]


def test_a_child_who_is_not_looked_after_is_not_in_it() -> None:
    found = told(looked_after=False)
    found.status("child-in-need", since=date(2015, 1, 5))
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    assert of_child(found.view(), authority=COUNCIL, year=YEAR) is None


def test_another_authoritys_child_is_not_in_it() -> None:
    found = told()
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    assert of_child(found.view(), authority="southmere-council", year=YEAR) is None


@pytest.mark.parametrize(
    ("since", "until", "rows"),
    [
        (date(2015, 5, 2), None, 1),
        (date(2015, 5, 3), None, 0),
        (date(2015, 1, 5), date(2015, 5, 1), 0),
        (date(2015, 1, 5), date(2015, 5, 3), 1),
    ],
)
def test_only_what_began_while_the_child_was_looked_after_counts(
    since: date, until: date | None, rows: int
) -> None:
    found = told(looked_after=False)
    found.status(since=since, until=until)
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    assert len(table(found).rows) == rows


def test_the_polices_absent_is_neither_code_until_a_person_decides() -> None:
    found = told()
    episode = found.episode(
        moment("2015-05-02 20:00"), moment("2015-05-03 07:00"), concern="absent", risk=None
    )

    undecided = table(found)
    assert (undecided.rows, why(undecided)) == ((), ["needs-a-decision"])
    assert undecided.problems[0].sources == (episode.id,)

    found.decision(
        "away", moment("2015-05-02 20:00"), moment("2015-05-03 09:00"), sources=(episode.id,)
    )
    decided = table(found)
    assert spans(decided) == [("A", "02/05/2015", "03/05/2015")]
    assert decided.problems == ()


def test_what_a_person_decides_is_not_returned_is_not() -> None:
    found = told()
    episode = found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    found.decision("not-returned", sources=(episode.id,))
    assert (table(found).rows, table(found).problems) == ((), ())


def test_another_authoritys_decision_changes_nothing() -> None:
    found = told()
    episode = found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    found.decision("not-returned", sources=(episode.id,), said_by="southmere-council")
    assert len(table(found).rows) == 1


def test_periods_that_overlap_are_listed_and_never_merged() -> None:
    found = told()
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-04 07:00"))
    found.episode(moment("2015-05-03 20:00"), moment("2015-05-05 07:00"), force="southmere-police")
    found.episode(moment("2015-06-02 20:00"), moment("2015-06-03 07:00"))

    part = table(found)

    assert spans(part) == [("M", "02/06/2015", "03/06/2015")]
    assert why(part) == ["overlap", "overlap"]
    assert {problem.rules for problem in part.problems} == {(574,)}


def test_a_second_period_beside_an_open_one_is_an_overlap() -> None:
    found = told()
    found.episode(moment("2015-05-02 20:00"))
    found.episode(moment("2015-07-03 20:00"), moment("2015-07-05 07:00"))
    assert why(table(found)) == ["overlap", "overlap"]


def test_two_periods_of_one_day_that_follow_one_another_do_not_overlap() -> None:
    found = told()
    found.episode(moment("2015-05-02 02:00"), moment("2015-05-02 07:00"))
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-02 23:00"))
    assert len(table(found).rows) == 2


def test_one_open_at_the_years_end_is_returned_open_and_again_in_the_next() -> None:
    found = told()
    found.episode(moment("2016-03-30 20:00"), moment("2016-04-02 07:00"))
    assert spans(table(found, year=2016)) == [("M", "30/03/2016", "")]
    assert spans(table(found, year=2017)) == [("M", "30/03/2016", "02/04/2016")]
    assert spans(table(found, year=2018)) == []


def test_what_is_unresolved_stays_open_until_the_eighteenth_birthday() -> None:
    found = told()
    found.episode(moment("2019-01-10 20:00"), risk=SINCE_2017)
    assert spans(table(found, year=2019)) == [("M", "10/01/2019", "15/02/2019")]


def test_what_begins_at_eighteen_is_not_returned() -> None:
    found = told()
    found.episode(moment("2019-02-15 20:00"), moment("2019-02-16 20:00"), risk=SINCE_2017)
    part = table(found, year=2019)
    assert (part.rows, why(part)) == ((), ["after-eighteenth-birthday"])


def test_care_that_ends_while_the_child_is_away_is_said_with_its_rule() -> None:
    found = told(looked_after=False)
    found.status(since=date(2015, 1, 5), until=date(2015, 5, 10))
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-20 07:00"))
    part = table(found)
    assert len(part.rows) == 1
    assert why(part) == ["care-ended"]
    assert 580 in part.problems[0].rules


def test_an_unknown_day_of_birth_is_the_fifteenth() -> None:
    found = told(looked_after=False)
    found.status(child=a_child(born="2001-02"))
    found.episode(
        moment("2015-05-02 20:00"),
        moment("2015-05-03 07:00"),
        child=a_child(born=None, identifiers=()),
    )
    assert table(found).rows[0].dob == "15/02/2001"


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        (a_child(identifiers=()), "no-child-id"),
        (a_child(born="2001"), "no-date-of-birth"),
        (
            a_child(
                identifiers=(
                    Identifier(scheme="la-child-id", value="=cmd|' /C calc'!A0", issuer=COUNCIL),
                )
            ),
            "no-child-id",
        ),
    ],
)
def test_without_a_number_or_a_birth_there_is_no_row(child: object, expected: str) -> None:
    found = told(looked_after=False)
    found.status(child=child)  # type: ignore[arg-type]
    found.episode(
        moment("2015-05-02 20:00"),
        moment("2015-05-03 07:00"),
        child=a_child(born=None, identifiers=()),
    )
    part = table(found)
    assert (part.rows, expected in why(part)) == ((), True)


def test_ids_of_two_children_are_not_one() -> None:
    found = told()
    other = Identifier(scheme="la-child-id", value="NC99999", issuer=COUNCIL, verified=True)
    found.status("school", child=a_child(identifiers=(other,)))
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    assert why(table(found)) == ["several-child-ids"]


def test_in_whatever_order_it_is_heard_the_table_is_the_same() -> None:
    found = told()
    episode = found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    found.decision(
        "away", moment("2015-05-02 21:00"), moment("2015-05-03 07:00"), sources=(episode.id,)
    )
    expected = table(found)
    for events in permutations(found.events):
        again = Told()
        again.events = list(events)
        assert table(again) == expected


def test_a_decision_about_something_unknown_here_stands_by_itself() -> None:
    found = told()
    found.decision(
        "missing", moment("2015-05-02 20:00"), moment("2015-05-03 07:00"), sources=(some_id(),)
    )
    assert spans(table(found)) == [("M", "02/05/2015", "03/05/2015")]
