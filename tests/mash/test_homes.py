"""From which home a child was found how far away."""

from typing import Any
from uuid import UUID

from services.mash.views.child.homes import homes_of
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import PlaceDetails, PlaceMention
from shared.contracts.sealed import Sealed
from tests.support.told import Told, moment


def place(role: Any, postcode: str | None) -> PlaceMention:
    mention_id = new_mention_id()
    details = PlaceDetails(name="Somewhere", postcode=postcode)
    return PlaceMention(mention_id=mention_id, role=role, place=Sealed.of(mention_id, details))


def apart(*days: tuple[PlaceMention, ...]) -> list[tuple[UUID, UUID]]:
    told = Told()
    for number, places in enumerate(days, 1):
        told.episode(moment(f"2015-05-{number:02} 20:00"), others=places)
    return [
        (each.found.named.mention_id, each.home.named.mention_id)
        for each in homes_of(told.view().places)
    ]


def test_it_is_the_home_that_was_told_last_before() -> None:
    first, second = place("lives_at", "WS1 1TP"), place("placed_at", "B1 1BB")
    found = [place("found_at", "B1 1BB") for _ in range(3)]
    assert apart((found[0],), (first,), (found[1],), (second,), (found[2],)) == [
        (found[1].mention_id, first.mention_id),
        (found[2].mention_id, second.mention_id),
    ]


def test_without_two_postcodes_nothing_is_measured() -> None:
    home, found = place("lives_at", "WS1 1TP"), place("found_at", None)
    assert apart((home,), (found,)) == []
    assert apart((place("lives_at", None),), (place("found_at", "B1 1BB"),)) == []
    assert apart((home,), (place("said_visited", "B1 1BB"),)) == []
