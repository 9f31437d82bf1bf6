"""Measures in the views of whom and what they are against, and of the children they protect."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from services.intelligence.domain import Measure
from services.mash.application import seen
from services.mash.views.measures import in_force_on
from services.mash.views.nodes import NodeKind, NodeView, node_view
from shared.contracts import intelligence
from shared.contracts.context import Handling
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    Mention,
    PersonIdentity,
    PersonMention,
    PersonName,
    PlaceDetails,
    PlaceMention,
)
from shared.contracts.sealed import Sealed
from tests.mash.test_views import actor
from tests.support.told import Told

TAKEN = datetime(2015, 5, 6, 11, 30, tzinfo=UTC)
NOW = datetime(2016, 7, 1, 9, 0, tzinfo=UTC)
SUBJECT = uuid4()


def child() -> PersonMention:
    mention_id = new_mention_id()
    identity = PersonIdentity(names=(PersonName(full="Wren Ashdown", use="known"),))
    return PersonMention(
        mention_id=mention_id, role="child", identity=Sealed.of(mention_id, identity)
    )


def man() -> PersonMention:
    mention_id = new_mention_id()
    identity = PersonIdentity(names=(PersonName(full="Marlo", use="nickname"),))
    return PersonMention(
        mention_id=mention_id, role="perpetrator", identity=Sealed.of(mention_id, identity)
    )


def hotel() -> PlaceMention:
    mention_id = new_mention_id()
    place = PlaceDetails(name="Harbour Lodge", type="hotel")
    return PlaceMention(mention_id=mention_id, role="premises", place=Sealed.of(mention_id, place))


def taken(target: Mention, *children: PersonMention, **changed: Any) -> intelligence.MeasureTaken:
    owner = target.mention_id
    fields: dict[str, Any] = {
        "mentions": (target, *children),
        "kind": "child-abduction-warning-notice",
        "taken_by": "northvale-police",
        "target": owner,
        "protects": tuple(each.mention_id for each in children),
        "ordered_by": "own-authority",
        "taken_at": TAKEN,
        "since": date(2015, 5, 6),
        "until": date(2016, 5, 5),
        "conditions": Sealed.of(owner, intelligence.MeasureConditions(text="Not to meet her.")),
    }
    return intelligence.MeasureTaken(**(fields | changed))


def measure(data: intelligence.MeasureTaken, handling: Handling = "P") -> Measure:
    return Measure.take(data, handling=handling, now=NOW)


def vary(measure: Measure, at: datetime, until: date | None, conditions: str | None = None) -> None:
    measure.vary(
        intelligence.MeasureVaried(
            about=measure.mentions,
            varied_at=at,
            until=until,
            conditions=(
                Sealed.of(measure.target, intelligence.MeasureConditions(text=conditions))
                if conditions is not None
                else None
            ),
        ),
        now=NOW,
    )


def view_of(told: Told, mention: Mention, kind: NodeKind = "perpetrator") -> NodeView:
    facts = [fact for fact in told.facts() if fact.mention_id == mention.mention_id]
    found = node_view(kind, SUBJECT, facts)
    assert found is not None
    return found


def test_it_stands_with_whom_it_is_against_and_whom_it_protects() -> None:
    told, against, girl = Told(), man(), child()
    told.hear(measure(taken(against, girl)), "northvale-police")

    (line,) = view_of(told, against).measures
    facts = [fact for fact in told.facts() if fact.mention_id == girl.mention_id]
    told.events = told.events[:1]
    view = Told.view(told)
    (protecting,) = view.measures
    assert line.kind == protecting.kind == "child-abduction-warning-notice"
    assert (line.target, line.protects) == (against.mention_id, (girl.mention_id,))
    assert line.conditions.opened is not None
    assert b"Not to meet her." in bytes(line.conditions.opened)
    assert [each.what for each in view.chronology] == ["measure-taken"]
    assert view.chronology[0].kind == "child-abduction-warning-notice"
    assert {fact.kind for fact in facts} == {"happening", "named", "beside"}


def test_it_is_in_force_from_its_first_to_its_last_day_and_no_other() -> None:
    told, against, girl = Told(), man(), child()
    told.hear(measure(taken(against, girl)), "northvale-police")
    measures = view_of(told, against).measures
    days = [date(2015, 5, 5), date(2015, 5, 6), date(2016, 5, 5), date(2016, 5, 6)]
    assert [bool(in_force_on(measures, day)) for day in days] == [False, True, True, False]


def test_one_without_an_end_holds_until_it_is_told_to_have_ended() -> None:
    told, place = Told(), hotel()
    review = measure(taken(place, kind="premises-licence-review", until=None))
    review.end(
        intelligence.MeasureEnded(
            about=review.mentions, ended_on=date(2015, 8, 1), why="no-longer-needed"
        ),
        now=NOW,
    )
    told.hear(review, "northvale-licensing")
    (line,) = view_of(told, place, "place").measures
    assert (line.last_day, line.why) == (date(2015, 8, 1), "no-longer-needed")
    assert line.in_force(date(2015, 8, 1))
    assert not line.in_force(date(2015, 8, 2))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_comes_first_it_stands_as_it_was_varied_last(order: tuple[int, ...]) -> None:
    told, against, girl = Told(), man(), child()
    notice = measure(taken(against, girl))
    changes = [
        (TAKEN + timedelta(days=10), date(2015, 12, 31), "Not to write to her."),
        (TAKEN + timedelta(days=20), date(2016, 3, 31), None),
        (TAKEN + timedelta(days=30), None, None),
    ]
    for number in order:
        vary(notice, *changes[number])
    told.hear(notice, "northvale-police")
    (line,) = view_of(told, against).measures
    assert [one.until for one in line.varied] == [date(2015, 12, 31), date(2016, 3, 31), None]
    assert line.last_day is None
    assert line.conditions.opened is not None
    assert b"Not to write to her." in bytes(line.conditions.opened)


def test_breaches_are_told_with_it_and_a_mistake_holds_on_no_day() -> None:
    told, against, girl = Told(), man(), child()
    notice = measure(taken(against, girl))
    notice.breach(
        intelligence.MeasureBreached(
            about=notice.mentions, breached_at=TAKEN + timedelta(days=9), account=None
        ),
        now=NOW,
    )
    told.hear(notice, "northvale-police")
    (line,) = view_of(told, against).measures
    assert [one.breached_at for one in line.breaches] == [TAKEN + timedelta(days=9)]
    notice.mark_in_error(now=NOW)
    told.hear(notice, "northvale-police")
    (line,) = view_of(told, against).measures
    assert line.in_error
    assert in_force_on([line], date(2015, 6, 1)) == ()


def test_where_both_are_found_to_be_one_subject_nothing_is_told_twice() -> None:
    told, against, girl = Told(), man(), child()
    notice = measure(taken(against, girl))
    vary(notice, TAKEN + timedelta(days=10), date(2016, 1, 1))
    notice.breach(
        intelligence.MeasureBreached(
            about=notice.mentions, breached_at=TAKEN + timedelta(days=9), account=None
        ),
        now=NOW,
    )
    told.hear(notice, "northvale-police")
    found = node_view("perpetrator", SUBJECT, told.facts())
    assert found is not None
    (line,) = found.measures
    assert (len(line.varied), len(line.breaches)) == (1, 1)


def test_one_that_is_kept_with_conditions_is_shown_to_its_own_agency_only() -> None:
    told, against, girl = Told(), man(), child()
    told.hear(measure(taken(against, girl), "C"), "northvale-police")
    facts = [fact for fact in told.facts() if fact.mention_id == against.mention_id]
    own = seen(facts, actor("northvale-police"))
    other = seen(facts, actor("northvale-council"))
    assert len(own.facts) == len(facts)
    assert (other.facts, other.withheld) == ([], len(facts))


def test_a_view_without_any_is_as_it_was() -> None:
    told = Told()
    told.episode(TAKEN)
    assert told.view().measures == ()
    assert b'"measures":[]' in msgspec.json.encode(told.view())
