"""What rules say of facts: each at its boundary, once of each trigger, and nothing of the rest."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.mash.rules import AnyRule, Rules, in_force, read
from services.mash.views.alerting import MOST, Known, Signal, others_in, postcodes_in, signals
from shared.contracts import missing
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    Mention,
    PersonIdentity,
    PersonMention,
    PlaceDetails,
    PlaceMention,
    VehicleDetails,
    VehicleMention,
)
from shared.contracts.sealed import Sealed
from shared.projecting.facts import Fact
from tests.mash.test_intelligence import Case
from tests.support.told import Told

BEGAN = datetime(2015, 3, 1, 18, 0, tzinfo=UTC)
SUBJECT = uuid4()


def rule(name: str, **changed: Any) -> AnyRule:
    found = in_force().named(name)
    assert found is not None
    return msgspec.structs.replace(found, **changed)


def said(by: AnyRule, facts: Sequence[Fact], known: Known | None = None) -> list[Signal]:
    return signals([by], SUBJECT, facts, known or Known())


def child(born: str | None = "2001-02-15", **more: Any) -> PersonMention:
    mention_id = new_mention_id()
    identity = PersonIdentity(date_of_birth=born, **more)
    return PersonMention(
        mention_id=mention_id, role="child", identity=Sealed.of(mention_id, identity)
    )


def place(role: Any, postcode: str | None, handling: Any = "P") -> PlaceMention:
    mention_id = new_mention_id()
    details = PlaceDetails(name="Harbour Lodge", postcode=postcode)
    return PlaceMention(
        mention_id=mention_id, role=role, handling=handling, place=Sealed.of(mention_id, details)
    )


def car() -> VehicleMention:
    mention_id = new_mention_id()
    details = VehicleDetails(registration="NV12ABC")
    return VehicleMention(
        mention_id=mention_id, role="seen_in", vehicle=Sealed.of(mention_id, details)
    )


def test_every_rule_says_what_it_says_and_where_it_is_from() -> None:
    rules = in_force().rules
    assert len({each.used.name for each in rules}) == len(rules)
    for each in rules:
        assert each.says.endswith(".")
        assert each.source
    used = rule("shared-place").used
    assert used.parameters["children"] == "2"
    assert "lives_at" not in used.parameters["roles"]


@pytest.mark.parametrize(
    "broken",
    [
        {"name": "no-such-rule"},
        {"name": "repeat-episodes", "episodes": 1},
        {"name": "repeat-episodes", "days": 0},
        {"name": "young-child", "years": 99},
        {"name": "shared-place", "children": 1},
        {"name": "repeat-episodes", "surprise": 1},
    ],
)
def test_a_rule_that_is_not_well_formed_is_refused(broken: dict[str, Any]) -> None:
    found = in_force().named(broken["name"])
    whole = msgspec.to_builtins(found) if found is not None else {}
    with pytest.raises(msgspec.ValidationError):
        read(msgspec.json.encode({"rules": [whole | broken]}))
    assert read(msgspec.json.encode(in_force())) == in_force()
    assert isinstance(in_force(), Rules)


@pytest.mark.parametrize(
    ("days", "speaks"), [((0, 45, 90), 1), ((0, 45, 91), 0), ((0, 10), 0), ((0, 1, 2, 3), 2)]
)
def test_three_episodes_within_ninety_days(days: tuple[int, ...], speaks: int) -> None:
    told = Told()
    episodes = [told.episode(BEGAN + timedelta(days=day), child=child()) for day in days]
    found = said(rule("repeat-episodes"), told.facts())
    assert [signal.trigger for signal in found] == [e.id for e in episodes[-speaks:] if speaks]
    for signal in found:
        assert len(signal.evidence) == len(signal.mentions) == 3


def test_absent_counts_like_missing_and_a_mistake_does_not() -> None:
    told = Told()
    for day in (0, 5):
        told.episode(BEGAN + timedelta(days=day), child=child())
    last = told.episode(
        BEGAN + timedelta(days=9), child=child(), concern="absent", risk=None,
        missing_from="home",
    )  # fmt: skip
    assert len(said(rule("repeat-episodes"), told.facts())) == 1
    last.withdraw(
        missing.ReportedInError(
            about=(last.child,),
            child=last.child,
            found_at=BEGAN + timedelta(days=10),
            reason=Sealed.of(last.child, missing.EpisodeNote(text="She was upstairs.")),
        ),
        now=BEGAN + timedelta(days=4000),
    )
    told.hear(last, "northvale-police")
    assert said(rule("repeat-episodes"), told.facts()) == []


def test_versions_of_one_report_are_one_episode_and_the_newest_says_when_it_began() -> None:
    told = Told()
    told.episode(BEGAN, child=child())
    told.episode(BEGAN + timedelta(days=40), child=child())
    last = told.episode(BEGAN + timedelta(days=95), child=child())
    assert said(rule("repeat-episodes"), told.facts()) == []
    told.revise(last, 2, missing_since=BEGAN + timedelta(days=89))
    (signal,) = said(rule("repeat-episodes"), told.facts())
    assert (signal.trigger, len(signal.mentions)) == (last.id, 4)


def test_what_comes_late_makes_the_rule_speak_of_the_episode_that_it_concerns() -> None:
    told = Told()
    told.episode(BEGAN, child=child())
    last = told.episode(BEGAN + timedelta(days=20), child=child())
    late = told.episode(BEGAN + timedelta(days=10), child=child())
    (signal,) = said(rule("repeat-episodes"), told.facts())
    assert signal.trigger == last.id
    assert late.child in signal.mentions


@pytest.mark.parametrize(
    ("identity", "speaks"),
    [
        (child("2002-03-02"), True),  # thirteen tomorrow
        (child("2002-03-01"), False),
        (child("2002-03"), True),  # may be any day of the month: the youngest age counts
        (child("2002"), True),
        (child("2001"), False),
        (child(None), False),
        (child(None, age_from=12, age_to=15), True),
        (child(None, age_from=13), False),
        (child("2001-02-15", age_from=12), False),
    ],
)
def test_under_thirteen_by_the_youngest_age_that_anybody_gives(
    identity: PersonMention, speaks: bool
) -> None:
    told = Told()
    episode = told.episode(BEGAN, child=identity)
    found = said(rule("young-child"), told.facts())
    assert [signal.trigger for signal in found] == ([episode.id] if speaks else [])


@pytest.mark.parametrize(("day", "speaks"), [("2015-02-28", True), ("2015-03-01", False)])
def test_who_was_born_on_29_february_is_a_year_older_from_1_march_on(
    day: str, speaks: bool
) -> None:
    told = Told()
    told.episode(datetime.fromisoformat(f"{day}T12:00:00+00:00"), child=child("2004-02-29"))
    assert bool(said(rule("young-child", years=11), told.facts())) is speaks


def test_however_often_an_age_is_told_the_latest_are_the_evidence() -> None:
    told = Told()
    episodes = [
        told.episode(BEGAN + timedelta(days=day), child=child("2003-01-01"))
        for day in range(MOST + 5)
    ]
    for signal in said(rule("young-child"), told.facts()):
        assert len(set(signal.mentions)) <= MOST + 1  # and of the episode's own beginning
        assert episodes[-1].child in signal.mentions
        assert episodes[0].child not in signal.mentions or signal.trigger == episodes[0].id


def test_one_who_says_younger_is_believed() -> None:
    told = Told()
    told.episode(BEGAN, child=child("1998-01-01"))
    told.episode(BEGAN + timedelta(days=1), child=child("2003-01-01"))
    found = said(rule("young-child"), told.facts())
    assert len(found) == 2
    assert all(len(signal.mentions) == 2 for signal in found[:1])


AREAS = {"WS1 1TP": "E08000030", "B1 1BB": "E08000025"}


@pytest.mark.parametrize(
    ("home", "there", "role", "speaks"),
    [
        ("WS1 1TP", "B1 1BB", "found_at", True),
        ("WS1 1TP", "B1 1BB", "seen_at", True),
        ("WS1 1TP", "WS1 1TP", "found_at", False),
        ("WS1 1TP", "ZZ99 3VZ", "found_at", False),
        (None, "B1 1BB", "found_at", False),
        ("WS1 1TP", "B1 1BB", "last_seen_at", False),
    ],
)
def test_in_another_authoritys_area_than_the_home(
    home: str | None, there: str, role: Any, speaks: bool
) -> None:
    told = Told()
    told.episode(BEGAN, child=child(), others=[place("lives_at", home), place(role, there)])
    facts = told.facts()
    assert postcodes_in(facts) == {code for code in (home, there) if code is not None}
    found = said(rule("out-of-area"), facts, Known(authorities=AREAS))
    assert len(found) == speaks


def beside(
    thing: Mention, days: Sequence[int], of: Sequence[int]
) -> tuple[list[Fact], Known, list[UUID]]:
    """Facts of one thing in as many reports as days, each about the child with this number."""
    told, children, subjects = Told(), [uuid4() for _ in range(10)], {}
    things = []
    for day, number in zip(days, of, strict=True):
        again = msgspec.structs.replace(thing, mention_id=new_mention_id())
        things.append(again.mention_id)
        who = child()
        subjects[who.mention_id] = children[number]
        told.episode(BEGAN + timedelta(days=day), child=who, others=[again])
    facts = [fact for fact in told.facts() if fact.mention_id in things]
    return facts, Known(subjects=subjects), things


@pytest.mark.parametrize(
    ("days", "of", "speaks"),
    [
        ((0, 180), (0, 1), 1),
        ((0, 181), (0, 1), 0),
        ((0, 1), (0, 0), 0),
        ((0, 1, 2), (0, 0, 1), 1),
        ((0, 1, 2), (0, 1, 2), 2),
        ((0, 1, 2, 3), (0, 1, 0, 1), 1),
        ((0, 1, 300, 301), (0, 1, 0, 1), 2),
    ],
)
def test_two_children_at_one_place(days: tuple[int, ...], of: tuple[int, ...], speaks: int) -> None:
    facts, known, _ = beside(place("found_at", None), days, of)
    found = said(rule("shared-place"), facts, known)
    assert len(found) == speaks
    for signal in found:
        assert signal.subject_kind == "place"
        assert len(set(signal.mentions)) == 2 * len(signal.evidence)
    assert others_in(facts) == set(known.subjects)


def test_where_two_children_live_is_no_association() -> None:
    facts, known, _ = beside(place("lives_at", None), (0, 1), (0, 1))
    assert said(rule("shared-place"), facts, known) == []


def test_two_children_with_one_car() -> None:
    facts, known, things = beside(car(), (0, 100), (0, 1))
    (signal,) = said(rule("shared-vehicle"), facts, known)
    assert set(things) < set(signal.mentions)
    assert said(rule("shared-place"), facts, known) == []


def test_a_child_who_is_linked_to_nobody_yet_counts_as_nobody() -> None:
    facts, known, _ = beside(car(), (0, 100), (0, 1))
    (first, *_) = known.subjects.items()
    assert said(rule("shared-vehicle"), facts, Known(subjects=dict([first]))) == []


def test_however_many_come_the_evidence_is_bounded() -> None:
    told, subjects, things = Told(), {}, []
    for day in range(MOST + 5):
        again, who = car(), child()
        things.append(again.mention_id)
        subjects[who.mention_id] = uuid4()
        told.episode(BEGAN + timedelta(days=day), child=who, others=[again])
    facts = [fact for fact in told.facts() if fact.mention_id in things]
    found = said(rule("shared-vehicle"), facts, Known(subjects=subjects))
    assert len(found) == MOST + 4
    assert max(len(signal.evidence) for signal in found) == MOST


def test_what_is_not_for_everybody_makes_no_rule_speak() -> None:
    told = Told()
    for day, handling in enumerate(("P", "C")):
        thing = place("found_at", "B1 1BB", handling)
        told.episode(
            BEGAN + timedelta(days=day),
            child=child(),
            others=[place("lives_at", "WS1 1TP"), thing],
        )
    found = said(rule("out-of-area"), told.facts(), Known(authorities=AREAS))
    assert len(found) == 1


def two_with_one_car(handling: str, *, covert: bool = False) -> tuple[Case, Known, UUID]:
    """An information report about two children with one car, graded."""
    thing, children = car(), (child(), child())
    case = Case(Told(), *children, thing).grade(handling, covert=covert)
    return case, Known(subjects={who.mention_id: uuid4() for who in children}), thing.mention_id


@pytest.mark.parametrize(
    ("handling", "covert", "speaks"), [("P", False, 1), ("C", False, 0), ("C", True, 0)]
)
def test_intelligence_that_everybody_may_see_makes_a_rule_speak_and_no_other(
    handling: str, covert: bool, speaks: int
) -> None:
    case, known, thing = two_with_one_car(handling, covert=covert)
    facts = [fact for fact in case.told.facts() if fact.mention_id == thing]
    found = said(rule("shared-vehicle"), facts, known)
    assert [signal.trigger for signal in found] == [thing] * speaks


def test_what_is_not_graded_yet_makes_no_rule_speak() -> None:
    thing, children = car(), (child(), child())
    told = Told()
    Case(told, *children, thing)
    known = Known(subjects={who.mention_id: uuid4() for who in children})
    facts = [fact for fact in told.facts() if fact.mention_id == thing]
    assert said(rule("shared-vehicle"), facts, known) == []


def test_what_was_given_to_one_agency_or_withdrawn_makes_no_rule_speak() -> None:
    case, known, thing = two_with_one_car("C")
    case.give("northvale-council")
    facts = [fact for fact in case.told.facts() if fact.mention_id == thing]
    assert said(rule("shared-vehicle"), facts, known) == []
    case, known, thing = two_with_one_car("P")
    case.withdraw()
    facts = [fact for fact in case.told.facts() if fact.mention_id == thing]
    assert said(rule("shared-vehicle"), facts, known) == []


def test_two_cars_in_one_report_are_two_occasions() -> None:
    told, both = Told(), [car(), car()]
    subjects = {}
    for day in (0, 1):
        who = child()
        subjects[who.mention_id] = uuid4()
        again = [msgspec.structs.replace(each, mention_id=new_mention_id()) for each in both]
        told.episode(BEGAN + timedelta(days=day), child=who, others=again)
        both = [*both, *again]
    known, triggers = Known(subjects=subjects), set()
    for number in (2, 3):
        things = {both[number].mention_id, both[number + 2].mention_id}
        facts = [fact for fact in told.facts() if fact.mention_id in things]
        (signal,) = said(rule("shared-vehicle"), facts, known)
        triggers.add(signal.trigger)
    assert len(triggers) == 2
