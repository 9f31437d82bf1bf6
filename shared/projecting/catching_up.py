"""A version of the views, brought up to the archive from the archive.

After a restore, when a version is gone back to, and at the end of a rebuild. Live, the projector
writes archive and views in one transaction, and there is nothing to catch up with.
"""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

from shared.eventstore.pages import is_full
from shared.projecting import archive
from shared.projecting.facts import Folds
from shared.projecting.opening import Opener
from shared.projecting.tables import Tables


async def lock_progress(connection: Any) -> None:
    """Let no other runner write meanwhile: recomputed rows must see everything before them."""
    await connection.execute("SELECT FROM archive.progress ORDER BY source FOR UPDATE")


async def catch_up(connection: Any, folds: Folds, opener: Opener, schema: str = "") -> set[UUID]:
    """Bring a version of the views (else the one shown) up to the archive, from the archive.

    Returns:
        The subjects whose rows were recomputed.

    Raises:
        Unavailable: the vault does not answer.
    """
    touched: set[UUID] = set()
    async with connection.transaction():
        await lock_progress(connection)
        schema = schema or await archive.showing(connection, folds, lock="FOR SHARE") or ""
        await _know_every_source(connection, schema, folds)
        targets = await archive.archived_up_to(connection)
        tables = Tables(schema, folds)
        for source, position in await _progress(connection, schema):
            async for page in archive.pages(connection, source, position, targets[source]):
                events, _ = await opener.opened(page)
                touched |= await tables.apply(connection, events)
            await moved_to(connection, schema, {source: targets[source]})
    return touched


async def catch_up_by_pages(
    connection: Any, folds: Folds, opener: Opener
) -> AsyncGenerator[dict[str, int], None]:
    """Bring the version being shown up to the archive, a page a transaction.

    Yields:
        After each, up to where it knows everything, by source; the last one is where the archive
        ends.

    Raises:
        Unavailable: the vault does not answer; what was done stays done.
    """
    behind = True
    while behind:
        behind = False
        async with connection.transaction():
            await lock_progress(connection)
            schema = await archive.showing(connection, folds, lock="FOR SHARE") or ""
            await _know_every_source(connection, schema, folds)
            targets = await archive.archived_up_to(connection)
            reached = dict(await _progress(connection, schema))
            for source, position in reached.items():
                page = await archive.page(connection, source, position, targets[source])
                events, _ = await opener.opened(page)
                await Tables(schema, folds).apply(connection, events)
                # What is parked is in no page: behind the last one there is nothing else.
                reached[source] = page[-1][1] if page else targets[source]
                behind = behind or reached[source] < targets[source]
            await moved_to(connection, schema, reached)
        yield reached


async def _know_every_source(connection: Any, schema: str, folds: Folds) -> None:
    """A service that was added since this version was made: its events belong here too."""
    await connection.execute(
        f"INSERT INTO {schema}.progress (source, position) SELECT source, 0 "
        "FROM archive.progress WHERE source = ANY($1) ON CONFLICT DO NOTHING",
        list(folds.sources),
    )


async def follow_archive(connection: Any, folds: Folds, opener: Opener, schema: str) -> None:
    """Bring a version that nobody else writes near the archive's end, and hold nobody up.

    A page a transaction; `catch_up` does the rest, under the lock.

    Raises:
        Unavailable: the vault does not answer.
    """
    tables = Tables(schema, folds)
    behind = True
    while behind:
        behind = False
        targets = await archive.archived_up_to(connection)
        for source, position in await _progress(connection, schema):
            async for page in archive.pages(connection, source, position, targets[source]):
                events, _ = await opener.opened(page)
                async with connection.transaction():
                    await tables.apply(connection, events)
                    await moved_to(connection, schema, {source: page[-1][1]})
                full = is_full(body for *_, body in page)
                behind = behind or full or len(page) == archive.PAGE
            async with connection.transaction():
                await moved_to(connection, schema, {source: targets[source]})


async def _progress(connection: Any, schema: str) -> list[tuple[str, int]]:
    rows = await connection.fetch(f"SELECT source, position FROM {schema}.progress ORDER BY source")
    return [(row[0], row[1]) for row in rows]


async def moved_to(connection: Any, schema: str, reached: dict[str, int]) -> None:
    """Write down up to where a version knows everything, within the caller's transaction."""
    await connection.execute(
        f"UPDATE {schema}.progress p SET position = r.position "
        "FROM unnest($1::text[], $2::bigint[]) AS r (source, position) WHERE p.source = r.source",
        list(reached),
        list(reached.values()),
    )
