"""Views made from the archive, as after a restore: a page a transaction, killed anywhere, equal."""

import asyncio

import pytest
import pytest_asyncio

from services.mash.views import FOLDS
from shared.projecting import archive
from shared.projecting.catching_up import catch_up_by_pages
from shared.projecting.projector import Projector
from tests.conftest import Database, Stores
from tests.projecting.worlds import Feeder, Views, World, make_views, make_world, project

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
PAGE = 3


@pytest_asyncio.fixture
async def world(stores: Stores) -> World:
    return await make_world(stores)


@pytest_asyncio.fixture
async def views(database: Database, stores: Stores, world: World) -> Views:
    """Projected, and then without the version that was shown: a restored backup has none."""
    made = await make_views(database, stores)
    await project(made, world.bodies, ("missing", "intake"))
    return made


async def restored(views: Views) -> bytes | str:
    digest = await views.digest()
    schema = await views.pool.fetchval("SELECT schema_name FROM archive.showing")
    await views.pool.execute(f"DROP SCHEMA {schema} CASCADE")
    await views.database.admin.execute("DELETE FROM archive.showing")
    return digest


async def test_killed_after_any_page_they_go_on_from_there_and_come_to_the_same(
    views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive.page, "__defaults__", (PAGE,))
    digest = await restored(views)
    told: list[dict[str, int]] = []
    async with views.pool.acquire() as connection:
        await archive.ensure_showing(connection, FOLDS)
        ends = await archive.archived_up_to(connection)
    while not told or told[-1] != ends:
        async with views.pool.acquire() as connection:
            pages = catch_up_by_pages(connection, FOLDS, views.opener)
            told.append(await anext(pages))
            await pages.aclose()  # killed here

    assert len(told) >= max(ends.values()) / PAGE
    for source in ends:
        assert [each[source] for each in told] == sorted(each[source] for each in told)
    assert await views.digest() == digest


async def test_the_live_driver_tells_how_far_it_is_and_is_whole_at_the_end(
    views: Views, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive.page, "__defaults__", (PAGE,))
    digest = await restored(views)
    projector = Projector(views.pool, FOLDS, views.opener, Feeder(world.bodies).batches)
    seen: list[dict[str, int]] = []
    running = asyncio.create_task(projector.run())
    async with asyncio.timeout(30):
        while not projector.whole:
            if projector.positions not in seen[-1:]:
                seen.append(projector.positions)
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert len(seen) > 2
    assert projector.positions == {name: len(bodies) for name, bodies in world.bodies.items()} | {
        source: 0 for source in FOLDS.sources if source not in world.bodies
    }
    assert await views.digest() == digest
