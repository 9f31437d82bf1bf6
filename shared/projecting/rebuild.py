"""The bulk driver: the same folds over the whole archive, into a new version beside the live one.

Nobody waits for it but whoever asked: the live version goes on, and only the short catching up and
the switch at the end hold it back. A rebuild that is killed leaves a schema that nothing shows,
and the next one removes it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from shared.projecting import archive
from shared.projecting.facts import Fact, Folds, LinkChange, rows_of
from shared.projecting.opening import Opener
from shared.projecting.projector import catch_up, lock_progress
from shared.projecting.tables import (
    FACT_COLUMNS,
    fact_row,
    make_indexes,
    make_tables,
    restricted,
)

Progress = Callable[[str, int, int], None]
"""(stage, done, of): called often, for a progress bar."""

FOLD_PAGE = 500
"""Subjects folded at a time: bounds memory, whatever the number of subjects."""

PREFETCH = 5000
"""Fact rows fetched at a time while folding."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found.

    Attributes:
        schema: the new version's.
        events, rows: how many it read and made.
        digest, live_digest: of all rows, rebuilt and live, at the same positions.
        switched: whether the new version is the one shown now.
    """

    schema: str
    events: int
    rows: int
    digest: str
    live_digest: str
    switched: bool


async def rebuild(
    pool: "asyncpg.Pool[Any]",
    folds: Folds,
    opener: Opener,
    *,
    progress: Progress = lambda _stage, _done, _of: None,
    switch_if_different: bool = False,
) -> Rebuilt:
    """Build the views anew from the archive, compare, and switch to them.

    Args:
        switch_if_different: switch although the rows differ from the live ones, as they should
            after a change of the folds. Otherwise a difference leaves the live version shown.

    Raises:
        Unavailable: the vault does not answer.
    """
    async with pool.acquire() as connection:
        live = await archive.ensure_showing(connection, folds)
        schema = await _fresh_schema(connection, folds, live)
        await make_tables(connection, schema, folds.sources)
        targets = await archive.archived_up_to(connection)
        links = await _copy_facts(connection, schema, folds, opener, targets, progress)
        await _copy_membership(connection, schema, links)
        await make_indexes(connection, schema)
        await _copy_rows(pool, schema, folds, progress)
        await connection.executemany(
            f"UPDATE {schema}.progress SET position = $2 WHERE source = $1",
            [(source, targets[source]) for source in folds.sources],
        )
        await catch_up(connection, folds, opener, schema)
        async with connection.transaction():
            await lock_progress(connection)
            await catch_up(connection, folds, opener, schema)
            await catch_up(connection, folds, opener, live)
            ours, theirs = await digest(connection, schema), await digest(connection, live)
            switched = ours == theirs or switch_if_different
            if switched:
                await connection.execute(
                    "UPDATE archive.showing SET schema_name = $2 WHERE projection = $1",
                    folds.name,
                    schema,
                )
        rows = await connection.fetchval(f"SELECT count(*) FROM {schema}.row")
        events = await connection.fetchval("SELECT count(*) FROM archive.event")
        return Rebuilt(schema, events, rows, ours, theirs, switched)


async def digest(connection: Any, schema: str) -> str:
    """One digest over all rows of a version, in a fixed order."""
    found = sha256()
    async with connection.transaction():
        async for row in connection.cursor(
            f"SELECT view, subject_id, digest FROM {schema}.row ORDER BY view, subject_id"
        ):
            found.update(row[0].encode() + b"\0" + row[1].bytes + row[2])
    return found.hexdigest()


async def _fresh_schema(connection: Any, folds: Folds, live: str) -> str:
    """A free schema name; versions that are neither live nor the one before it are dropped."""
    pattern = re.compile(rf"^{folds.name}_v\d+_(\d+)$")
    rows = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE $1",
                                  f"{folds.name}\\_v%")  # fmt: skip
    numbered = {int(m[1]): row[0] for row in rows if (m := pattern.match(row[0]))}
    live_number = next(number for number, name in numbered.items() if name == live)
    for number, name in numbered.items():
        if name != live and number != live_number - 1:
            await connection.execute(f"DROP SCHEMA {name} CASCADE")
    return f"{folds.name}_v{folds.version}_{max(numbered) + 1}"


async def _copy_facts(
    connection: Any,
    schema: str,
    folds: Folds,
    opener: Opener,
    targets: dict[str, int],
    progress: Progress,
) -> list[LinkChange]:
    total, done = sum(targets[source] for source in folds.sources), 0
    links: list[LinkChange] = []
    for source in folds.sources:
        async for page in archive.pages(connection, source, 0, targets[source]):
            events, _ = await opener.opened(page)
            facts = [fact for event in events for fact in folds.facts_of(event)]
            links.extend(link for event in events for link in folds.links_of(event))
            await connection.copy_records_to_table(
                "fact", schema_name=schema, columns=FACT_COLUMNS,
                records=[fact_row(fact) for fact in facts],
            )  # fmt: skip
            await connection.copy_records_to_table(
                "term", schema_name=schema, columns=("mention_id", "kind", "value"),
                records=[(t.mention_id, t.kind, t.value) for f in facts for t in folds.terms_of(f)],
            )  # fmt: skip
            done += len(page)
            progress("reading events", done, total)
    return links


async def _copy_membership(connection: Any, schema: str, links: list[LinkChange]) -> None:
    """Membership as the live driver would have left it: rows opened and closed by position."""
    rows: list[tuple[UUID, UUID, int, int | None]] = []
    open_rows: dict[UUID, tuple[UUID, int]] = {}
    for link in sorted(links, key=lambda link: link.position):
        if (opened := open_rows.pop(link.mention_id, None)) is not None:
            rows.append((link.mention_id, *opened, link.position))
        if link.subject_id is not None:
            open_rows[link.mention_id] = (link.subject_id, link.position)
    rows.extend((mention, *opened, None) for mention, opened in open_rows.items())
    await connection.copy_records_to_table(
        "membership", schema_name=schema, records=rows,
        columns=("mention_id", "subject_id", "from_position", "to_position"),
    )  # fmt: skip


async def _copy_rows(
    pool: "asyncpg.Pool[Any]", schema: str, folds: Folds, progress: Progress
) -> None:
    """Fold every subject, in the order of its id, a bounded number at a time."""
    columns = ", ".join(f"f.{name}" for name in FACT_COLUMNS)
    facts_by_subject = (
        f"FROM {schema}.fact f LEFT JOIN {schema}.membership m "
        "ON m.mention_id = f.mention_id AND m.to_position IS NULL"
    )
    done = 0
    made: list[tuple[Any, ...]] = []

    # One connection reads by a cursor, the other writes what was folded so far.
    async with pool.acquire() as reading, pool.acquire() as writing, reading.transaction():
        total = await reading.fetchval(
            f"SELECT count(DISTINCT coalesce(m.subject_id, f.mention_id)) {facts_by_subject}"
        )

        async def finish(subject: UUID, facts: list[Fact]) -> None:
            nonlocal done
            done += 1
            made.extend(
                (view, subject, body, sha256(body).digest(), restricted(facts))
                for view, body in rows_of(folds, subject, facts).items()
            )
            if done % FOLD_PAGE == 0 or done == total:
                await writing.copy_records_to_table(
                    "row", schema_name=schema, records=made,
                    columns=("view", "subject_id", "body", "digest", "restricted"),
                )  # fmt: skip
                made.clear()
                progress("folding subjects", done, total)

        current: UUID | None = None
        facts: list[Fact] = []
        async for row in reading.cursor(
            f"SELECT coalesce(m.subject_id, f.mention_id) AS subject, {columns} "
            f"{facts_by_subject} ORDER BY 1",
            prefetch=PREFETCH,
        ):
            if row[0] != current:
                if current is not None:
                    await finish(current, facts)
                current, facts = row[0], []
            facts.append(Fact(**dict(zip(FACT_COLUMNS, row[1:], strict=True))))
        if current is not None:
            await finish(current, facts)
