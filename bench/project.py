"""Projecting into facts and the child view: live, from a backlog.

project_live: mash's own `Projector`: events opened, archived, turned into facts, and the views of
the subjects they touch folded anew. Each turn begins with an empty database and no key in memory.
Baseline: the library's ProjectionRunner (`bench.stock_projection`), whose work is less.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from bench.harness import (
    Result,
    Vaults,
    compared,
    fresh_database,
    in_turns,
    make_vaults,
    pool_of,
    run,
    servers,
)
from bench.stock_projection import stock_projected
from bench.world import EVENTS_A_CHILD, World, make_world
from services.mash.views import FOLDS
from shared.embedded import Postgres
from shared.eventstore.schema import apply_sql
from shared.projecting.ahead import MAX_BATCH
from shared.projecting.archive import make_archive
from shared.projecting.opening import Opener
from shared.projecting.projector import Projector

CHILDREN = 20_000 // EVENTS_A_CHILD
THEIRS = 900


async def measure(runs: int) -> list[Result]:
    """The figure."""
    with servers() as (postgres, folder):
        vaults = await make_vaults(postgres, folder)
        world = await make_world(postgres, vaults, CHILDREN)
        stock = await fresh_database(postgres)

        async def theirs() -> float:
            return await asyncio.to_thread(stock_projected, stock, THEIRS)

        live = await in_turns(lambda: projected(postgres, vaults, world), theirs, runs)
    baseline = "events/s, eventsourcing's ProjectionRunner"
    what = "events with facts and views"
    return [
        compared("project_live", f"{what}, live from a backlog", "events/s", baseline, live),
    ]


async def projected(postgres: Postgres, vaults: Vaults, world: World) -> float:
    """Events a second, from the start of a projector with empty views until it has caught up."""
    async with views(postgres) as pool, vaults.of("mash") as vault:
        return world.events / await project(pool, Opener(vault), world)


async def project(pool: "asyncpg.Pool[Any]", opener: Opener, world: World) -> float:
    """Project everything; how many seconds it took."""

    async def batches(
        source: str,
        after: int,
        digest: bytes | None = None,  # noqa: ARG001 (as the bus has it)
    ) -> AsyncGenerator[list[tuple[int, bytes]], None]:
        bodies = world.bodies.get(source, [])
        for start in range(after, len(bodies), MAX_BATCH):
            yield bodies[start : start + MAX_BATCH]
        await asyncio.Event().wait()

    projector = Projector(pool, FOLDS, opener, batches)
    started = time.perf_counter()
    running = asyncio.create_task(projector.run())
    for source, bodies in world.bodies.items():
        await projector.reached(source, len(bodies))
    taken = time.perf_counter() - started
    running.cancel()
    await asyncio.wait([running])
    return taken


@asynccontextmanager
async def views(postgres: Postgres) -> AsyncIterator["asyncpg.Pool[Any]"]:
    """An empty database of views, opened as mash."""
    url = await fresh_database(postgres)
    connection = await asyncpg.connect(url)
    await apply_sql(connection, "extensions-1", "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await make_archive(connection, "mash")
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f'GRANT CREATE ON DATABASE "{name}" TO mash')
    await connection.close()
    async with pool_of(url, "mash") as pool:
        yield pool


if __name__ == "__main__":
    run(measure, __doc__ or "")
