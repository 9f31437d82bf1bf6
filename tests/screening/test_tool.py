"""The tool's own rules, case by case, with the day before and the day of every limit."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.screening.domain import Advice, Tool, advise, consider, youngest_credible
from services.screening.domain.ages import years_on
from services.screening.tools import shipped
from shared.contracts import screening
from shared.contracts.mentions import PersonIdentity
from shared.contracts.refusals import Invalid
from tests.screening.forms import BORN, NOW, TOOL, complete, facts, form, ticks

AgeStatement = screening.AgeStatement


def rules(filled: Any) -> dict[str, screening.Advised]:
    return {reason.rule: reason for reason in consider(filled, TOOL).advice.reasons}


def refused(filled: Any) -> str:
    """Where the form was refused."""
    with pytest.raises(Invalid) as reason:
        complete(filled)
    (fault,) = reason.value.faults
    return fault.pointer


def test_the_shipped_tool_has_every_indicator_of_the_printed_form() -> None:
    counts = {group.code: len(group.indicators) for group in TOOL.groups}
    assert counts == {"significant": 7, "medium": 19, "vulnerability": 8}
    columns = {group.code: group.columns for group in TOOL.groups}
    assert columns["significant"] == ("current_6m", "prior_6m")
    assert columns["medium"] == columns["vulnerability"] == ("tick",)
    labels = {column.code: column.label for column in TOOL.columns}
    assert labels["current_6m"] == "Current or during the past 6 months:"
    assert labels["prior_6m"] == "Prior to 6 months ago:"
    assert [level.code for level in TOOL.levels] == ["low", "medium", "significant"]


@pytest.mark.parametrize("tool", shipped(), ids=lambda tool: tool.version)
def test_every_shipped_tool_may_be_published_and_every_rule_says_where_it_is_from(
    tool: screening.ToolDefinition,
) -> None:
    Tool.publish(tool, authority=None, now=NOW)
    assert all(rule.source for rule in tool.rules)
    # There is no score: nothing in a tool is a weight or a threshold of ticks.
    assert not re.search(r"score|weight|points", str(tool.rules))


# RA: no child under 13 is assessed low where behaviours indicate risk.


def test_the_day_before_the_thirteenth_birthday_low_is_refused() -> None:
    assert refused(form(born=BORN[12], ticked=ticks("M10"), level="low", rationale="x")) == "/level"


def test_on_the_thirteenth_birthday_low_may_be_given() -> None:
    assert complete(form(born=BORN[13], ticked=ticks("M10"))).level == "low"


@pytest.mark.parametrize("code", ["S1", "S7", "M1", "M19"])
def test_any_significant_or_medium_indicator_is_a_behaviour(code: str) -> None:
    assert refused(form(born=BORN[12], ticked=ticks(code), rationale="x")) == "/level"


def test_a_significant_indicator_of_the_past_is_a_behaviour_too() -> None:
    filled = form(born=BORN[12], ticked=ticks("S3", columns=("prior_6m",)), rationale="x")
    assert refused(filled) == "/level"


def test_only_vulnerability_factors_under_13_are_a_prompt_and_no_floor() -> None:
    filled = form(born=BORN[12], ticked=ticks("V2"))
    assert "RA-VULNERABILITY" in rules(filled)
    assert refused(filled) == "/rationale"
    assert complete(form(born=BORN[12], ticked=ticks("V2"), rationale="Grief.")).level == "low"


def test_nothing_ticked_under_13_may_be_low() -> None:
    assert complete(form(born=BORN[12])).level == "low"


# RB: no child with a learning disability is assessed low where behaviours indicate risk.


def test_with_a_learning_disability_low_is_refused_at_any_age() -> None:
    filled = form(born=BORN[15], learning_disability="yes", ticked=ticks("M10"), rationale="x")
    assert refused(filled) == "/level"


@pytest.mark.parametrize("answer", ["no", "unknown"])
def test_that_v3_is_ticked_proves_no_learning_disability(answer: screening.YesNo) -> None:
    filled = form(born=BORN[15], learning_disability=answer, ticked=ticks("V3", "M10"))
    assert complete(filled).level == "low"
    assert "RB-NOT-PROVEN" in rules(filled)


def test_a_learning_disability_without_behaviours_may_be_low() -> None:
    assert complete(form(learning_disability="yes", ticked=ticks("V3"))).level == "low"


# RC: children under 18; with additional needs up to 21. Nobody is dropped for not being sure.


@pytest.mark.parametrize(
    ("born", "needs", "accepted"),
    [
        ("1997-02-12", "no", True),  # 18 tomorrow
        ("1997-02-11", "no", False),  # 18 today
        ("1997-02-11", "unknown", True),
        ("1996-01-01", "yes", True),  # 19
        ("1994-02-12", "yes", True),  # 21 tomorrow
        ("1994-02-11", "yes", False),  # 21 today
        ("1994-02-11", "unknown", False),
    ],
)
def test_up_to_18_and_with_additional_needs_up_to_21(
    born: str, needs: screening.YesNo, accepted: bool
) -> None:
    filled = form(born=born, additional_needs=needs)
    assert (
        accepted == (complete(filled).level == "low") if accepted else refused(filled) == "/child"
    )


def test_nobody_is_refused_whose_age_is_not_known() -> None:
    assert complete(form(born=None)).level == "low"


# RE, RD: one significant indicator; one indicator.


def test_one_significant_indicator_does_not_set_the_level() -> None:
    filled = form(born=BORN[16], ticked=ticks("S1"), level="medium")
    found = consider(filled, TOOL).advice
    assert (found.level, found.lowest) == ("medium", "low")
    assert complete(filled).level == "medium"


def test_below_the_prompt_of_one_significant_indicator_takes_a_rationale() -> None:
    assert refused(form(ticked=ticks("S1"), level="low")) == "/rationale"
    assert complete(form(ticked=ticks("S1"), level="low", rationale="A bus strike.")).level == "low"


def test_one_vulnerability_factor_may_be_low_and_asks_for_action() -> None:
    made = complete(form(born=BORN[16], ticked=ticks("V2")))
    assert set(made.open) == {"action", "review"}


def test_no_number_of_ticks_points_to_a_level() -> None:
    everything = [found.code for group in TOOL.groups for found in group.indicators]
    medium = [code for code in everything if not code.startswith("S")]
    assert consider(form(ticked=ticks(*medium)), TOOL).advice.level is None
    assert consider(form(ticked=ticks(*everything)), TOOL).advice.level == "medium"


def test_wherever_a_behaviour_is_ticked_the_tool_says_to_look_beyond_it() -> None:
    assert "RJ" in rules(form(ticked=ticks("M10")))
    assert "RJ" in rules(form(ticked=ticks("S1")))
    assert "RJ" not in rules(form(ticked=ticks("V2")))
    assert "RJ" not in rules(form())


# RJ: a level above the prompts is never blocked.


@given(
    st.sets(st.sampled_from([i.code for group in TOOL.groups for i in group.indicators])),
    st.sampled_from([None, *BORN.values()]),
    st.sampled_from(["yes", "no", "unknown"]),
)
def test_a_level_above_the_prompts_is_never_blocked_and_a_higher_one_neither(
    codes: set[str], born: str | None, learning_disability: screening.YesNo
) -> None:
    filled = form(born=born, ticked=ticks(*codes), learning_disability=learning_disability)
    found = consider(filled, TOOL).advice
    levels = [level.code for level in TOOL.levels]
    for level in levels[levels.index(found.level or found.lowest) :]:
        made = complete(
            form(
                born=born,
                ticked=ticks(*codes),
                learning_disability=learning_disability,
                level=level,
            )
        )
        assert made.level == level


@given(
    st.sets(st.sampled_from([i.code for group in TOOL.groups for i in group.indicators])),
    st.sampled_from([None, *BORN.values()]),
    st.sampled_from(["yes", "no", "unknown"]),
)
def test_one_more_tick_never_lowers_what_is_advised(
    codes: set[str], born: str | None, learning_disability: screening.YesNo
) -> None:
    order = [None, *(level.code for level in TOOL.levels)]

    def advised(given: list[str]) -> Advice:
        filled = form(born=born, ticked=ticks(*given), learning_disability=learning_disability)
        return advise(TOOL, facts(filled))

    before, found = advised(sorted(codes)[:-1]), advised(sorted(codes))
    assert order.index(found.level) >= order.index(before.level)
    assert order.index(found.lowest) >= order.index(before.lowest)
    # This prompt gives way to the floor, which points to the same level.
    gone = {reason.rule for reason in before.reasons} - {reason.rule for reason in found.reasons}
    assert gone <= {"RA-VULNERABILITY"}


# The youngest credible age.


def age(*ages: AgeStatement, born: str | None = None, age_from: int | None = None) -> Any:
    identity = PersonIdentity(date_of_birth=born, age_from=age_from)
    return youngest_credible(identity, ages, date(2015, 2, 11))


def test_a_disputed_age_is_the_youngest_credible_one_and_says_so() -> None:
    # "She is saying she is 17, but we suspect she's more like 14."
    found = age(AgeStatement(asserted_by="school", age_from=14, age_to=15), age_from=17)
    assert found.years == 14
    assert "as said by school" in found.says
    assert "also 17" in found.says


def test_what_nobody_believes_is_not_used() -> None:
    assert (
        age(AgeStatement(asserted_by="child", age_from=11, believed=False), age_from=15).years == 15
    )
    assert age(AgeStatement(asserted_by="child", age_from=16, believed=False)).years is None


def test_seventeen_claimed_and_twelve_believed_is_under_the_floor() -> None:
    ages = (AgeStatement(asserted_by="health", age_from=12, age_to=14),)
    filled = form(born=None, age_from=17, ages=ages, ticked=ticks("M10"), rationale="x")
    assert refused(filled) == "/level"


@pytest.mark.parametrize(
    ("born", "years"),
    [("2002", 12), ("2002-02", 12), ("2002-01", 13), ("2001", 13), ("2002-02-11", 13)],
)
def test_of_a_date_of_which_only_a_part_is_known_the_latest_day_counts(
    born: str, years: int
) -> None:
    assert age(born=born).years == years


def test_where_no_age_is_known_low_is_refused_until_somebody_estimates_it() -> None:
    assert refused(form(born=None, ticked=ticks("M10"), rationale="x")) == "/level"
    assert complete(form(born=None, age_from=13, ticked=ticks("M10"))).level == "low"


def test_a_birth_after_the_screening_is_refused_at_its_field() -> None:
    assert refused(form(born="2015-02-12")) == "/child/date_of_birth"
    late = AgeStatement(asserted_by="records", date_of_birth="2016", believed=False)
    assert refused(form(ages=(late,))) == "/other_ages/0/date_of_birth"


def test_the_year_of_the_screening_is_no_birth_after_it() -> None:
    assert age(born="2015").years == 0


def test_who_was_born_on_29_february_is_older_on_1_march() -> None:
    born = date(2000, 2, 29)
    assert years_on(born, date(2013, 2, 28)) == 12
    assert years_on(born, date(2013, 3, 1)) == 13
    assert years_on(born, date(2016, 2, 29)) == 16


def test_age_is_reckoned_by_the_clocks_of_the_place() -> None:
    # 23:30 UTC on 27 April is half past midnight on the 28th in British Summer Time.
    late = datetime(2015, 4, 27, 23, 30, tzinfo=UTC)
    assert complete(form(born="2002-04-28", ticked=ticks("M10"), completed_at=late)).level == "low"


# The answers themselves.


@pytest.mark.parametrize(
    ("ticked", "pointer"),
    [
        (ticks("S8"), "/ticks/0/code"),
        (ticks("S1", columns=()), "/ticks/0/columns"),
        (ticks("S1", columns=("tick",)), "/ticks/0/columns"),
        ((*ticks("M1"), *ticks("M1")), "/ticks/1/code"),
    ],
)
def test_an_answer_that_the_version_does_not_ask_for_is_refused(ticked: Any, pointer: str) -> None:
    assert refused(form(ticked=ticked)) == pointer


def test_both_columns_of_a_significant_indicator_may_be_ticked() -> None:
    made = complete(form(ticked=ticks("S1", columns=("prior_6m", "current_6m")), level="medium"))
    (tick,) = made.fields.answers.content.ticks
    assert tick.columns == ("current_6m", "prior_6m")


def test_a_form_from_the_future_is_refused() -> None:
    assert refused(form(completed_at=NOW + timedelta(hours=1))) == "/completed_at"
