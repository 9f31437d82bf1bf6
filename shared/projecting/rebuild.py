"""The bulk driver: the same folds over the whole archive, into a new version beside the live one.

Nobody waits for it but whoever asked: the live version goes on, and only the last catching up and
the switch hold it back, for a moment. Its work is cut into units, each done in one transaction
(`shared.projecting.building`): a rebuild that is killed is gone on with by the next one.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from shared.contracts.refusals import RuleBroken
from shared.projecting import archive, building
from shared.projecting.building import STAGES, Building, Stage, Unit
from shared.projecting.catching_up import catch_up, follow_archive, lock_progress
from shared.projecting.comparing import Compared, compared, digest, equal_for
from shared.projecting.crew import Alone
from shared.projecting.facts import Folds
from shared.projecting.opening import Opener
from shared.projecting.units import Pace, Told

__all__ = ["Rebuilt", "digest", "rebuild", "switch_back"]

Progress = Callable[[str, int, int], None]
"""(stage, done, of): called often, for a progress bar."""

DOING: dict[Stage, str] = {
    "read": "reading events",
    "link": "linking mentions",
    "fold": "folding facts",
    "index": "indexing",
}
QUIET_TRIES = 20
"""How often to look for a moment at which both versions stand at the same positions."""

REBUILDING = 7_261_541
"""Advisory lock: one rebuild of a database at a time."""


class Carriers(Protocol):
    """Who carries out units: `Alone` or a `Crew`."""

    async def carry_out(
        self, schema: str, folds: Folds, units: Sequence[Unit], told: Told, pace: Pace
    ) -> None:
        """Do these units."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found.

    Attributes:
        schema: the new version's.
        resumed: it went on with what a rebuild before it had left.
        events, rows: how many it was made from, and made.
        digest, live_digest: of all rows, rebuilt and live, at the same positions; empty where the
            live version never knew an event, so that there is nothing to compare with.
        differing, examples: how many rows differ, and subjects of a few of them.
        switched: whether the new version is the one shown now.
    """

    schema: str
    resumed: bool
    events: int
    rows: int
    digest: str
    live_digest: str
    differing: int
    examples: tuple[UUID, ...]
    switched: bool


async def rebuild(
    pool: "asyncpg.Pool[Any]",
    folds: Folds,
    opener: Opener,
    *,
    crew: Carriers | None = None,
    parts: int = 1,
    anew: bool = False,
    pace: Pace = Pace(),  # noqa: B008 (a frozen value)
    progress: Progress = lambda _stage, _done, _of: None,
    switch_if_different: bool = False,
) -> Rebuilt:
    """Build the views anew from the archive, compare, and switch to them.

    Args:
        crew: who does the work; this process alone, if nobody is named.
        parts: into how many parts to divide the subjects; as many as there are in the crew.
        anew: do not go on with what a rebuild before it left.
        switch_if_different: switch although the rows differ from the live ones, as they should
            after a change of the folds. Otherwise a difference leaves the live version shown.

    Raises:
        Unavailable: a server does not answer; what was done stays done.
        RebuildFault: a worker failed or died; what was done stays done.
        RuleBroken: another rebuild is running.
    """
    carriers = crew or Alone(pool, opener)
    async with _alone_at_it(pool) as connection:
        found = await building.begin(connection, folds, parts=parts, anew=anew)
        for stage in STAGES:
            await _stage(connection, found.schema, folds, stage, carriers, pace, progress)
        await building.finish(connection, found)
        progress("catching up", 0, 1)
        await follow_archive(connection, folds, opener, found.schema)
        progress("catching up", 1, 1)
        progress("comparing", 0, 1)
        result = await _at_the_same_positions(pool, connection, folds, opener, found)
        progress("comparing", 1, 1)
        switched = (result.differing == 0 or switch_if_different) and await _switch(
            connection, folds, opener, found, result, even_if_different=switch_if_different
        )
        await building.forget_units(connection, found.schema)
        return Rebuilt(
            found.schema,
            found.resumed,
            await connection.fetchval("SELECT count(*) FROM archive.event"),
            result.rows,
            result.digest,
            result.live_digest,
            result.differing,
            result.examples,
            switched,
        )


async def switch_back(pool: "asyncpg.Pool[Any]", folds: Folds, opener: Opener) -> str:
    """Show the version from before the last switch again, brought up to date, in one transaction.

    Returns:
        Its schema.

    Raises:
        RuleBroken: there is none, or another version of the folds made it.
        Unavailable: a server does not answer; nothing was switched.
    """
    async with _alone_at_it(pool) as connection:
        live = await archive.ensure_showing(connection, folds)
        versions = await building.versions_of(connection, folds)
        before = versions.get(building.number_before(versions, live) or 0)
        if before is None:
            raise RuleBroken("there is no earlier version to go back to")
        if not before.startswith(f"{folds.name}_v{folds.version}_"):
            raise RuleBroken(
                f"{before} was made by another version of the folds than this program has: "
                "go back with the program that made it"
            )
        await follow_archive(connection, folds, opener, before)
        async with connection.transaction():
            await lock_progress(connection)
            await catch_up(connection, folds, opener, before)
            await _show(connection, folds, before)
        return before


@asynccontextmanager
async def _alone_at_it(pool: "asyncpg.Pool[Any]") -> AsyncIterator[Any]:
    async with pool.acquire() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", REBUILDING):
            raise RuleBroken("another rebuild is running; wait for it, or stop it")
        try:
            yield connection
        finally:
            if not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock($1)", REBUILDING)


async def _stage(
    connection: Any,
    schema: str,
    folds: Folds,
    stage: Stage,
    carriers: Carriers,
    pace: Pace,
    progress: Progress,
) -> None:
    units = await building.units_of(connection, schema, stage)
    done, of = await building.amount(connection, schema, stage)
    progress(DOING[stage], done, of)

    def told(more: int) -> None:
        nonlocal done
        done += more
        progress(DOING[stage], done, of)

    await carriers.carry_out(schema, folds, units, told, pace)


async def _at_the_same_positions(
    pool: "asyncpg.Pool[Any]", connection: Any, folds: Folds, opener: Opener, found: Building
) -> Compared:
    """Compare in a snapshot in which both know the same events; the live version goes on."""
    known = await connection.fetchval(f"SELECT sum(position) FROM {found.live}.progress")
    if not known:
        # The live version never knew an event: a lost database of views, built again.
        rows = await connection.fetchval(f"SELECT count(*) FROM {found.schema}.row")
        return Compared(await digest(connection, found.schema), "", rows, 0, ())
    for _ in range(QUIET_TRIES):
        await catch_up(connection, folds, opener, found.schema)
        async with (
            pool.acquire() as reading,
            reading.transaction(isolation="repeatable_read", readonly=True),
        ):
            apart = await reading.fetchval(
                f"SELECT count(*) FROM {found.schema}.progress a JOIN {found.live}.progress b "
                "USING (source) WHERE a.position <> b.position"
            )
            if apart == 0:
                return await compared(reading, found.schema, found.live)
    # There is never a quiet moment: then the live version waits for as long as comparing takes.
    async with connection.transaction():
        await lock_progress(connection)
        await catch_up(connection, folds, opener, found.schema)
        await catch_up(connection, folds, opener, found.live)
        return await compared(connection, found.schema, found.live)


async def _switch(
    connection: Any,
    folds: Folds,
    opener: Opener,
    found: Building,
    result: Compared,
    *,
    even_if_different: bool,
) -> bool:
    """Catch up with what came while comparing, compare that too, and show the new version."""
    async with connection.transaction():
        await lock_progress(connection)
        touched = await catch_up(connection, folds, opener, found.schema)
        if result.live_digest:
            await catch_up(connection, folds, opener, found.live)
        equal = not result.live_digest or await equal_for(
            connection, found.schema, found.live, touched
        )
        if equal or even_if_different:
            await _show(connection, folds, found.schema)
            return True
    return False


async def _show(connection: Any, folds: Folds, schema: str) -> None:
    await connection.execute(
        "UPDATE archive.showing SET schema_name = $2 WHERE projection = $1", folds.name, schema
    )
