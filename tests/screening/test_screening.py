"""A screening's life: what it obliges to, what closes that, and what a later one changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.screening.domain import Screening, Tool, compare
from shared.contracts import screening
from shared.contracts.refusals import Invalid, RuleBroken
from shared.contracts.sealed import Sealed
from tests.screening.forms import (
    COMPLETED,
    EIGHT,
    EIGHT_ID,
    NOW,
    TOOL,
    TOOL_ID,
    complete,
    facts,
    form,
    ticks,
)
from tests.support.scenario import given, replays_to_the_same

LATER = COMPLETED + timedelta(days=60)


def happened(made: Screening) -> tuple[Any, ...]:
    """What a new screening decided, to begin from."""
    return tuple(event.data for event in made.new_events())


def medium(**changed: Any) -> tuple[Any, ...]:
    return happened(complete(form(ticked=ticks("S7"), level="medium", **changed)))


def significant() -> tuple[Any, ...]:
    return happened(complete(form(ticked=ticks("S7"), level="significant")))


def note(child: Any) -> Sealed[screening.ScreeningNote]:
    return Sealed.of(child, screening.ScreeningNote(text="Spoke to the duty worker."))


def referral(data: screening.ScreeningCompleted) -> screening.ReferralMade:
    return screening.ReferralMade(
        about=(data.child,),
        child=data.child,
        kind="discussion",
        spoken_to="duty-team",
        made_at=COMPLETED,
        tool_sent=True,
        referral_id=None,
        notes=note(data.child),
    )


def opened(events: tuple[Any, ...]) -> dict[str, screening.ObligationOpened]:
    return {
        data.obligation: data for data in events if isinstance(data, screening.ObligationOpened)
    }


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("low", {"action", "review"}),
        ("medium", {"action", "review", "referral-or-discussion", "panel-list"}),
        (
            "significant",
            {
                "action", "review", "referral-or-discussion", "panel-list", "strategy-meeting",
                "protection-plan",
            },
        ),
    ],
)  # fmt: skip
def test_each_level_obliges_to_what_the_tool_says(level: str, expected: set[str]) -> None:
    events = happened(complete(form(ticked=ticks("M1"), level=level)))
    assert set(opened(events)) == expected
    must = {name for name, data in opened(events).items() if data.must}
    assert must == expected - {"strategy-meeting", "protection-plan"}


def test_nothing_ticked_obliges_to_a_review_only_and_is_no_evidence_of_safety() -> None:
    made = complete(form())
    assert set(made.open) == {"review"}
    (data, *_) = happened(made)
    assert [reason.rule for reason in data.judgement.content.advised] == ["RO"]


@pytest.mark.parametrize(
    ("completed", "due"),
    [
        (datetime(2015, 2, 11, 15, 30, tzinfo=UTC), datetime(2015, 2, 13, tzinfo=UTC)),
        # A Friday: the working day that follows is Monday.
        (datetime(2015, 2, 13, 9, 0, tzinfo=UTC), datetime(2015, 2, 17, tzinfo=UTC)),
        # The Thursday before Good Friday 2015: it is Tuesday, in British Summer Time by then.
        (datetime(2015, 4, 2, 9, 0, tzinfo=UTC), datetime(2015, 4, 7, 23, 0, tzinfo=UTC)),
    ],
)
def test_the_referral_is_due_at_the_end_of_the_next_working_day(
    completed: datetime, due: datetime
) -> None:
    events = medium(completed_at=completed)
    assert opened(events)["referral-or-discussion"].due_by == due


def test_a_referral_closes_its_obligation_and_no_other() -> None:
    events = medium()
    data = referral(events[0])
    record = given(Screening, *events).when(lambda s: s.refer(data, now=NOW)).then(data)
    assert "referral-or-discussion" not in record.open
    assert "panel-list" in record.open


def test_an_act_in_the_future_is_refused() -> None:
    events = medium()
    late = screening.PanelListed(
        about=(events[0].child,),
        child=events[0].child,
        panel="northvale",
        listed_at=NOW + timedelta(days=1),
        meets_on=NOW.date(),
    )
    given(Screening, *events).when(lambda s: s.list_for_panel(late, now=NOW)).refuses(
        Invalid, "/listed_at"
    )


def test_what_must_be_done_is_not_lifted_and_what_should_may_be() -> None:
    events, filled = significant(), form(ticked=ticks("S7"))

    def lift(obligation: screening.Obligation) -> Any:
        return lambda s: s.lift(
            obligation, reason="The same people meet.", facts=facts(filled), tool=TOOL, now=NOW
        )

    for obligation in ("referral-or-discussion", "panel-list", "action", "review"):
        given(Screening, *events).when(lift(obligation)).refuses(RuleBroken, match="must be done")
    record = given(Screening, *events).when(lift("strategy-meeting"))
    found, _ = record._decided()
    assert "strategy-meeting" not in found.open


def test_an_obligation_that_is_not_open_is_not_lifted() -> None:
    filled = form(ticked=ticks("M1"))
    given(Screening, *happened(complete(filled))).when(
        lambda s: s.lift("panel-list", reason="x", facts=facts(filled), tool=TOOL, now=NOW)
    ).refuses(RuleBroken, match="not open")


def test_a_lower_level_closes_nothing_but_what_it_no_longer_demands_may_be_lifted() -> None:
    events, filled = medium(), form(ticked=ticks("S7"))
    record = given(Screening, *events).when(
        lambda s: s.override(
            "low", rationale="It was her sister.", facts=facts(filled), tool=TOOL, now=NOW
        )
    )
    found, decided = record._decided()
    assert [type(event.data) for event in decided] == [screening.LevelOverridden]
    assert "referral-or-discussion" in found.open
    found.lift("referral-or-discussion", reason="x", facts=facts(filled), tool=TOOL, now=NOW)
    assert "referral-or-discussion" not in found.open


def test_a_higher_level_opens_again_what_was_done_for_the_lower_one() -> None:
    events = medium()
    record = given(Screening, *events, referral(events[0])).when(
        lambda s: s.override(
            "significant",
            rationale="Coercion is clear.",
            facts=facts(form(ticked=ticks("S7"))),
            tool=TOOL,
            now=NOW,
        )
    )
    found, _ = record._decided()
    assert {"referral-or-discussion", "strategy-meeting", "protection-plan"} <= set(found.open)


def test_no_override_goes_below_a_floor() -> None:
    filled = form(born="2002-02-12", ticked=ticks("M1"), level="medium")
    given(Screening, *happened(complete(filled))).when(
        lambda s: s.override("low", rationale="x", facts=facts(filled), tool=TOOL, now=NOW)
    ).refuses(Invalid, "/level")


def test_the_same_level_is_no_override() -> None:
    filled = form(ticked=ticks("S7"))
    given(Screening, *medium()).when(
        lambda s: s.override("medium", rationale="x", facts=facts(filled), tool=TOOL, now=NOW)
    ).refuses(RuleBroken, match="already")


def test_an_amendment_says_everything_anew_and_does_not_ask_twice_for_what_was_done() -> None:
    events = medium()
    again = form(ticked=ticks("S7", "S3"), level="medium")
    record = given(Screening, *events, referral(events[0])).when(
        lambda s: s.amend(again, reason="Seen with a car.", tool_id=TOOL_ID, tool=TOOL, now=NOW)
    )
    found, decided = record._decided()
    (amended,) = [event.data for event in decided]
    assert isinstance(amended, screening.ScreeningAmended)
    assert amended.about == (events[0].child,)
    assert "referral-or-discussion" not in found.open
    assert found.child == events[0].child


def test_time_that_ran_out_is_noticed_once_and_only_past_the_deadline() -> None:
    events = medium()
    due = opened(events)["referral-or-discussion"].due_by
    assert due is not None
    record = given(Screening, *events).when(lambda s: s.run_out(now=due)).then()
    assert record.run_out(now=due + timedelta(seconds=1))
    (late,) = record.new_events()
    assert isinstance(late.data, screening.ObligationOverdue)
    assert late.data.obligation == "referral-or-discussion"
    assert not record.run_out(now=due + timedelta(seconds=2))


# Screening is not a one-off event.


def series(*filled: Any) -> list[Screening]:
    made: list[Screening] = []
    for one in filled:
        made.append(complete(one, series=tuple(made)))
    return made


def test_a_higher_level_than_before_is_an_escalation() -> None:
    _, second = series(form(), form(level="significant", completed_at=LATER))
    assert second.fields.previous.direction == "higher"  # type: ignore[attr-defined]
    assert {"strategy-meeting", "protection-plan"} <= set(second.open)


def test_a_form_that_comes_late_takes_its_place_in_time_and_asks_for_no_review() -> None:
    first, last = series(form(), form(level="medium", completed_at=LATER))
    between = complete(
        form(level="significant", completed_at=COMPLETED + timedelta(days=30)),
        series=(first, last),
    )
    assert between.fields.previous.screening_id == first.id  # type: ignore[attr-defined]
    assert "review" not in between.open
    assert between.series == first.series == first.id


def test_a_later_screening_is_the_review_of_the_earlier_one() -> None:
    first, second = series(form(), form(completed_at=LATER))
    first.new_events()
    assert first.review_by(second)
    assert "review" not in first.open
    assert not first.review_by(second)
    assert not second.review_by(first)


def test_a_level_of_another_tool_may_not_be_comparable() -> None:
    levels = tuple(replace(level, code=f"new-{level.code}") for level in TOOL.levels)
    rules = tuple(
        replace(
            rule,
            level=f"new-{rule.level}" if rule.level else None,
            when=replace(rule.when, levels=tuple(f"new-{code}" for code in rule.when.levels)),
        )
        for rule in TOOL.rules
    )
    other = replace(TOOL, version="2020", levels=levels, rules=rules)
    Tool.publish(other, authority=None, now=NOW)
    first = complete()
    second = complete(
        form(level="new-low", completed_at=LATER), tool=other, tool_id=EIGHT_ID, series=(first,)
    )
    assert second.fields.previous.direction == "not-comparable"  # type: ignore[attr-defined]


def test_what_one_version_does_not_ask_is_no_change() -> None:
    first = complete(form(ticked=ticks("S4"), level="medium"))
    second = complete(
        form(ticked=ticks("S4", "S8"), level="medium", completed_at=LATER),
        tool=EIGHT,
        tool_id=EIGHT_ID,
        series=(first,),
    )
    forward = compare(("medium", first.fields, TOOL), ("medium", second.fields, EIGHT))
    back = compare(("medium", second.fields, EIGHT), ("medium", first.fields, TOOL))
    asked = [{d.code: (d.asked, d.change) for d in one.differences} for one in (forward, back)]
    assert asked[0]["S8"] == ("only-after", None)
    assert asked[1]["S8"] == ("only-before", None)
    assert asked[0]["S4"] == ("by-both", "the-same")
    assert len(asked[0]) == len(asked[1]) == 35


def test_a_replay_of_a_whole_life_gives_the_same_screening() -> None:
    made = complete(form(ticked=ticks("S7"), level="medium"))
    made.refer(referral(made.fields), now=NOW)  # type: ignore[arg-type]
    made.override(
        "significant",
        rationale="x",
        facts=facts(form(ticked=ticks("S7"))),
        tool=TOOL,
        now=NOW,
    )
    made.run_out(now=NOW)
    replays_to_the_same(made, made.new_events())


def test_a_screening_with_conditions_keeps_them_on_all_that_follows() -> None:
    made = complete(form(ticked=ticks("S7"), level="medium"), handling="C")
    made.refer(referral(made.fields), now=NOW)  # type: ignore[arg-type]
    made.run_out(now=NOW)
    assert {event.handling for event in made.new_events()} == {"C"}
