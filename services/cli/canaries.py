"""Words of the story that may stand nowhere but in views: not in a store, a stream or a log."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import asyncpg

from services.cli.installation import Installation
from services.cli.provision import with_database
from services.topology import SERVICES, VAULT_DATABASE

CANARIES = (
    "Ashdown", "Birdie", "Wren", "2001-02-", "943476", "943 476", "Tannery", "Lantern Arcade",
    "Harbour Lodge", "Saltmarsh", "NV/15", "NV12", "silver", "SM 2015",
    "Calloway", "trainers", "safeguarding@", "Marlo", "Pike", "Teale", "Beacon",
)  # fmt: skip

IN_CLEAR = b"missing.episode-reported.v1"
"""Stands in every copy of the story's first report: if it is not found, nothing was read."""

BY_CHANCE = 4
"""So few letters come up by chance in the base64 of what is sealed. They count as whole words."""


def _pattern(word: str) -> bytes:
    found = re.escape(word.encode())
    if len(word) > BY_CHANCE:
        return found
    return rb"(?<![A-Za-z0-9+/])" + found + rb"(?![A-Za-z0-9+/=])"


WORDS = re.compile(b"|".join(_pattern(word) for word in CANARIES))


def words_in(content: bytes) -> list[str]:
    """The words of the story that stand in something."""
    return sorted({found.decode() for found in WORDS.findall(content)})


async def in_databases(installation: Installation) -> list[str]:
    """Where they stand in any table but those of the views, which hold opened text on purpose."""
    found = []
    for database in (*(service.database for service in SERVICES.values()), VAULT_DATABASE):
        connection = await asyncpg.connect(with_database(installation.postgres.url, database))
        try:
            for table in await _tables(connection):
                rows = await connection.fetch(f"SELECT * FROM {table}")  # noqa: S608
                found += _said(f"{database} {table}", b"\n".join(_written(rows)))
        finally:
            await connection.close()
    return found


def in_files(folder: Path) -> list[str]:
    """Where they stand in the bus's files or in a log; and whether anything was there to read."""
    bus = [path for path in (folder / "nats").rglob("*") if path.is_file()]
    logs = [*(folder / "logs").glob("*.log"), folder / "postgres" / "log"]
    found = []
    read = False
    for path in (*bus, *logs):
        content = path.read_bytes()
        read |= IN_CLEAR in content
        found += _said(str(path.relative_to(folder)), content)
    return found if read else [*found, "the bus's files hold no report: nothing was looked for"]


def _said(where: str, content: bytes) -> list[str]:
    return [f"{where} holds {word!r} in clear" for word in words_in(content)]


async def _tables(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        " AND schemaname NOT LIKE 'views\\_%' ORDER BY 1"
    )
    return [row["name"] for row in rows]


def _written(rows: Iterable[Any]) -> Iterator[bytes]:
    for row in rows:
        for value in row.values():
            yield value if isinstance(value, bytes) else str(value).encode()
