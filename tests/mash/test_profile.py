"""The problem profile: who counts where, what is never guessed, and what is hidden where shared."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.mash.views.profile import Question, answer_of, count
from services.mash.views.profile.answer import Profile
from services.mash.views.profile.counting import REGION, Count
from services.mash.views.profile.described import about_age_of, age_of, ethnicity_of, sex_of
from services.mash.views.profile.noticed import Noticed, noticed
from services.mash.views.profile.reports import InformationReport, Reports, Suspect
from services.mash.views.profile.small_numbers import hide, rounded
from shared.contracts.mentions import Ethnicity, PersonIdentity
from tests.support.told import SUBJECT, Told

ASKED = Question(
    authorities=("northvale-council", "southmere-council"),
    first=date(2015, 3, 1),
    last=date(2015, 6, 30),
)
DAY = datetime(2015, 4, 1, 12, 0, tzinfo=UTC)
MAN = UUID(int=7)


def a_child(number: int = 1, **changed: object) -> Noticed:
    fields: dict[str, object] = {
        "subject_id": UUID(int=number),
        "area": "northvale-council",
        "first": DAY,
        "told": (PersonIdentity(sex="female", date_of_birth="2001-02-15"),),
        "level": "medium",
        "ticks": frozenset(),
        "reports": (),
        "in_care": False,
        "lived_in_home": False,
        "concerns": frozenset(),
        "places": (),
        "told_by": frozenset(),
    }
    return Noticed(**(fields | changed))  # type: ignore[arg-type] # of a test


def a_report(victim: int = 1, *, named: bool, online: bool = False) -> Reports:
    who = PersonIdentity(sex="male", age_from=20, age_to=30)
    report = InformationReport(
        at=DAY,
        times=(DAY,),
        incidents=(frozenset({MAN}),),
        victims=frozenset({UUID(int=victim)}),
        suspects=frozenset({MAN}),
        online=online,
        places=("hotel", None),
    )
    return Reports(reports=(report,), suspects={MAN: Suspect(told=(who,), named=named)})


def answered(children: list[Noticed], reports: Reports, *, shared: bool = False) -> Profile:
    return answer_of(
        count(children, reports, ASKED, {}),
        ASKED,
        shared=shared,
        directory=True,
        elsewhere=0,
        withheld=0,
        known_by=None,
        as_of={},
    )


NONE = Reports(reports=(), suspects={})


def test_there_are_seventeen_figures_each_with_base_time_and_caveat() -> None:
    found = answered([a_child()], NONE)
    assert [figure.id for figure in found.figures] == [f"PP{n}" for n in range(1, 18)]
    for figure in found.figures:
        assert figure.base_is
        assert len(figure.caveat) > 20
        assert (figure.as_at is None) == (figure.first is not None)


def test_what_nobody_tells_is_not_held_and_not_a_count_of_none() -> None:
    bail = answered([a_child()], NONE).figures[15]
    assert (bail.id, bail.state, bail.areas) == ("PP16", "not-held", ())


def test_what_is_not_recorded_stays_in_the_base() -> None:
    children = [a_child(1), a_child(2, told=(PersonIdentity(),))]
    counts = count(children, NONE, ASKED, {})
    assert counts["PP3"][REGION].base == 2
    assert counts["PP3"][REGION].cells == {"female": 1, "not-recorded": 1}
    assert counts["PP4"][REGION].cells == {"not-recorded": 2}


def test_where_agencies_differ_neither_is_taken() -> None:
    told = [
        PersonIdentity(sex="female", date_of_birth="2001-02-15"),
        PersonIdentity(sex="male", date_of_birth="2001-02-16"),
    ]
    assert sex_of(told) == "agencies-differ"
    assert age_of(told, date(2015, 4, 1)) == "agencies-differ"
    assert about_age_of(told, date(2015, 4, 1)) is None


def test_an_age_counts_from_the_birthday_itself() -> None:
    told = [PersonIdentity(date_of_birth="2001-02-15")]
    assert age_of(told, date(2015, 2, 14)) == "13"
    assert age_of(told, date(2015, 2, 15)) == "14"
    assert age_of([PersonIdentity(date_of_birth="2001")], date(2015, 2, 15)) == "not-exact"


def test_an_ethnicity_of_another_scheme_is_not_mapped_and_a_refusal_is_not_recorded() -> None:
    def of(scheme: str, code: str) -> str:
        return ethnicity_of([PersonIdentity(ethnicity=Ethnicity(scheme=scheme, code=code))])

    assert of("police-16-plus-1", "W1") == "white-european"
    assert of("police-16-plus-1", "NS") == "not-recorded"
    assert of("somebodys-own", "W1") == "not-mapped"


def test_an_estimated_age_is_the_middle_of_its_range_and_two_ranges_are_none() -> None:
    one, other = PersonIdentity(age_from=20, age_to=30), PersonIdentity(age_from=40, age_to=50)
    assert about_age_of([one, one], date(2015, 4, 1)) == 25
    assert about_age_of([one, other], date(2015, 4, 1)) is None


def test_incidents_have_a_base_of_their_own_and_a_nickname_is_no_name() -> None:
    for named, cell in ((True, "named"), (False, "not-named")):
        counts = count([a_child(1), a_child(2)], a_report(named=named), ASKED, {})
        assert counts["PP1"][REGION].base == 2
        assert counts["PP5"][REGION].base == 1
        assert counts["PP5"][REGION].cells == {cell: 1}


def test_a_report_of_a_child_of_another_region_is_not_counted() -> None:
    assert "PP5" not in count([a_child(1)], a_report(victim=2, named=True), ASKED, {})


def test_the_base_of_care_is_partial_and_says_so() -> None:
    children = [
        a_child(1, in_care=True, told_by=frozenset({"northvale-council"})),
        a_child(2, area="southmere-council"),
    ]
    counts = count(children, NONE, ASKED, {})
    assert counts["PP9"][REGION].base == 1
    assert counts["PP9"][REGION].outside == {"authority-tells-nothing": 1}
    assert "PP10" not in counts


def test_the_base_of_earlier_care_is_those_at_home() -> None:
    told = frozenset({"northvale-council"})
    children = [
        a_child(1, in_care=True, lived_in_home=True, told_by=told),
        a_child(2, lived_in_home=True, told_by=told),
        a_child(3, told_by=told),
    ]
    found = count(children, NONE, ASKED, {})["PP10"][REGION]
    assert (found.base, found.cells) == (2, {"lived-in-childrens-home": 1, "not-told": 1})


def test_the_region_s_own_areas_are_no_destination_and_an_unknown_postcode_is_beside() -> None:
    asked = Question(
        authorities=ASKED.authorities, first=ASKED.first, last=ASKED.last, own_areas=("Q00000001",)
    )
    children = [a_child(1, places=("QN1 1AA", "QX1 1AA")), a_child(2, places=(None, "QZ9 9ZZ"))]
    areas = {"QN1 1AA": "Q00000001", "QX1 1AA": "Q00000009"}
    found = count(children, NONE, asked, areas)["PP15"][REGION]
    assert (found.base, found.cells) == (1, {"Q00000009": 1})
    assert found.outside == {"not-recorded": 1}


def test_a_child_counts_in_the_period_and_on_its_first_and_last_day_by_the_clocks_here() -> None:
    # Summer time: the period's last minute is 22:59 by UTC.
    for began, counts in (
        (datetime(2015, 2, 28, 23, 59, tzinfo=UTC), False),
        (datetime(2015, 3, 1, 0, 0, tzinfo=UTC), True),
        (datetime(2015, 6, 30, 22, 59, tzinfo=UTC), True),
        (datetime(2015, 6, 30, 23, 0, tzinfo=UTC), False),
    ):
        told = Told()
        told.episode(began, began + timedelta(minutes=1), at_risk_of_exploitation="yes")
        assert (noticed(told.view(), (), ASKED) is not None) is counts, began


def test_that_a_child_was_away_is_not_yet_that_somebody_called_it_at_risk() -> None:
    told = Told()
    told.episode(DAY, DAY + timedelta(hours=2))
    assert told.view().subject_id == SUBJECT
    assert noticed(told.view(), (), ASKED) is None


def test_the_area_is_the_responsible_authority_on_the_last_day_and_else_not_recorded() -> None:
    for until, area in ((None, "northvale-council"), (date(2015, 6, 29), "not-recorded")):
        told = Told()
        told.episode(DAY, DAY + timedelta(hours=2), at_risk_of_exploitation="yes")
        told.status(until=until)
        found = noticed(told.view(), (), ASKED)
        assert found is not None
        assert (found.area, found.in_care) == (area, until is None)


def test_a_shared_profile_hides_one_to_four_and_rounds_the_rest() -> None:
    children = [a_child(n) for n in range(1, 14)]
    children += [a_child(n, told=(PersonIdentity(sex="male"),)) for n in range(14, 17)]
    sex = answered(children, NONE, shared=True).figures[2].areas[0]
    assert sex.base == 15  # sixteen
    assert {cell.label: cell.count for cell in sex.cells} == {"female": 15, "male": None}
    assert rounded(0) == 0
    assert [rounded(n) for n in (1, 4)] == [None, None]
    assert [rounded(n) for n in (5, 7, 8)] == [5, 5, 10]


def test_a_mean_of_fewer_than_ten_is_not_shared() -> None:
    mean = answered([a_child(1)], a_report(named=True), shared=True).figures[6].areas[0]
    assert (mean.base, mean.value) == (None, None)


def test_no_rate_is_given_where_the_population_is_not_known() -> None:
    assert answered([a_child(level="significant")], NONE).figures[16].areas[0].value is None


CELLS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 30), min_size=1)


def a_figure(parts: dict[str, dict[str, int]]) -> dict[str, Count]:
    counts: dict[str, Count] = {REGION: Count()}
    for area, cells in parts.items():
        counts[area] = Count(base=sum(cells.values()))
        counts[area].cells.update(cells)
        counts[REGION].base += counts[area].base
        counts[REGION].cells.update(cells)
    return counts


@given(parts=st.dictionaries(st.sampled_from("xyz"), CELLS, min_size=1))
def test_no_sum_tells_a_hidden_number(parts: dict[str, dict[str, int]]) -> None:
    """What a reader can reckon from a total and its other parts never excludes one nor four."""
    counts = a_figure(parts)
    hidden = hide(counts, sums=True)

    def bounds(area: str, kind: str, label: str, number: int) -> tuple[float, float]:
        if rounded(number) is None:
            return 1, 4
        if (area, kind, label) in hidden:
            return 1, float("inf")
        shown = rounded(number)
        assert shown is not None
        return (shown - 2, shown + 2) if shown else (0, 0)

    for area, each in counts.items():
        everything_hidden = all((area, "cell", x) in hidden for x, n in each.cells.items() if n)
        if everything_hidden and (area, "base", "") in hidden:
            continue  # nothing is shown at all
        whole = bounds(area, "base", "", each.base)
        for label, number in each.cells.items():
            if rounded(number) is None:
                assert (area, "cell", label) in hidden
                rest = [
                    bounds(area, "cell", other, n)
                    for other, n in each.cells.items()
                    if other != label
                ]
                assert whole[0] - sum(high for _, high in rest) <= 1
                assert whole[1] - sum(low for low, _ in rest) >= 4
