"""The laws of projecting: rebuilt equals live, order between services is nothing, undo undoes."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from services.intake.domain import Link, Subject
from services.mash.views import FOLDS
from services.mash.views.child import ChildView
from shared.contracts import times
from shared.embedded import Postgres
from shared.eventstore.repository import Repository
from shared.eventstore.store import EventStore
from shared.projecting.projector import Projector
from shared.projecting.rebuild import rebuild
from tests.conftest import Database, Stores, fresh_database
from tests.projecting.worlds import (
    RULE,
    Feeder,
    Views,
    World,
    intake_repository,
    linked,
    make_views,
    make_world,
    project,
)
from tests.support.histories import Thing, context
from tests.support.told import LATER, a_status, ended

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def world(stores: Stores) -> World:
    return await make_world(stores)


@pytest_asyncio.fixture
async def views(database: Database, stores: Stores) -> Views:
    return await make_views(database, stores)


@pytest_asyncio.fixture
async def others(postgres: Postgres, stores: Stores) -> AsyncIterator[list[Views]]:
    databases = [await fresh_database(postgres) for _ in range(3)]
    yield [await make_views(database, stores) for database in databases]
    for database in databases:
        await database.close()


@pytest.mark.asyncio
async def test_whichever_service_is_heard_first_the_views_are_the_same(
    world: World, views: Views, others: list[Views]
) -> None:
    await project(views, world.bodies, ("missing", "intake"))
    await project(others[0], world.bodies, ("intake", "missing"))
    await project(others[1], world.bodies, ("intake", "missing"), sizes=(1,))

    digests = {await each.digest() for each in (views, *others[:2])}

    assert len(digests) == 1
    assert len(await views.rows()) >= len(world.children)


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_however_the_services_events_interleave_the_views_are_the_same(
    world: World, views: Views, others: list[Views], seed: int
) -> None:
    chance = random.Random(seed)
    sizes = [chance.randint(1, 4) for _ in range(50)]
    sources = ["missing", "intake"]
    chance.shuffle(sources)
    await project(views, world.bodies, ("missing", "intake"), sizes=(1000,))
    await project(others[0], world.bodies, sources, at_once=True, sizes=sizes, pause=0.001)

    assert await views.digest() == await others[0].digest()


@pytest.mark.asyncio
async def test_rebuilt_equals_live_and_is_then_shown(world: World, views: Views) -> None:
    await project(views, world.bodies, ("missing", "intake"))
    before = await views.digest()
    stages: set[str] = set()

    found = await rebuild(
        views.pool, FOLDS, views.opener, progress=lambda stage, _done, _of: stages.add(stage)
    )

    assert found.digest == found.live_digest == before
    assert found.switched
    assert await views.pool.fetchval("SELECT schema_name FROM archive.showing") == found.schema
    assert await views.digest() == before
    assert stages == {
        "reading events", "linking mentions", "folding facts", "indexing", "catching up",
        "comparing",
    }  # fmt: skip
    again = await rebuild(views.pool, FOLDS, views.opener)
    assert again.digest == before


@pytest.mark.asyncio
async def test_a_rebuild_under_live_traffic_ends_equal(world: World, views: Views) -> None:
    feeder = Feeder(world.bodies, sizes=(1,), pause=0.005)
    projector = Projector(views.pool, FOLDS, views.opener, feeder.batches)
    running = asyncio.create_task(projector.run())
    feeder.let("missing")
    feeder.let("intake")
    await projector.reached("missing", 2)

    found = await rebuild(views.pool, FOLDS, views.opener)
    for source, bodies in world.bodies.items():
        await asyncio.wait_for(projector.reached(source, len(bodies)), 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert found.switched
    assert (await rebuild(views.pool, FOLDS, views.opener)).switched


@pytest.mark.asyncio
async def test_a_changed_row_is_noticed_and_not_switched_to(world: World, views: Views) -> None:
    await project(views, world.bodies, ("missing", "intake"))
    schema = await views.pool.fetchval("SELECT schema_name FROM archive.showing")
    await views.pool.execute(
        f"UPDATE {schema}.row SET digest = '\\x00' "
        f"WHERE ctid = (SELECT min(ctid) FROM {schema}.row)"
    )

    found = await rebuild(views.pool, FOLDS, views.opener)

    assert found.digest != found.live_digest
    assert not found.switched
    assert await views.pool.fetchval("SELECT schema_name FROM archive.showing") == schema


@pytest.mark.asyncio
async def test_duplicates_and_a_second_runner_change_nothing(world: World, views: Views) -> None:
    feeders = [Feeder(world.bodies, sizes=(2, 1), pause=0.002) for _ in range(2)]
    runners = [Projector(views.pool, FOLDS, views.opener, f.batches) for f in feeders]
    tasks = [asyncio.create_task(runner.run()) for runner in runners]
    for feeder in feeders:
        feeder.let("missing")
        feeder.let("intake")
    for runner in runners:
        for source, bodies in world.bodies.items():
            await asyncio.wait_for(runner.reached(source, len(bodies)), 60)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    found = await rebuild(views.pool, FOLDS, views.opener)
    assert found.switched
    doubled = await views.pool.fetchval(
        f"SELECT count(*) - count(DISTINCT (source, position, ordinal)) FROM {found.schema}.fact"
    )
    assert doubled == 0


@pytest.mark.asyncio
async def test_what_a_merge_joined_an_unmerge_parts_exactly(stores: Stores, views: Views) -> None:
    links = await intake_repository(stores)
    things = [Thing.report(), Thing.report()]
    subjects = [Subject.register("person", now=times.now()) for _ in things]
    for thing, subject in zip(things, subjects, strict=True):
        await stores.repository.save(thing, context=context())
        await links.save(subject, linked(thing.child, subject), context=context("throughline"))
    before = await project_all(stores, links, views)

    wrong = await links.load(Link, things[1].child)
    wrong.move(subjects[0].id, decided_by=RULE, reason="same-person", now=times.now())
    await links.save(wrong, context=context("throughline"))
    merged = await project_all(stores, links, views)
    wrong.move(subjects[1].id, decided_by=RULE, reason="undo", now=times.now())
    await links.save(wrong, context=context("throughline"))
    after = await project_all(stores, links, views)

    assert set(merged) == {subjects[0].id}
    both = msgspec.json.decode(merged[subjects[0].id], type=ChildView)
    assert set(both.mentions) == {thing.child for thing in things}
    assert len(both.episodes) == 2
    assert after == before
    assert (await rebuild(views.pool, FOLDS, views.opener)).switched
    await links.store.close()


@pytest.mark.asyncio
async def test_an_unlinked_mention_stands_for_itself(stores: Stores, views: Views) -> None:
    links = await intake_repository(stores)
    thing, subject = Thing.report(), Subject.register("person", now=times.now())
    await stores.repository.save(thing, context=context())

    unlinked = await project_all(stores, links, views)
    link = linked(thing.child, subject)
    await links.save(subject, link, context=context("throughline"))
    found = await project_all(stores, links, views)
    link.unlink(decided_by=RULE, reason="wrong-person", now=times.now())
    await links.save(link, context=context("throughline"))
    parted = await project_all(stores, links, views)

    assert set(unlinked) == {thing.child}
    assert msgspec.json.decode(unlinked[thing.child], type=ChildView).provisional
    assert set(found) == {subject.id}
    assert not msgspec.json.decode(found[subject.id], type=ChildView).provisional
    assert parted == unlinked
    await links.store.close()


@pytest.mark.asyncio
async def test_a_status_follows_its_mention_and_its_history_goes_with_it(
    stores: Stores, views: Views
) -> None:
    """Moved, and moved back: the status, its ending and its placement go where the mention is."""
    links = await intake_repository(stores)
    things = [Thing.report(), Thing.report()]
    subjects = [Subject.register("person", now=times.now()) for _ in things]
    for thing, subject in zip(things, subjects, strict=True):
        await stores.repository.save(thing, context=context())
        await links.save(subject, linked(thing.child, subject), context=context("throughline"))
    status = a_status(said_by="northvale-council")
    status.end(ended(status, date(2015, 6, 30)), now=LATER)
    link = linked(status.child, subjects[0])
    await links.save(status, link, context=context("northvale-council"))
    before = await project_all(stores, links, views)

    link.move(subjects[1].id, decided_by=RULE, reason="wrong-person", now=times.now())
    await links.save(link, context=context("throughline"))
    moved = await project_all(stores, links, views)
    link.unlink(decided_by=RULE, reason="wrong-person", now=times.now())
    await links.save(link, context=context("throughline"))
    alone = await project_all(stores, links, views)
    link.move(subjects[0].id, decided_by=RULE, reason="undo", now=times.now())
    await links.save(link, context=context("throughline"))
    after = await project_all(stores, links, views)

    def with_statuses(rows: dict[UUID, bytes]) -> dict[UUID, list[date | None]]:
        views = {subject: msgspec.json.decode(row, type=ChildView) for subject, row in rows.items()}
        return {s: [line.until for line in v.statuses] for s, v in views.items() if v.statuses}

    assert with_statuses(before) == {subjects[0].id: [date(2015, 6, 30)]}
    assert with_statuses(moved) == {subjects[1].id: [date(2015, 6, 30)]}
    assert with_statuses(alone) == {status.child: [date(2015, 6, 30)]}
    assert after == before
    assert (await rebuild(views.pool, FOLDS, views.opener)).switched
    await links.store.close()


async def project_all(stores: Stores, links: Repository, views: Views) -> dict[UUID, bytes]:
    async def bodies(store: EventStore) -> list[tuple[int, bytes]]:
        return [(event.position, event.body) for event in await store.after(0)]

    world = {"missing": await bodies(stores.store), "intake": await bodies(links.store)}
    await project(views, world, ("missing", "intake"))
    return await views.rows()


@pytest.mark.asyncio
async def test_an_event_that_cannot_be_read_is_parked_and_others_go_on(
    world: World, views: Views
) -> None:
    position, _ = world.bodies["missing"][1]
    world.bodies["missing"][1] = (position, b"{not an event")

    await project(views, world.bodies, ("missing", "intake"), allow_parked=True)

    parked = await views.pool.fetch("SELECT source, position, reason FROM archive.parked")
    assert [tuple(row) for row in parked] == [("missing", position, "DecodeError")]
    assert await views.pool.fetchval("SELECT count(*) FROM archive.event") == (
        sum(len(bodies) for bodies in world.bodies.values()) - 1
    )


@pytest.mark.asyncio
async def test_a_service_that_is_added_later_comes_into_the_views_that_were_there(
    world: World, views: Views
) -> None:
    await project(views, world.bodies, ("missing",), folds=replace(FOLDS, sources=("missing",)))
    before = await views.rows()

    await project(views, world.bodies, ("intake",))

    assert await views.rows() != before
    rebuilt = await rebuild(views.pool, FOLDS, views.opener)
    assert rebuilt.digest == rebuilt.live_digest


@pytest.mark.asyncio
async def test_when_each_event_came_is_kept_through_a_rebuild(world: World, views: Views) -> None:
    await project(views, world.bodies, ("missing", "intake"))
    query = "SELECT * FROM archive.availability ORDER BY source, from_position"
    before = await views.pool.fetch(query)

    await rebuild(views.pool, FOLDS, views.opener)

    assert await views.pool.fetch(query) == before
    covered = sum(row["to_position"] - row["from_position"] + 1 for row in before)
    assert covered == sum(len(bodies) for bodies in world.bodies.values())
