"""What comes again in a child's episodes, each with its evidence, and who is beside the child."""

from typing import Any

import pytest

from services.mash.views.child.patterns import Pattern
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    Mention,
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
from tests.support.told import Told, moment

FRIDAY, NEXT_FRIDAY, MONDAY = "2015-05-01 19:00", "2015-05-08 21:59", "2015-05-11 09:00"


def place(role: Any = "found_at", **details: Any) -> PlaceMention:
    found = new_mention_id()
    return PlaceMention(
        mention_id=found, role=role, place=Sealed.of(found, PlaceDetails(**details))
    )


def vehicle(**details: Any) -> VehicleMention:
    found = new_mention_id()
    return VehicleMention(
        mention_id=found, role="seen_in", vehicle=Sealed.of(found, VehicleDetails(**details))
    )


def person(name: str | None, role: Any = "associate") -> PersonMention:
    found = new_mention_id()
    names = (PersonName(full=name),) if name is not None else ()
    return PersonMention(
        mention_id=found, role=role, identity=Sealed.of(found, PersonIdentity(names=names))
    )


def phone(number: str) -> PhoneMention:
    found = new_mention_id()
    return PhoneMention(
        mention_id=found, role="used_by", phone=Sealed.of(found, PhoneDetails(number=number))
    )


def patterns(*named: Mention, kind: str | None = None) -> list[Pattern]:
    """The patterns of as many episodes as mentions, one in each."""
    told = Told()
    for number, mention in enumerate(named):
        told.episode(moment(f"2015-0{number + 2}-0{number + 1} 0{number * 4}:00"), others=[mention])
    return [each for each in told.view().patterns if kind in {None, each.kind}]


def test_a_day_and_a_time_of_day_come_again_by_the_clocks_of_the_place() -> None:
    told = Told()
    first, second = told.episode(moment(FRIDAY)), told.episode(moment(NEXT_FRIDAY))
    told.episode(moment(MONDAY))
    found = {each.kind: each for each in told.view().patterns}
    assert (found["weekday"].what, found["weekday"].episodes) == ("Friday", 2)
    assert (found["time-of-day"].what, found["time-of-day"].episodes) == ("evening", 2)
    assert {seen.episode_id for seen in found["weekday"].seen} == {first.id, second.id}


@pytest.mark.parametrize(
    ("one", "other", "matched_on"),
    [
        (place(name="Lantern Arcade"), place("said_visited", name="lantern  ARCADE"), "name"),
        (place(uprn="100"), place(uprn="100", name="Flat 2"), "uprn"),
        (
            place(address=("1 Quay Street",), postcode="ZZ99 3VZ"),
            place(address=("1, Quay Street", "Northvale"), postcode="ZZ99 3VZ"),
            "address",
        ),
        (place(postcode="ZZ99 3VZ"), place(postcode="ZZ99 3VZ"), None),
        (place("lives_at", name="Tannery Row"), place("lives_at", name="Tannery Row"), None),
        (place(name="Harbour Lodge"), place(name="Lantern Arcade"), None),
        (vehicle(registration="NV12ABC"), vehicle(registration="NV12ABC"), "registration"),
        (
            vehicle(registration="NV12", registration_is_partial=True),
            vehicle(registration="NV12", registration_is_partial=True),
            "part of the registration",
        ),
        (vehicle(colour="silver"), vehicle(colour="Silver"), "description"),
        (vehicle(colour="silver"), vehicle(colour="red"), None),
        (person("Finn O'Dell"), person("finn o dell", "seen_with"), "name"),
        (person("Mrs Ashdown", "carer"), person("Mrs Ashdown", "carer"), None),
        (person(None), person(None), None),
        (phone("01632 960001"), phone("01632-960001"), "number"),
    ],
)
def test_two_reports_that_agree_in_words_make_a_pattern_and_say_in_what(
    one: Mention, other: Mention, matched_on: str | None
) -> None:
    found = [each for each in patterns(one, other) if each.kind not in {"weekday", "time-of-day"}]
    assert [each.matched_on for each in found] == ([matched_on] if matched_on else [])
    for each in found:
        assert {seen.mention_id for seen in each.seen} == {one.mention_id, other.mention_id}
        assert each.episodes == 2


def test_two_versions_of_one_report_are_one_episode() -> None:
    told = Told()
    told.episode(
        moment(FRIDAY), others=[place(name="Lantern Arcade"), place(name="Lantern Arcade")]
    )
    assert told.view().patterns == ()


def test_a_place_that_agrees_twice_over_is_one_pattern() -> None:
    details = {"name": "Lantern Arcade", "address": ("1 Quay Street",), "postcode": "ZZ99 3VZ"}
    assert len(patterns(place(**details), place(**details), kind="place")) == 1


def test_associates_are_named_once_with_all_evidence_and_the_unnamed_each() -> None:
    told = Told()
    told.episode(moment(FRIDAY), others=[person("Finn O'Dell"), person(None)])
    told.episode(
        moment(MONDAY), others=[person("FINN O DELL", "seen_with"), person("Jay", "carer")]
    )
    found = {each.name: len(each.seen) for each in told.view().associates}
    assert found == {"FINN O DELL": 2, None: 1}


def test_what_cannot_be_opened_makes_no_pattern() -> None:
    one, other = place(name="Lantern Arcade"), place(name="Lantern Arcade")
    for each in (one, other):
        assert each.place is not None
        each.place.shut("erased")
    assert patterns(one, other, kind="place") == []
