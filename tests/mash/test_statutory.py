"""The statutory Missing table: what is returned, and what a person must decide first."""

from datetime import date, datetime, timedelta
from itertools import pairwise, permutations
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mash.application.statutory import IN_ONE_DISCLOSURE, in_disclosures
from services.mash.views.statutory import (
    OfChild,
    Problem,
    Row,
    collection_year,
    of_child,
    one_child_each,
)
from shared.contracts import missing
from shared.contracts.mentions import Identifier
from tests.support.told import COUNCIL, LATER, Told, a_child, moment, some_id

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


def test_versions_that_give_another_day_are_for_a_person_and_another_hour_is_not() -> None:
    found = told()
    episode = found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    found.revise(
        episode,
        2,
        missing_since=moment("2015-05-02 21:00"),
        reported_at=moment("2015-05-02 22:00"),
    )
    assert len(table(found).rows) == 1
    found.revise(episode, 3, missing_since=moment("2015-05-01 21:00"))
    assert (table(found).rows, why(table(found))) == ((), ["reports-differ"])
    found.decision(
        "missing", moment("2015-05-02 21:00"), moment("2015-05-03 07:00"), sources=(episode.id,)
    )
    assert spans(table(found)) == [("M", "02/05/2015", "03/05/2015")]


def test_missing_ends_when_it_is_known_where_the_child_is() -> None:
    found = told()
    episode = found.episode(moment("2015-05-02 20:00"))
    located = missing.ChildLocated(
        about=(episode.child,),
        child=episode.child,
        located_at=moment("2015-05-04 10:00"),
        narrative=None,
    )
    episode.locate(located, now=LATER)
    found.hear(episode, "northvale-police")
    part = table(found)
    assert spans(part) == [("M", "02/05/2015", "04/05/2015")]
    assert [(each.why, each.returned) for each in part.problems] == [("found-before-return", True)]


def test_a_period_that_only_reaches_into_care_is_for_a_person() -> None:
    found = told(looked_after=False)
    found.status(since=date(2015, 5, 3))
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-04 07:00"))
    part = table(found)
    assert (part.rows, why(part)) == ((), ["began-before-care"])


def test_care_that_ended_with_the_right_reason_breaks_no_rule_about_it() -> None:
    for reason, asked in (("E8", False), ("E4", True), (None, True)):
        found = told(looked_after=False)
        status = found.status()
        found.end(status, date(2015, 5, 10), reason)
        found.episode(moment("2015-05-02 20:00"), moment("2015-05-20 07:00"))
        (problem,) = table(found).problems
        assert (problem.why, 580 in problem.rules) == ("care-ended", asked)


def test_a_placement_that_ended_while_the_child_was_away_is_said() -> None:
    found = told(looked_after=False)
    found.status(until=date(2015, 5, 3))
    found.status(since=date(2015, 5, 4))
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-06 07:00"))
    (problem,) = table(found).problems
    assert (problem.why, problem.rules, problem.returned) == ("placement-ended", (575,), True)


def test_a_child_found_after_the_eighteenth_birthday_was_missing_until_it() -> None:
    found = told()
    found.episode(moment("2019-02-10 20:00"), moment("2019-02-20 20:00"), risk=SINCE_2017)
    assert spans(table(found, year=2019)) == [("M", "10/02/2019", "15/02/2019")]


def test_a_child_whom_only_another_authority_calls_yours_is_said_and_not_returned() -> None:
    found = told(looked_after=False)
    found.status(said_by="southmere-council", responsible=COUNCIL)
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    part = table(found)
    assert (part.rows, why(part), part.looked_after) == ((), ["not-your-status"], False)


def test_what_the_asker_may_not_see_is_said_to_be_there() -> None:
    found = told()
    found.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    part = of_child(found.view(), authority=COUNCIL, year=YEAR, withheld=3)
    assert part is not None
    assert why(part) == ["not-all-visible"]


def part_of(subject: int, child: str, start: str) -> OfChild:
    row = Row(child=child, dob="15/02/2001", missing="M", mis_start=start, mis_end=start)
    return OfChild(subject_id=UUID(int=subject), looked_after=True, rows=(row,), problems=())


def test_two_records_with_one_child_id_are_returned_by_neither() -> None:
    parts = [
        part_of(1, "B2", "02/05/2015"),
        part_of(2, "A1", "03/05/2015"),
        part_of(3, "B2", "01/05/2015"),
    ]
    rows, problems = one_child_each(parts)
    assert [row.child for row in rows] == ["A1"]
    assert [(each.why, each.subject_id.int) for each in problems] == [
        ("two-records", 1),
        ("two-records", 3),
    ]


def test_the_table_is_by_child_and_by_day_not_by_how_a_day_is_written() -> None:
    parts = [
        msgspec.structs.replace(
            part_of(1, "A1", "02/05/2015"),
            rows=tuple(
                row
                for start in ("03/04/2015", "02/05/2015", "10/04/2015")
                for row in part_of(1, "A1", start).rows
            ),
        )
    ]
    starts = [row.mis_start for row in one_child_each(parts)[0]]
    assert starts == ["03/04/2015", "10/04/2015", "02/05/2015"]


def test_disclosures_hold_as_many_ids_as_an_event_can() -> None:
    view = told().view()
    many = tuple(UUID(int=number) for number in range(2 * IN_ONE_DISCLOSURE + 1))
    shown = [view, msgspec.structs.replace(view, subject_id=UUID(int=9), mentions=many)]
    parts = list(in_disclosures(shown))
    assert [len(mentions) for _, mentions in parts] == [
        IN_ONE_DISCLOSURE,
        IN_ONE_DISCLOSURE,
        2,
    ]
    assert {subject for subjects, _ in parts for subject in subjects} == {
        view.subject_id,
        UUID(int=9),
    }
    assert list(in_disclosures([])) == [([], [])]


# Whatever is reported and decided, what is returned keeps the Department's rules.

AWAY = st.tuples(
    st.sampled_from(["missing", "absent", "decided-M", "decided-A", "not-returned"]),
    st.integers(0, 24 * 500),
    st.one_of(st.none(), st.integers(0, 24 * 60)),
    st.integers(-48, 48),
)
CARE = st.tuples(st.integers(-200, 400), st.one_of(st.none(), st.integers(0, 300)))


def day_of(written: str) -> date:
    return datetime.strptime(written, "%d/%m/%Y").date()  # noqa: DTZ007 (a day)


def broken(rows: list[Row], year: int) -> list[int]:
    """The Department's rules that these lines break, judged by the lines alone."""
    first, last = collection_year(year)
    found = []
    for row in rows:
        starts, ends = day_of(row.mis_start), day_of(row.mis_end) if row.mis_end else None
        found += [1006] * (row.missing not in {"M", "A"})
        found += [567] * (ends is not None and ends < starts)
        found += [570] * (starts > last)
        found += [571] * (ends is not None and not first <= ends <= last)
        found += [586] * (starts < day_of(row.dob))
    for one, other in pairwise(sorted(rows, key=lambda row: day_of(row.mis_start))):
        still = not one.mis_end or day_of(other.mis_start) < day_of(one.mis_end)
        found += [574] * still
    return found


@given(st.lists(AWAY, max_size=6), st.lists(CARE, min_size=1, max_size=3))
def test_whatever_was_told_what_is_returned_keeps_the_rules(
    aways: list[tuple[str, int, int | None, int]], cares: list[tuple[int, int | None]]
) -> None:
    began = moment("2015-02-10 12:00")
    heard = Told()
    for since, length in cares:
        day = began.date() + timedelta(days=since)
        until = day + timedelta(days=length) if length is not None else None
        heard.status(since=day, until=until)
    for what, start, length, seen in aways:
        starts = began + timedelta(hours=start)
        ends = starts + timedelta(hours=length) if length is not None else None
        last_seen = starts + timedelta(hours=seen)
        if what in {"missing", "absent"}:
            told_at = max(starts, last_seen)
            heard.episode(
                starts,
                max(ends, told_at) if ends is not None else None,
                concern=what,
                last_seen_at=last_seen,
                reported_at=told_at,
                risk=None
                if what == "absent"
                else missing.RiskGrade(scheme="college-2013", level="medium"),
            )
        elif what == "not-returned":
            heard.decision("not-returned", sources=(some_id(),))
        else:
            heard.decision("missing" if what == "decided-M" else "away", starts, ends)
    for year in (2015, 2016):
        part = of_child(heard.view(), authority=COUNCIL, year=year)
        if part is not None:
            assert broken(list(part.rows), year) == []
            assert_everything_is_somewhere(part, heard, year)


def assert_everything_is_somewhere(part: OfChild, heard: Told, year: int) -> None:
    """No time away that touches care in the year is neither returned nor for a person."""
    first, last = collection_year(year)
    told_of: list[Problem] = list(part.problems)
    starts = {row.mis_start for row in part.rows}
    for line in heard.view().statuses:
        for episode in heard.view().episodes:
            assert episode.began is not None
            day = episode.began.date()
            within = line.in_force(day) and first <= day <= last
            named = any(episode.episode_id in problem.sources for problem in told_of)
            unusable = {"no-child-id", "no-date-of-birth"} & {problem.why for problem in told_of}
            if within and not named and not unusable:
                assert starts
