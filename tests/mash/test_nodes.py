"""Views of whoever and whatever is beside a child, folded from plain facts."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mash.application import seen
from services.mash.views.facts import Named, facts_of
from services.mash.views.facts.kernel import Along
from services.mash.views.nodes import GLANCE, NEWEST, NodeKind, mentions_in, node_view
from services.mash.views.terms import terms_of
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    Mention,
    OrganisationDetails,
    OrganisationMention,
    PersonIdentity,
    PersonMention,
    PersonName,
    PhoneDetails,
    PhoneMention,
    PlaceDetails,
    PlaceMention,
    VehicleDetails,
    VehicleMention,
)
from shared.contracts.sealed import Sealed
from shared.projecting.facts import Fact
from tests.mash.test_views import actor, event, reported

SUBJECT = uuid4()
OWN, OTHER = actor("northvale-police"), actor("northvale-council")


def person(name: str, role: Any = "perpetrator", use: Any = "nickname", **more: Any) -> Mention:
    mention_id = new_mention_id()
    identity = PersonIdentity(names=(PersonName(full=name, use=use),), **more)
    return PersonMention(mention_id=mention_id, role=role, identity=Sealed.of(mention_id, identity))


def thing(kind: str, handling: Any = "P") -> Mention:
    mention_id = new_mention_id()
    common: dict[str, Any] = {"mention_id": mention_id, "handling": handling}
    match kind:
        case "place":
            place = PlaceDetails(name="Harbour Lodge", address=("1 Quay",) * 8, postcode="NV1 1AA")
            return PlaceMention(role="seen_at", place=Sealed.of(mention_id, place), **common)
        case "vehicle":
            car = VehicleDetails(registration="NV12", colour="silver")
            return VehicleMention(role="seen_in", vehicle=Sealed.of(mention_id, car), **common)
        case "phone":
            phone = PhoneDetails(number="07700 900123")
            return PhoneMention(role="used_by", phone=Sealed.of(mention_id, phone), **common)
        case _:
            school = OrganisationDetails(name="Quarry Bank")
            return OrganisationMention(
                role="school", organisation=Sealed.of(mention_id, school), **common
            )


def facts_about(mention: Mention, *events: Any) -> list[Fact]:
    found = [fact for each in events for fact in facts_of(each)]
    return sorted(
        (fact for fact in found if fact.mention_id == mention.mention_id), key=lambda f: f.order
    )


@pytest.mark.parametrize("kind", ["place", "vehicle", "phone", "organisation"])
def test_a_thing_has_a_view_of_its_kind_and_of_no_other(kind: NodeKind) -> None:
    one = thing(kind)
    child = reported(one)
    facts = facts_about(one, event(child, 1))
    view = node_view(kind, SUBJECT, facts)
    assert view is not None
    assert view.lines[0].details.state == "opened"
    assert [other.mention_id for other in view.appearances[0].others] == [child.child]
    for other in {"place", "vehicle", "phone", "organisation", "perpetrator"} - {kind}:
        assert node_view(other, SUBJECT, facts) is None  # type: ignore[arg-type] # a NodeKind


def test_its_kind_stands_where_folds_look_for_it() -> None:
    for kind in ("place", "vehicle", "phone", "organisation"):
        (fact,) = facts_about(made := thing(kind), event(reported(made), 1))
        assert f'"kind":"{kind}"'.encode() in fact.value[:GLANCE]
        assert b'"content"' not in fact.value[:GLANCE]


def test_descriptions_are_kept_as_each_gave_them() -> None:
    tall, short = person("Big T", description="Tall."), person("T", description="Short.")
    facts = [
        *facts_about(tall, event(reported(tall), 1)),
        *facts_about(short, event(reported(short), 2, "southmere-police")),
    ]
    view = node_view("perpetrator", SUBJECT, facts)
    assert view is not None
    told = {line.said.agency: msgspec.json.encode(line.details) for line in view.lines}
    assert b"Short." in told["southmere-police"]
    assert b"Tall." in told["northvale-police"]
    assert b"Tall." not in told["southmere-police"]
    assert (view.suspected, view.named) == (2, False)


@pytest.mark.parametrize(
    ("use", "named"),
    [("known", True), ("birth", True), ("nickname", False), ("online", False), ("alias", False)],
)
def test_a_nickname_names_nobody(use: Any, named: bool) -> None:
    man = person("Marlo", use=use)
    view = node_view("perpetrator", SUBJECT, facts_about(man, event(reported(man), 1)))
    assert view is not None
    assert view.named is named


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        (["perpetrator"], {0}),
        (["associate"], {0}),
        (["seen_with"], set()),
        (["witness"], set()),
        (["carer"], set()),
        (["seen_with", "perpetrator"], {0, 1}),
        (["carer", "perpetrator"], {1}),
        (["child"], set()),
        (["child", "perpetrator"], {1}),
        (["child", "associate", "perpetrator"], {2}),
        (["child", "associate"], set()),
    ],
)
def test_which_reports_of_a_person_are_in_a_view_of_suspects(
    roles: list[str], seen: set[int]
) -> None:
    people = [person(f"Person {number}", role) for number, role in enumerate(roles)]
    facts = [fact for p in people for fact in facts_about(p, event(reported(p), 1))]
    expected = {people[number].mention_id for number in seen}
    assert mentions_in("perpetrator", facts) == expected
    view = node_view("perpetrator", SUBJECT, facts)
    assert (set(view.mentions) if view is not None else set()) == expected


def test_names_that_accuse_are_no_terms_of_children() -> None:
    suspect, friend = person("Marlo"), person("Dex", "associate")
    kinds = {
        (m.mention_id, term.kind)
        for m in (suspect, friend)
        for fact in facts_about(m, event(reported(m), 1))
        for term in terms_of(fact)
    }
    assert kinds == {
        (suspect.mention_id, "beside-name"),
        (friend.mention_id, "name"),
        (friend.mention_id, "beside-name"),
    }


def test_no_term_is_longer_than_an_index_takes() -> None:
    man = person("x" * 200, description="word " * 800)
    for fact in facts_about(man, event(reported(man), 1)):
        assert all(len(term.value.encode()) < 2000 for term in terms_of(fact))


def test_a_view_keeps_the_newest_and_says_how_many_are_older() -> None:
    many = [thing("place") for _ in range(NEWEST + 7)]
    facts = [f for n, m in enumerate(many) for f in facts_about(m, event(reported(m), n + 1))]
    view = node_view("place", SUBJECT, facts)
    assert view is not None
    assert (len(view.lines), len(view.appearances), view.older) == (NEWEST, NEWEST, 7)
    assert view.lines[0].mention_id == many[-1].mention_id
    assert len(view.mentions) == NEWEST + 7


def edges(facts: Sequence[Fact]) -> set[frozenset[UUID]]:
    """Pairs of mentions that stand together, each as told on either."""
    found = set()
    for one, other in _told(facts):
        found.add(frozenset({one, other}))
    return found


def _told(facts: Sequence[Fact]) -> set[tuple[UUID, UUID]]:
    told = set()
    for fact in facts:
        if fact.kind == "beside":
            told.add((fact.mention_id, msgspec.json.decode(fact.value, type=Named).mention_id))
        elif fact.kind == "along":
            along = msgspec.json.decode(fact.value, type=Along)
            told |= {(fact.mention_id, other.mention_id) for other in along.others}
        elif fact.kind == "named":
            named = msgspec.json.decode(fact.value, type=Named)
            others = named.along.others if named.along is not None else ()
            told |= {(fact.mention_id, other.mention_id) for other in others}
    return told


@given(
    st.lists(st.tuples(st.sampled_from(["place", "vehicle", "phone"]), st.sampled_from("PC")),
             max_size=6),
    st.sampled_from([OWN, OTHER]),
)  # fmt: skip
def test_whoever_asks_two_that_stand_together_tell_of_each_other(
    things: list[tuple[str, str]], asker: Any
) -> None:
    """From whichever side one looks, the same edges; and none to what this caller may not see."""
    mentions = [thing(kind, handling) for kind, handling in things]
    data = reported(*mentions)
    allowed = seen(facts_of(event(data, 1)), asker).facts
    told = _told(allowed)
    assert told == {(other, one) for one, other in told}
    visible = {data.child} | {m.mention_id for m in mentions if m.handling == "P" or asker is OWN}
    assert edges(allowed) == {
        frozenset({one, other}) for one in visible for other in visible if one != other
    }


def test_a_fold_is_the_same_in_whatever_order_facts_came() -> None:
    man = person("Marlo")
    facts = facts_about(man, event(reported(man, thing("vehicle", "C")), 1))
    views = {
        msgspec.json.encode(node_view("perpetrator", SUBJECT, sorted(order, key=lambda f: f.order)))
        for order in permutations(facts)
    }
    assert len(views) == 1
