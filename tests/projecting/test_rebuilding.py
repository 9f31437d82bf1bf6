"""Rebuilding: by one process or several, interrupted anywhere, switched to and back."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.intake.domain import Link
from services.mash.views import FOLDS
from shared.contracts import times
from shared.contracts.refusals import RuleBroken
from shared.projecting import building
from shared.projecting.building import Unit
from shared.projecting.crew import Alone, Crew, Reach, RebuildFault
from shared.projecting.facts import Event, Fact, Folds
from shared.projecting.rebuild import rebuild, switch_back
from shared.projecting.units import Pace, Told
from tests.conftest import Database, Stores
from tests.projecting.worlds import (
    RULE,
    Views,
    World,
    intake_repository,
    make_views,
    make_world,
    project,
)
from tests.support.histories import context

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def world(stores: Stores) -> World:
    return await make_world(stores)


@pytest_asyncio.fixture
async def views(database: Database, stores: Stores, world: World) -> Views:
    made = await make_views(database, stores)
    await project(made, world.bodies, ("missing", "intake"))
    return made


@pytest.fixture
def reach(database: Database, stores: Stores) -> Reach:
    return Reach(database.url("mash"), database.url("mash"), stores.keyrings["mash"])


@pytest.fixture(autouse=True)
def _small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.projecting.building.UNIT_EVENTS", 7)
    monkeypatch.setattr("shared.projecting.units.FOLD_ROWS", 2)


async def shown(views: Views) -> str:
    return str(await views.pool.fetchval("SELECT schema_name FROM archive.showing"))


@pytest.mark.asyncio
async def test_several_processes_build_what_one_builds(views: Views, reach: Reach) -> None:
    before = await views.digest()

    async with Crew(reach, 2) as crew:
        found = await rebuild(views.pool, FOLDS, views.opener, crew=crew, parts=3)
        pids = crew.pids

    assert found.digest == found.live_digest == before
    assert found.switched
    assert found.differing == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


class Interrupted(Exception):
    pass


class StopsAfter:
    """Does so many units, half of the next one, and no more."""

    def __init__(self, views: Views, units: int) -> None:
        self._alone = Alone(views.pool, views.opener)
        self._left = units

    async def carry_out(
        self, schema: str, folds: Folds, units: Sequence[Unit], told: Told, pace: Pace
    ) -> None:
        for unit in units:

            def then_stop(_more: int) -> None:
                raise Interrupted

            last = self._left == 0
            self._left -= 1
            await self._alone.carry_out(schema, folds, [unit], then_stop if last else told, pace)


@pytest.mark.asyncio
async def test_interrupted_in_any_unit_it_goes_on_and_ends_equal(views: Views) -> None:
    before = await views.digest()
    interruptions = 0
    for calls in range(60):
        try:
            found = await rebuild(
                views.pool, FOLDS, views.opener, crew=StopsAfter(views, 1 if calls else 3), parts=2
            )
        except Interrupted:
            interruptions += 1
        else:
            break
    else:
        pytest.fail("it never came to its end")

    # Every call did at most one unit more, and half of the next.
    assert interruptions > 8
    assert found.resumed
    assert found.switched
    assert found.digest == found.live_digest == before
    doubled = await views.pool.fetchval(
        f"SELECT count(*) - count(DISTINCT (source, position, ordinal)) FROM {found.schema}.fact"
    )
    assert doubled == 0
    assert await views.pool.fetchval("SELECT to_regclass($1)", f"{found.schema}.unit") is None


@pytest.mark.asyncio
async def test_two_who_do_the_same_unit_do_it_once(views: Views) -> None:
    async with views.pool.acquire() as connection:
        found = await building.begin(connection, FOLDS, parts=1, anew=False)
        units = await building.units_of(connection, found.schema, "read")
        both = [Alone(views.pool, views.opener) for _ in range(2)]
    for one in both:
        await one.carry_out(found.schema, FOLDS, units, lambda _more: None, Pace())

    result = await rebuild(views.pool, FOLDS, views.opener)

    assert result.resumed
    assert result.schema == found.schema
    assert result.switched


@pytest.mark.asyncio
async def test_killed_at_any_moment_nothing_is_shown_and_the_next_one_goes_on(
    views: Views, reach: Reach
) -> None:
    before, live = await views.digest(), await shown(views)
    for seconds in (0.0, 0.02, 0.05):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.projecting.rebuilding",
            reach.database_url, str(reach.keyring),
            cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        workers = [int(pid) for pid in (await process.stdout.readline()).split()]
        await process.stdout.readline()  # it has begun
        await asyncio.sleep(seconds)
        process.kill()
        await process.wait()
        for pid in workers:
            await _gone(pid)
        assert await shown(views) == live

    found = await rebuild(views.pool, FOLDS, views.opener)

    assert found.resumed
    assert found.switched
    assert found.digest == before


async def _gone(pid: int) -> None:
    """A worker ends with whoever started it."""
    for _ in range(500):
        if not _lives(pid):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"worker {pid} lives on")


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"  # else whoever adopted it has not looked yet


@pytest.mark.asyncio
async def test_a_dead_worker_is_told_and_what_was_done_stays(views: Views, reach: Reach) -> None:
    async with Crew(reach, 1) as crew:

        def kill(_stage: str, done: int, _of: int) -> None:
            if done:
                os.kill(crew.pids[0], signal.SIGKILL)

        with pytest.raises(RebuildFault, match="died"):
            await rebuild(views.pool, FOLDS, views.opener, crew=crew, progress=kill)

    found = await rebuild(views.pool, FOLDS, views.opener)
    assert found.resumed
    assert found.switched


@pytest.mark.asyncio
async def test_what_a_rebuild_left_is_dropped_where_it_is_not_wanted(views: Views) -> None:
    with pytest.raises(Interrupted):
        await rebuild(views.pool, FOLDS, views.opener, crew=StopsAfter(views, 2))
    async with views.pool.acquire() as connection:
        (left,) = set((await building.versions_of(connection, FOLDS)).values()) - {
            await shown(views)
        }

    found = await rebuild(views.pool, FOLDS, views.opener, anew=True)

    assert not found.resumed
    assert found.switched
    assert found.schema != left
    assert await views.pool.fetchval("SELECT to_regnamespace($1)", left) is None


@pytest.mark.asyncio
async def test_switching_back_shows_the_earlier_version_up_to_date(
    stores: Stores, world: World, views: Views
) -> None:
    first = await shown(views)
    second = (await rebuild(views.pool, FOLDS, views.opener)).schema
    links = await intake_repository(stores)
    link = await links.load(Link, await _linked_mention(views))
    link.unlink(decided_by=RULE, reason="wrong-person", now=times.now())
    await links.save(link, context=context("throughline"))
    world.bodies["intake"] = [(e.position, e.body) for e in await links.store.after(0)]
    await project(views, world.bodies, ("missing", "intake"))
    now = await views.digest()

    back = await switch_back(views.pool, FOLDS, views.opener)

    assert back == first != second
    assert await shown(views) == first
    assert await views.digest() == now
    # There is no version before the first; what the switch left is dropped by the next rebuild.
    with pytest.raises(RuleBroken, match="no earlier version"):
        await switch_back(views.pool, FOLDS, views.opener)
    third = await rebuild(views.pool, FOLDS, views.opener)
    assert third.switched
    assert await views.pool.fetchval("SELECT to_regnamespace($1)", second) is None
    await links.store.close()


@pytest.mark.asyncio
async def test_going_back_needs_the_program_that_made_the_version(views: Views) -> None:
    newer = replace(FOLDS, version=FOLDS.version + 1)
    found = await rebuild(views.pool, newer, views.opener)
    assert found.switched

    with pytest.raises(RuleBroken, match="another version of the folds"):
        await switch_back(views.pool, newer, views.opener)

    assert await shown(views) == found.schema
    assert await switch_back(views.pool, FOLDS, views.opener) != found.schema


@pytest.mark.asyncio
async def test_one_rebuild_at_a_time(views: Views) -> None:
    refused: list[str] = []

    class AsksAgain(Alone):
        async def carry_out(self, *arguments: Any) -> None:
            with pytest.raises(RuleBroken) as reason:
                await rebuild(views.pool, FOLDS, views.opener)
            refused.append(str(reason.value))
            await super().carry_out(*arguments)

    found = await rebuild(views.pool, FOLDS, views.opener, crew=AsksAgain(views.pool, views.opener))

    assert found.switched
    assert len(refused) == 4
    assert "another rebuild is running" in refused[0]


@pytest.mark.asyncio
async def test_a_difference_names_its_subject(views: Views) -> None:
    schema = await shown(views)
    subject = await views.pool.fetchval(
        f"UPDATE {schema}.row SET digest = '\\x00' "
        f"WHERE ctid = (SELECT min(ctid) FROM {schema}.row) RETURNING subject_id"
    )

    found = await rebuild(views.pool, FOLDS, views.opener)

    assert not found.switched
    assert found.differing == 1
    assert found.examples == (subject,)


@pytest.mark.asyncio
async def test_an_event_that_no_fold_takes_stays_parked_in_a_rebuild(
    database: Database, stores: Stores, world: World
) -> None:
    views = await make_views(database, stores)
    bad = world.bodies["missing"][2][0]

    def facts_of(event: Event) -> list[Fact]:
        if (event.store, event.position) == ("missing", bad):
            raise ValueError("no fold takes it")
        return FOLDS.facts_of(event)

    folds = replace(FOLDS, facts_of=facts_of)
    await project(views, world.bodies, ("missing", "intake"), folds=folds, allow_parked=True)

    found = await rebuild(views.pool, folds, views.opener)

    assert found.switched
    assert await views.pool.fetchval("SELECT count(*) FROM archive.parked") == 1


@pytest.mark.asyncio
async def test_a_throttled_rebuild_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await Pace(0.25).rest(1.0)
    await Pace(1.0).rest(1.0)

    assert slept == [3.0]


async def _linked_mention(views: Views) -> UUID:
    found: UUID = await views.pool.fetchval(
        f"SELECT mention_id FROM {await shown(views)}.membership "
        "WHERE to_position IS NULL ORDER BY 1 LIMIT 1"
    )
    return found
