"""What is put aside can be replayed later: the views are as if it had come in time."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from services.mash.views import FOLDS
from shared.contracts.refusals import Unavailable
from shared.embedded import Postgres
from shared.projecting import parking
from shared.projecting.facts import Event, Fact, Folds, LinkChange
from shared.projecting.projector import Projector
from shared.projecting.rebuild import rebuild
from tests.conftest import Database, Stores, fresh_database
from tests.projecting.worlds import Feeder, Views, World, make_views, make_world, project

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

Place = tuple[str, int]


@pytest_asyncio.fixture
async def world(stores: Stores) -> World:
    return await make_world(stores, children=5, seed=4)


@pytest_asyncio.fixture
async def views(database: Database, stores: Stores) -> Views:
    return await make_views(database, stores)


@pytest_asyncio.fixture
async def well(postgres: Postgres, stores: Stores) -> AsyncIterator[Views]:
    """Views that met no poison."""
    made = await fresh_database(postgres)
    yield await make_views(made, stores)
    await made.close()


def poisoned(places: set[Place]) -> Folds:
    """Folds that these events break."""

    def facts_of(event: Event) -> list[Fact]:
        if (event.store, event.position) in places:
            raise KeyError("not known to this code")
        return FOLDS.facts_of(event)

    def links_of(event: Event) -> list[LinkChange]:
        if (event.store, event.position) in places:
            raise KeyError("not known to this code")
        return FOLDS.links_of(event)

    return replace(FOLDS, facts_of=facts_of, links_of=links_of)


def mended(views: Views, world: World) -> Projector:
    """A projector of code that knows better."""
    feeder = Feeder(world.bodies)
    for source in world.bodies:
        feeder.let(source)
    return Projector(views.pool, FOLDS, views.opener, feeder.batches)


@pytest.mark.parametrize("seed", range(4))
async def test_replayed_in_any_order_the_views_are_as_if_nothing_had_happened(
    world: World, views: Views, well: Views, seed: int
) -> None:
    chance = random.Random(seed)
    places = [(source, position) for source, found in world.bodies.items() for position, _ in found]
    bad = set(chance.sample(places, k=len(places) // 2))
    await project(
        views, world.bodies, ("missing", "intake"), folds=poisoned(bad), allow_parked=True
    )
    await project(well, world.bodies, ("missing", "intake"))
    projector = mended(views, world)
    waiting = await projector.put_aside()
    assert {(event.source, event.position) for event in waiting} == bad
    assert {event.reason for event in waiting} == {"KeyError"}
    assert await views.digest() != await well.digest()

    for event in chance.sample(waiting, k=len(waiting)):
        assert await projector.replay(event.source, event.position) is None

    assert await projector.put_aside() == []
    assert await views.digest() == await well.digest()
    rebuilt = await rebuild(views.pool, FOLDS, views.opener)
    assert rebuilt.digest == rebuilt.live_digest


async def test_while_something_is_put_aside_a_rebuild_equals_the_live_views(
    world: World, views: Views
) -> None:
    folds = poisoned({("missing", 1), ("missing", 3), ("intake", 2)})
    await project(views, world.bodies, ("missing", "intake"), folds=folds, allow_parked=True)
    rebuilt = await rebuild(views.pool, folds, views.opener)
    assert rebuilt.digest == rebuilt.live_digest


async def test_what_still_fails_stays_on_the_list_and_changes_nothing(
    world: World, views: Views
) -> None:
    folds = poisoned({("missing", 1)})
    await project(views, world.bodies, ("missing", "intake"), folds=folds, allow_parked=True)
    before = await views.digest()
    projector = Projector(views.pool, folds, views.opener, Feeder(world.bodies).batches)

    assert await projector.replay("missing", 1) == "KeyError"

    assert [event.position for event in await projector.put_aside()] == [1]
    assert await views.digest() == before


async def test_replaying_what_is_not_put_aside_changes_nothing(world: World, views: Views) -> None:
    await project(views, world.bodies, ("missing", "intake"))
    before = await views.digest()
    projector = mended(views, world)
    assert await projector.replay("missing", 1) is None
    assert await projector.replay("missing", 1) is None
    assert await views.digest() == before


async def test_unreadable_bytes_are_put_aside_and_asked_for_again(
    world: World, views: Views, well: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that garbled one event: its owner still has it as it was."""
    garbled = {**world.bodies, "missing": [(p, b if p != 2 else b[:50]) for p, b in
                                           world.bodies["missing"]]}  # fmt: skip
    await project(views, garbled, ("missing", "intake"), allow_parked=True)
    await project(well, world.bodies, ("missing", "intake"))
    silent = Projector(views.pool, FOLDS, views.opener, Feeder(world.bodies).batches)
    monkeypatch.setattr(parking, "FETCH_SECONDS", 0.05)
    with pytest.raises(Unavailable):
        await silent.replay("missing", 2)
    projector = mended(views, world)

    assert await projector.replay("missing", 2) is None

    assert await projector.put_aside() == []
    assert await views.digest() == await well.digest()
