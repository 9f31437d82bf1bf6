"""Comparing two versions of the views: subject by subject, in the database."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing two versions found, in one snapshot.

    Attributes:
        digest, live_digest: of all rows of each.
        rows: of the new version.
        differing: how many rows are not the same in both, or stand in one only.
        examples: subjects of a few of them.
    """

    digest: str
    live_digest: str
    rows: int
    differing: int
    examples: tuple[UUID, ...]


async def digest(connection: Any, schema: str) -> str:
    """One digest over all rows of a version, in a fixed order."""
    # By the first byte of the ids, so that no value in it grows with the number of subjects.
    found: str = await connection.fetchval(
        "SELECT encode(sha256(coalesce(string_agg(part, ''::bytea ORDER BY byte), '')), 'hex') "
        "FROM (SELECT get_byte(uuid_send(subject_id), 0) AS byte, sha256(string_agg("
        "convert_to(view, 'UTF8') || '\\x00'::bytea || uuid_send(subject_id) || digest, "
        "''::bytea ORDER BY subject_id, view COLLATE \"C\")) AS part "
        f"FROM {schema}.row GROUP BY 1) AS parts"
    )
    return found


async def compared(connection: Any, schema: str, live: str) -> Compared:
    """Compare every row's digest."""
    rows = await connection.fetchval(f"SELECT count(*) FROM {schema}.row")
    differing, examples = await connection.fetchrow(
        "SELECT count(*), (array_agg(DISTINCT subject_id))[1:$1] "
        f"FROM {schema}.row AS a FULL JOIN {live}.row AS b USING (view, subject_id) "
        "WHERE a.digest IS DISTINCT FROM b.digest",
        EXAMPLES,
    )
    return Compared(
        await digest(connection, schema),
        await digest(connection, live),
        rows,
        differing,
        tuple(examples or ()),
    )


async def equal_for(connection: Any, schema: str, live: str, subjects: set[UUID]) -> bool:
    """Whether the rows of these subjects are the same in both versions."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT * FROM {schema}.row WHERE subject_id = ANY($1)) AS a "
        f"FULL JOIN (SELECT * FROM {live}.row WHERE subject_id = ANY($1)) AS b "
        "USING (view, subject_id) WHERE a.digest IS DISTINCT FROM b.digest",
        list(subjects),
    )
    return found == 0
