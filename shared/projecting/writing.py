"""Writing rows of several tables in one round trip.

A transaction of the live driver waits for each of its statements in turn, and so does every event
in it: on a busy machine what counts is how many there are.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

LARGE = 500
"""Of so many rows each costs less by COPY, which is two round trips a table."""


class Into(NamedTuple):
    """A table of a schema, and its columns, each with its type."""

    schema: str
    table: str
    columns: dict[str, str]


Rows = Sequence[tuple[Any, ...]]


async def insert(connection: Any, *wanted: tuple[Into, Rows], known: bool = False) -> None:
    """Insert these rows, in the caller's transaction.

    Args:
        known: some of them may be there already, and stay as they are.
    """
    if not known and sum(len(rows) for _, rows in wanted) >= LARGE:
        for into, rows in wanted:
            await connection.copy_records_to_table(
                into.table, schema_name=into.schema, columns=tuple(into.columns), records=rows
            )
        return
    conflict = " ON CONFLICT DO NOTHING" if known else ""
    parts: list[str] = []
    arguments: list[list[Any]] = []
    for into, rows in wanted:
        if not rows:
            continue
        first = len(arguments) + 1
        arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(into.columns.values(), first))
        names = ", ".join(into.columns)
        parts.append(
            f"INSERT INTO {into.schema}.{into.table} ({names}) "
            f"SELECT * FROM unnest({arrays}){conflict}"
        )
        arguments += columns_of(rows)
    if parts:
        *before, last = parts
        named = ", ".join(f"w{n} AS ({part})" for n, part in enumerate(before))
        await connection.execute(f"WITH {named} {last}" if named else last, *arguments)


def columns_of(rows: Rows) -> list[list[Any]]:
    """The rows turned round; of no rows, nothing."""
    return [list(column) for column in zip(*rows, strict=True)]
