"""Pages of events, bounded in number and in bytes: a photograph is as large as 270 others."""

from collections.abc import Iterable
from typing import Final

PAGE_BYTES: Final = 8 * 1024 * 1024
"""Whoever reads events by the page holds so much of them at once, and one event more."""


def bounded(columns: str, rows: str) -> str:
    """A query of rows in order of position that ends where their bodies reach `PAGE_BYTES`.

    The first row is always there, so that whoever pages goes on. A body that the database keeps
    aside is measured without being fetched.

    Args:
        columns: what to return; `position` and `body` are columns of the rows.
        rows: a query that is ordered by position and limited in number.
    """
    return (
        f"SELECT {columns} FROM (SELECT *, sum(octet_length(body)) OVER (ORDER BY position) "
        f"- octet_length(body) AS bytes_before FROM ({rows}) AS next) AS measured "
        f"WHERE bytes_before < {PAGE_BYTES} ORDER BY position"
    )


def is_full(bodies: Iterable[bytes]) -> bool:
    """Whether a page of these bodies was ended by their bytes, so that more may follow."""
    return sum(map(len, bodies)) >= PAGE_BYTES
