"""The directory of postcodes: the whole of it, loaded in a minute, and found by whoever may."""

import time
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from shared.contracts.refusals import Unavailable
from shared.embedded import Postgres
from shared.reference import gazetteer
from shared.reference.gazetteer import Gazetteer, GridPlace, metres_between
from tests.conftest import Database, fresh_database

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

MINUTE = 60


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loaded(postgres: Postgres) -> AsyncIterator[Database]:
    """A database with the directory in it."""
    made = await fresh_database(postgres)
    await gazetteer.make_gazetteer(made.admin, ("mash",))
    began = time.monotonic()
    count = await gazetteer.load(made.admin, ("mash",))
    assert time.monotonic() - began < MINUTE
    assert count > 2_600_000
    yield made
    await made.close()


async def test_a_postcode_resolves_to_grid_and_authority(loaded: Database) -> None:
    lookup = Gazetteer(loaded.url("mash"))
    found = await lookup.places(["WS1 1TP", "ws11tp", "BT1 5GS", "JE2 3AB", "ZZ99 3VZ", "nowhere"])
    await lookup.close()
    walsall = found["WS1 1TP"]
    assert walsall.authority == "E08000030"
    assert walsall == found["ws11tp"]
    assert (walsall.easting or 0) // 10_000 == 40
    assert (walsall.northing or 0) // 10_000 == 29
    assert found["BT1 5GS"].grid == "irish"
    assert "ZZ99 3VZ" not in found
    assert "nowhere" not in found


async def test_distance_is_in_metres_and_never_across_grids(loaded: Database) -> None:
    lookup = Gazetteer(loaded.url("mash"))
    found = await lookup.places(["WS1 1TP", "B1 1BB", "BT1 5GS"])
    await lookup.close()
    between = metres_between(found["WS1 1TP"], found["B1 1BB"])
    assert between is not None
    assert 11_000 < between < 14_000
    assert metres_between(found["B1 1BB"], found["WS1 1TP"]) == between
    assert metres_between(found["WS1 1TP"], found["BT1 5GS"]) is None
    assert metres_between(GridPlace(None, None, "L99999999"), found["WS1 1TP"]) is None


async def test_who_may_read_may_not_write_and_others_may_not_read(loaded: Database) -> None:
    pool = await loaded.pool("mash")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("DELETE FROM public.postcode")
    stranger = Gazetteer(loaded.url("stranger"))
    with pytest.raises(Unavailable):
        await stranger.places(["WS1 1TP"])
    await stranger.close()


async def test_a_load_that_is_interrupted_leaves_the_edition_before(loaded: Database) -> None:
    def stop(done: int, _of: int) -> None:
        if done > 1:
            raise KeyError(done)

    before = await loaded.admin.fetchval("SELECT count(*) FROM public.postcode")
    with pytest.raises(KeyError):
        await gazetteer.load(loaded.admin, ("mash",), progress=stop)
    assert await loaded.admin.fetchval("SELECT count(*) FROM public.postcode") == before
    assert await gazetteer.is_loaded(loaded.admin)


@pytest.mark.asyncio(loop_scope="function")  # as its database
async def test_a_directory_that_was_never_loaded_says_so(database: Database) -> None:
    lookup = Gazetteer(database.url("mash"))
    assert await lookup.places(["nowhere"]) == {}
    with pytest.raises(Unavailable):
        await lookup.places(["WS1 1TP"])
    await gazetteer.make_gazetteer(database.admin, ("mash",))
    assert not await gazetteer.is_loaded(database.admin)
    with pytest.raises(Unavailable):
        await lookup.places(["WS1 1TP"])
    await lookup.close()
