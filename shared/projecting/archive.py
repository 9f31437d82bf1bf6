"""The archive: this service's copy of every event, and which version of the views is shown."""

from collections.abc import AsyncIterator, Sequence
from importlib.resources import files
from typing import Any

from shared.contracts import times
from shared.contracts.refusals import Unavailable
from shared.eventstore.pages import bounded
from shared.eventstore.schema import apply_sql
from shared.projecting.facts import Event, Folds
from shared.projecting.opening import Parked
from shared.projecting.tables import make_indexes, make_tables
from shared.projecting.writing import Into, columns_of, insert

PAGE = 2000
FOLDING = "the views are being made from what is archived; ask again later"

EVENT = Into("archive", "event", {
    "source": "text", "position": "bigint", "event_id": "uuid", "type": "text",
    "recorded_at": "timestamptz", "body": "bytea",
})  # fmt: skip
MENTION = Into("archive", "mention", {"mention_id": "uuid", "source": "text", "position": "bigint"})


async def make_archive(connection: Any, role: str) -> None:
    """Make the archive's tables, owned by the connection's role, usable by `role`."""
    sql = (files("shared.projecting") / "schema.sql").read_text().replace("{role}", role)
    await apply_sql(connection, "archive-1", sql)


async def showing(connection: Any, folds: Folds, *, lock: str = "") -> str | None:
    """The schema of the version being shown; `lock` is added to the query (`FOR SHARE`)."""
    found: str | None = await connection.fetchval(
        f"SELECT schema_name FROM archive.showing WHERE projection = $1 {lock}", folds.name
    )
    return found


async def ensure_showing(connection: Any, folds: Folds) -> str:
    """The schema being shown, made empty if there is none yet."""
    async with connection.transaction():
        # Two starters: the second waits here, and finds the first one's.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", folds.name)
        await connection.executemany(
            "INSERT INTO archive.progress (source, position) VALUES ($1, 0) ON CONFLICT DO NOTHING",
            [(source,) for source in folds.sources],
        )
        schema = await showing(connection, folds)
        if schema is None:
            schema = f"{folds.name}_v{folds.version}_1"
            await make_tables(connection, schema, folds.sources)
            await make_indexes(connection, schema)
            await connection.execute(
                "INSERT INTO archive.showing (projection, schema_name) VALUES ($1, $2)",
                folds.name,
                schema,
            )
        return schema


async def archived_up_to(connection: Any) -> dict[str, int]:
    """How far the archive reaches in each source."""
    rows = await connection.fetch("SELECT source, position FROM archive.progress")
    return {row[0]: row[1] for row in rows}


CAUGHT_UP = (
    "NOT EXISTS (SELECT FROM {schema}.progress p JOIN archive.progress a USING (source) "
    "WHERE p.position < a.position)"
)
"""Whether a version knows everything that is archived. Its transactions write both together, so it
lacks something only while it is folded from the archive: after a restore, or a version gone back
to."""


async def shown_up_to(connection: Any, schema: str) -> dict[str, int]:
    """Up to which position of each source a version knows everything.

    Raises:
        Unavailable: it is still folded from the archive: what is not in it yet would be taken for
            what does not exist.
    """
    rows = await connection.fetch(
        f"SELECT source, position, {CAUGHT_UP.format(schema=schema)} FROM {schema}.progress "
        "ORDER BY source"
    )
    if not all(row[2] for row in rows):
        raise Unavailable(FOLDING)
    return {row[0]: row[1] for row in rows}


async def digests(connection: Any) -> dict[str, bytes]:
    """SHA-256 of the last archived event of each source, by which its history is known again."""
    rows = await connection.fetch(
        "SELECT source, sha256(body) FROM archive.progress JOIN archive.event "
        "USING (source, position)"
    )
    return {row[0]: row[1] for row in rows}


async def keep(
    connection: Any, bodies: Sequence[Event], parked: Sequence[Parked], raw: dict[str, list[int]]
) -> None:
    """Put a batch into the archive, within the caller's transaction.

    Args:
        bodies: the events that could be read.
        parked: those that could not; they are named only, and read again from their service.
        raw: for each source the first and last position of the batch; nothing for an event that
            comes late, and may be here already.
    """
    rows = [
        (
            event.store,
            event.position,
            event.envelope.id,
            event.envelope.type,
            times.read(event.envelope.time),
            event.body,
        )
        for event in bodies
    ]
    mentions = [
        (mention_id, event.store, event.position)
        for event in bodies
        if event.data is not None
        for mention_id in {*event.data.about, *(m.mention_id for m in event.data.mentions)}
    ]
    # Of a batch the positions were checked under the lock: nothing of its events is here already.
    await insert(connection, (EVENT, rows), (MENTION, mentions), known=not raw)
    if parked:
        await connection.executemany(
            "INSERT INTO archive.parked (source, position, reason) VALUES ($1, $2, $3) "
            "ON CONFLICT DO NOTHING",
            [(event.store, event.position, event.reason) for event in parked],
        )
    if raw:
        await connection.execute(
            "WITH reached AS (UPDATE archive.progress SET position = r.last "
            "FROM unnest($1::text[], $3::bigint[]) AS r (name, last) WHERE source = r.name) "
            "INSERT INTO archive.availability (source, from_position, to_position) "
            "SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING",
            *columns_of([(source, first, last) for source, (first, last) in raw.items()]),
        )


_PAGES = bounded(
    "source, position, body",
    "SELECT source, position, body FROM archive.event e "
    "WHERE source = $1 AND position > $2 AND position <= $3 AND NOT EXISTS "
    "(SELECT FROM archive.parked p WHERE p.source = $1 AND p.position = e.position) "
    "ORDER BY position LIMIT $4",
)


async def pages(
    connection: Any, source: str, after: int, up_to: int, size: int = PAGE
) -> AsyncIterator[list[tuple[str, int, bytes]]]:
    """The archived events of a source in order, a page at a time, but those that are parked."""
    while after < up_to:
        found = await page(connection, source, after, up_to, size)
        if not found:
            return
        yield found
        after = found[-1][1]


async def page(
    connection: Any, source: str, after: int, up_to: int, size: int = PAGE
) -> list[tuple[str, int, bytes]]:
    """The next archived events of a source, but those that are parked; none: there are none."""
    rows = await connection.fetch(_PAGES, source, after, up_to, size)
    return [(row[0], row[1], row[2]) for row in rows]
