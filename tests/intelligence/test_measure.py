"""The rules of a measure: taken, varied, breached, ended; in any order, also late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.intelligence.domain import Measure
from shared.contracts import intelligence
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    Mention,
    OrganisationMention,
    PersonMention,
    PlaceMention,
    VehicleMention,
)
from shared.contracts.refusals import Invalid, RuleBroken
from tests.support.scenario import given, when_made

TAKEN = datetime(2015, 5, 6, 11, 30, tzinfo=UTC)
NOW = datetime(2016, 7, 1, 9, 0, tzinfo=UTC)
TARGET, CHILD = new_mention_id(), new_mention_id()
MAN = PersonMention(mention_id=TARGET, role="perpetrator")


def taken(target: Mention = MAN, **changed: Any) -> intelligence.MeasureTaken:
    fields: dict[str, Any] = {
        "mentions": (target, PersonMention(mention_id=CHILD, role="child")),
        "kind": "child-abduction-warning-notice",
        "taken_by": "northvale-police",
        "target": target.mention_id,
        "protects": (CHILD,),
        "ordered_by": "own-authority",
        "taken_at": TAKEN,
        "since": date(2015, 5, 6),
        "until": date(2016, 5, 5),
        "conditions": None,
    }
    return intelligence.MeasureTaken(**(fields | changed))


def varied(at: datetime, until: date | None) -> intelligence.MeasureVaried:
    return intelligence.MeasureVaried(
        about=(TARGET, CHILD), varied_at=at, until=until, conditions=None
    )


def breached(at: datetime) -> intelligence.MeasureBreached:
    return intelligence.MeasureBreached(about=(TARGET, CHILD), breached_at=at, account=None)


def ended(on: date) -> intelligence.MeasureEnded:
    return intelligence.MeasureEnded(about=(TARGET, CHILD), ended_on=on, why="charged-instead")


def mistake() -> intelligence.MeasureRecordedInError:
    return intelligence.MeasureRecordedInError(about=(TARGET, CHILD), said_at=NOW)


def take(data: intelligence.MeasureTaken) -> Any:
    return when_made(lambda: Measure.take(data, handling="P", now=NOW))


@pytest.mark.parametrize("until", [None, date(2015, 5, 6), date(2016, 5, 5), date(2099, 1, 1)])
def test_a_measure_holds_from_a_day_until_a_day_or_without_end(until: date | None) -> None:
    data = taken(until=until)
    take(data).then(data)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"taken_at": NOW + timedelta(hours=1)}, "/taken_at"),
        ({"since": date(2015, 5, 5)}, "/since"),
        ({"since": date(1915, 5, 6), "taken_at": datetime(1915, 5, 6, tzinfo=UTC)}, "/since"),
        ({"until": date(2015, 5, 5)}, "/until"),
        ({"until": date(2216, 5, 5)}, "/until"),
        ({"protects": ()}, "/children"),
        ({"kind": "closure-order"}, "/kind"),
    ],
)
def test_days_and_kinds_that_cannot_be_are_refused_at_their_place(
    changed: dict[str, Any], pointer: str
) -> None:
    take(taken(**changed)).refuses(Invalid, pointer)


@pytest.mark.parametrize(
    "target",
    [
        PlaceMention(mention_id=TARGET, role="premises"),
        OrganisationMention(mention_id=TARGET, role="licensed_service"),
    ],
)
def test_licences_are_of_premises_and_orders_of_people(target: Mention) -> None:
    licence = taken(target, kind="premises-licence-review", protects=())
    take(licence).then(licence)
    take(taken(target, kind="sexual-risk-order", protects=())).refuses(Invalid, "/kind")
    take(taken(kind="premises-licence-review", protects=())).refuses(Invalid, "/kind")


def test_what_may_be_against_anything_may_be_against_a_car() -> None:
    car = taken(VehicleMention(mention_id=TARGET, role="seen_in"), kind="other", protects=())
    take(car).then(car)


def test_what_changed_last_in_the_world_counts_whatever_came_last() -> None:
    later, earlier = TAKEN + timedelta(days=90), TAKEN + timedelta(days=30)
    found = given(Measure, taken(), varied(later, date(2017, 1, 1)))
    changed = varied(earlier, date(2015, 12, 31))
    measure = found.when(lambda m: m.vary(changed, now=NOW)).then(changed)
    assert measure.until == date(2017, 1, 1)
    found.when(lambda m: m.vary(varied(later, None), now=NOW)).refuses(RuleBroken)


@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        (lambda m: m.vary(varied(TAKEN - timedelta(days=1), None), now=NOW), "/varied_at"),
        (lambda m: m.vary(varied(NOW + timedelta(days=1), None), now=NOW), "/varied_at"),
        (lambda m: m.vary(varied(TAKEN, date(2015, 5, 5)), now=NOW), "/until"),
        (lambda m: m.breach(breached(TAKEN - timedelta(days=1)), now=NOW), "/breached_at"),
        (lambda m: m.breach(breached(datetime(2016, 5, 6, 12, tzinfo=UTC)), now=NOW),
         "/breached_at"),
        (lambda m: m.end(ended(date(2015, 5, 5)), now=NOW), "/ended_on"),
        (lambda m: m.end(ended(date(2016, 5, 6)), now=NOW), "/ended_on"),
        (lambda m: m.end(ended(date(2016, 7, 2)), now=NOW), "/ended_on"),
    ],
)  # fmt: skip
def test_nothing_becomes_of_it_on_a_day_on_which_it_did_not_hold(step: Any, pointer: str) -> None:
    given(Measure, taken()).when(step).refuses(Invalid, pointer)


def test_a_breach_while_it_held_may_be_told_after_its_end_and_once() -> None:
    while_it_held = breached(datetime(2015, 7, 14, 21, 40, tzinfo=UTC))
    over = given(Measure, taken(), ended(date(2015, 10, 30)))
    over.when(lambda m: m.breach(while_it_held, now=NOW)).then(while_it_held)
    given(Measure, taken(), while_it_held).when(lambda m: m.breach(while_it_held, now=NOW)).refuses(
        RuleBroken
    )
    over.when(lambda m: m.end(ended(date(2015, 10, 29)), now=NOW)).refuses(RuleBroken)
    later = varied(datetime(2015, 11, 5, tzinfo=UTC), None)
    over.when(lambda m: m.vary(later, now=NOW)).refuses(RuleBroken)


def test_one_change_is_told_once_however_late_and_nothing_ends_before_what_became_of_it() -> None:
    later, earlier = TAKEN + timedelta(days=90), TAKEN + timedelta(days=30)
    known = given(Measure, taken(), varied(later, None), varied(earlier, None))
    known.when(lambda m: m.vary(varied(earlier, date(2017, 1, 1)), now=NOW)).refuses(RuleBroken)
    day_before = ended((later - timedelta(days=1)).date())
    known.when(lambda m: m.end(day_before, now=NOW)).refuses(Invalid, "/ended_on")
    same_day = ended(later.date())
    known.when(lambda m: m.end(same_day, now=NOW)).then(same_day)
    broken = given(Measure, taken(), breached(later))
    broken.when(lambda m: m.end(day_before, now=NOW)).refuses(Invalid, "/ended_on")


def test_one_without_an_end_ends_when_that_is_told() -> None:
    data = ended(date(2016, 6, 30))
    given(Measure, taken(until=None)).when(lambda m: m.end(data, now=NOW)).then(data)


def test_of_a_mistake_nothing_more_is_taken() -> None:
    given(Measure, taken()).when(lambda m: m.mark_in_error(now=NOW)).then(mistake())
    for step in (
        lambda m: m.vary(varied(TAKEN, None), now=NOW),
        lambda m: m.breach(breached(TAKEN), now=NOW),
        lambda m: m.end(ended(date(2015, 6, 1)), now=NOW),
        lambda m: m.mark_in_error(now=NOW),
    ):
        given(Measure, taken(), mistake()).when(step).refuses(RuleBroken)
