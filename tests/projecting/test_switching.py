"""The live driver goes on through every switch of versions, and projects nothing twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.mash.views import FOLDS
from shared.projecting.projector import Projector
from shared.projecting.rebuild import rebuild, switch_back
from tests.conftest import Database, Stores
from tests.projecting.worlds import Feeder, Views, World, make_views, make_world

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest_asyncio.fixture
async def world(stores: Stores) -> World:
    return await make_world(stores, children=4, seed=7)


@pytest_asyncio.fixture
async def views(database: Database, stores: Stores) -> Views:
    return await make_views(database, stores)


class Live:
    """A projector that runs, and is given one source's events when it is told."""

    def __init__(self, views: Views, world: World) -> None:
        self._world = world
        self._feeder = Feeder(world.bodies)
        self.projector = Projector(views.pool, FOLDS, views.opener, self._feeder.batches)

    async def take(self, source: str) -> None:
        self._feeder.let(source)
        await asyncio.wait_for(self.projector.reached(source, len(self._world.bodies[source])), 30)


@pytest_asyncio.fixture
async def live(views: Views, world: World) -> AsyncIterator[Live]:
    made = Live(views, world)
    running = asyncio.create_task(made.projector.run())
    await made.take("missing")
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def is_as_rebuilt(views: Views) -> bool:
    assert not await views.pool.fetch("SELECT FROM archive.parked")
    return (await rebuild(views.pool, FOLDS, views.opener)).differing == 0


async def test_after_a_switch_and_one_back_the_live_driver_goes_on(
    views: Views, live: Live
) -> None:
    await rebuild(views.pool, FOLDS, views.opener)
    await switch_back(views.pool, FOLDS, views.opener)
    await rebuild(views.pool, FOLDS, views.opener)

    await live.take("intake")

    assert await is_as_rebuilt(views)


async def test_where_the_version_that_it_wrote_was_dropped_it_goes_on_and_parks_nothing(
    views: Views, live: Live
) -> None:
    first = await views.pool.fetchval("SELECT schema_name FROM archive.showing")
    await rebuild(views.pool, FOLDS, views.opener)
    await views.pool.execute(f"DROP SCHEMA {first} CASCADE")

    await live.take("intake")

    assert await is_as_rebuilt(views)


async def test_who_waited_for_the_positions_sees_where_they_are_then(
    views: Views, live: Live
) -> None:
    async with views.pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM archive.progress FOR UPDATE")
        taking = asyncio.create_task(live.take("intake"))
        await somebody_waits(views)
        # As if another runner had taken the first event meanwhile.
        await other.execute("UPDATE archive.progress SET position = 1 WHERE source = 'intake'")
    await taking

    kept = await views.pool.fetch("SELECT position FROM archive.event WHERE source = 'intake'")
    assert 1 not in {row[0] for row in kept}
    assert 2 in {row[0] for row in kept}


async def somebody_waits(views: Views) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with asyncio.timeout(30):
        while not await views.pool.fetchval(query):  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.01)
