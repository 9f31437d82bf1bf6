"""Live projecting and rebuild with all views on, against `ProjectionRunner` on the same views.

project_same_views: mash's own `Projector` from a backlog: events opened, archived, turned into
facts, the rows of every view folded. Baseline: the library's runner with the same folds
(`bench.stock_views`), handed each event opened and decoded.
rebuild_same_views: `throughline rebuild` by two processes, compared row by row with the live rows.
The same baseline.

Both begin with the same children, each with two episodes, returns, an unnamed man, a car and a
place, all of them linked; the baseline with fewer of them. Before anything counts, both project the
same few, and every row of every view must be equal, to the byte.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bench.harness import (
    Result,
    Vaults,
    as_role,
    compared,
    fresh_database,
    in_turns,
    make_vaults,
    run,
    servers,
)
from bench.project import project, views
from bench.stock_views import Rows, same_views
from bench.world import World, make_world
from services.cli.provision import with_database
from services.mash.views import FOLDS
from shared.embedded import Postgres
from shared.projecting.crew import Crew, Reach
from shared.projecting.facts import Event
from shared.projecting.opening import Opener
from shared.projecting.rebuild import rebuild

CHILDREN, THEIRS = 1500, 60
WORKERS = 2
BASELINE = "events/s, eventsourcing's ProjectionRunner with the same folds, events handed opened"


async def measure(runs: int) -> list[Result]:
    """Both figures."""
    with servers() as (postgres, folder):
        vaults = await make_vaults(postgres, folder)
        few = await make_world(postgres, vaults, THEIRS, beside=True)
        many = await make_world(postgres, vaults, CHILDREN, beside=True)
        events = await _opened(vaults, few)

        async def theirs() -> float:
            rate, _ = await asyncio.to_thread(same_views, await fresh_database(postgres), events)
            return rate

        await _same_rows(postgres, vaults, few, events)
        live = await in_turns(lambda: _projected(postgres, vaults, many), theirs, runs)
        async with _filled(postgres, vaults, many) as rebuilt:
            again = await in_turns(rebuilt, theirs, runs)
    kinds = "reports, returns, links; people, places, vehicles"
    return [
        compared(
            "project_same_views", f"{kinds}: live from a backlog", "events/s", BASELINE, live
        ),
        compared(
            "rebuild_same_views", f"{many.events:,} of them rebuilt by {WORKERS} processes",
            "events/s", BASELINE, again,
        ),
    ]  # fmt: skip


async def _opened(vaults: Vaults, world: World) -> list[Event]:
    """A world's events as the runner is handed them: both stores' in turn, as they come live."""
    messages = [
        (position / len(bodies), source, position, body)
        for source, bodies in world.bodies.items()
        for position, body in bodies
    ]
    async with vaults.of("mash") as vault:
        found, parked = await Opener(vault).opened([each[1:] for each in sorted(messages)])
    if parked:
        raise RuntimeError("an event could not be opened")
    return found


async def _same_rows(postgres: Postgres, vaults: Vaults, world: World, events: list[Event]) -> None:
    """Both must come to the same rows: otherwise they are no comparison.

    Raises:
        RuntimeError: they do not.
    """
    _, theirs = await asyncio.to_thread(same_views, await fresh_database(postgres), events)
    async with views(postgres) as pool, vaults.of("mash") as vault:
        await project(pool, Opener(vault), world)
        schema = await pool.fetchval("SELECT schema_name FROM archive.showing")
        rows = await pool.fetch(f"SELECT view, subject_id, body FROM {schema}.row")
    ours: Rows = {(row[0], row[1]): row[2] for row in rows}
    if ours != theirs or not ours:
        differing = sum(ours.get(key) != theirs.get(key) for key in {*ours, *theirs})
        raise RuntimeError(f"{differing} of {len(ours)} rows differ from the baseline's")


async def _projected(postgres: Postgres, vaults: Vaults, world: World) -> float:
    async with views(postgres) as pool, vaults.of("mash") as vault:
        return world.events / await project(pool, Opener(vault), world)


@asynccontextmanager
async def _filled(
    postgres: Postgres, vaults: Vaults, world: World
) -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """Views of a world, and how fast they are rebuilt: events a second."""
    async with views(postgres) as pool, vaults.of("mash") as vault:
        opener = Opener(vault)
        await project(pool, opener, world)
        url = with_database(postgres.url, await pool.fetchval("SELECT current_database()"))
        reach = Reach(as_role(url, "mash"), as_role(vaults.url, "mash"), vaults.keyrings["mash"])

        async def rebuilt() -> float:
            started = time.perf_counter()
            async with Crew(reach, WORKERS) as crew:
                found = await rebuild(pool, FOLDS, opener, crew=crew, parts=WORKERS)
            if found.differing or not found.switched:
                raise RuntimeError("the rebuilt views differ from the live ones")
            return world.events / (time.perf_counter() - started)

        yield rebuilt


if __name__ == "__main__":
    run(measure, __doc__ or "")
