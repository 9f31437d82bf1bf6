"""Reading a row: of the version that is shown, with the positions that it stands at."""

from uuid import uuid4

import pytest
import pytest_asyncio

from services.mash.store import ViewStore
from services.mash.store.snapshot import snapshot
from services.mash.views import FOLDS
from shared.contracts.refusals import Unavailable
from shared.projecting.rebuild import rebuild, switch_back
from tests.conftest import Database, Stores
from tests.projecting.worlds import Views, make_views, make_world, project

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest_asyncio.fixture
async def views(database: Database, stores: Stores) -> Views:
    made = await make_views(database, stores)
    await project(made, (await make_world(stores)).bodies, ("missing", "intake"))
    return made


async def test_a_row_is_found_by_its_subject_and_by_a_mention_linked_to_it(views: Views) -> None:
    store, rows = ViewStore(views.pool), await views.rows()
    linked = await views.pool.fetch(
        f"SELECT mention_id, subject_id FROM {await shown(views)}.membership "
        "WHERE to_position IS NULL"
    )
    mention, subject = next((m, s) for m, s in linked if s in rows)

    found, by_mention = await store.row("child", subject), await store.row("child", mention)

    assert found is not None
    assert found == by_mention
    assert (found.subject_id, found.body) == (subject, rows[subject])
    assert found.vector == dict(
        await views.pool.fetch(f"SELECT source, position FROM {await shown(views)}.progress")
    )
    assert await store.row("child", uuid4()) is None
    assert await store.row("no-such-view", subject) is None


async def test_a_reader_that_knew_an_earlier_version_reads_the_one_shown(views: Views) -> None:
    store = ViewStore(views.pool)
    subject, body = next(iter((await views.rows()).items()))
    first = await shown(views)
    assert await store.row("child", subject) is not None

    await rebuild(views.pool, FOLDS, views.opener)
    # The earlier version is still there, and says what it said: it must not be read any more.
    await views.pool.execute(f"UPDATE {first}.row SET body = 'stale'")
    found = await store.row("child", subject)
    assert found is not None
    assert found.body == body

    await switch_back(views.pool, FOLDS, views.opener)
    back = await store.row("child", subject)
    assert back is not None
    assert back.body == b"stale"


async def test_a_reader_whose_version_was_dropped_reads_the_one_shown(views: Views) -> None:
    store = ViewStore(views.pool)
    subject, body = next(iter((await views.rows()).items()))
    first = await shown(views)
    assert await store.row("child", subject) is not None

    await rebuild(views.pool, FOLDS, views.opener)
    await views.pool.execute(f"DROP SCHEMA {first} CASCADE")

    found = await store.row("child", subject)
    assert found is not None
    assert found.body == body


async def test_views_that_are_not_made_yet_do_not_answer(
    database: Database, stores: Stores
) -> None:
    views = await make_views(database, stores)

    with pytest.raises(Unavailable, match="first time"):
        await ViewStore(views.pool).row("child", uuid4())


async def shown(views: Views) -> str:
    return str(await views.pool.fetchval("SELECT schema_name FROM archive.showing"))


async def test_while_views_are_made_from_the_archive_nobody_is_shown_any(views: Views) -> None:
    store, subject = ViewStore(views.pool), next(iter(await views.rows()))
    schema = await shown(views)
    await views.pool.execute(f"UPDATE {schema}.progress SET position = 0 WHERE source = 'intake'")

    for reading in (
        store.row("child", subject),
        store.row("child", uuid4()),  # not there yet is not the same as not there
        store.facts(subject),
        store.search(["child"], None),
    ):
        with pytest.raises(Unavailable, match="being made"):
            await reading
    with pytest.raises(Unavailable, match="being made"):
        async with snapshot(views.pool):
            pytest.fail("shown")
