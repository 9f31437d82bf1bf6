"""One moment of every database at once.

The services' databases know nothing of one another, so dumps made one after the other would be of
different moments: a consumer could have seen an event that its service's dump does not hold. A cut
locks the head of every store (writers wait for some milliseconds, nobody is refused), lets every
database export a snapshot, and lets go. What was committed before is in every dump; what comes
after is in none. The vault's snapshot is the last: a key is durable before its event, so every
event of the cut has its key.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import asyncpg

from services.cli.backup.manifest import StoreMark
from services.cli.provision import with_database
from services.topology import SERVICES, VAULT_DATABASE

LOCK_PATIENCE = "5s"
LEAVES_PAGE = 20_000


@dataclass(frozen=True)
class Snapshot:
    """A database as the cut saw it; valid as long as the cut is open."""

    database: str
    url: str
    name: str
    connection: Any


@dataclass(frozen=True)
class Cut:
    """Every database at one moment.

    Attributes:
        at: the moment.
        snapshots: by service, and `vault`.
    """

    at: datetime
    snapshots: dict[str, Snapshot]

    async def marks(self) -> dict[str, StoreMark]:
        """How far each store reaches in this cut."""
        return {
            store: await mark_store(self.snapshots[service.name].connection, service.name, store)
            for service in SERVICES.values()
            for store in service.stores
        }


@asynccontextmanager
async def cut(admin_url: str) -> AsyncIterator[Cut]:
    """Open a cut of every database of an installation.

    Raises:
        asyncpg.PostgresError: a database is away, or a writer held its lock for too long.
    """
    async with AsyncExitStack() as kept:
        snapshots: dict[str, Snapshot] = {}
        async with AsyncExitStack() as locks:
            for service in SERVICES.values():
                url = with_database(admin_url, service.database)
                holder = await _connection(url, locks)
                await holder.execute(f"BEGIN; SET LOCAL lock_timeout = '{LOCK_PATIENCE}'")
                for store in service.stores:
                    await holder.execute(f"SELECT FROM {store}.head FOR UPDATE")
            at = datetime.now(UTC)
            for service in SERVICES.values():
                snapshots[service.name] = await _snapshot(admin_url, service.database, kept)
            snapshots["vault"] = await _snapshot(admin_url, VAULT_DATABASE, kept)
        yield Cut(at, snapshots)


async def _snapshot(admin_url: str, database: str, kept: AsyncExitStack) -> Snapshot:
    url = with_database(admin_url, database)
    connection = await _connection(url, kept)
    await connection.execute(
        "SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0;"
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    )
    name = await connection.fetchval("SELECT pg_export_snapshot()")
    return Snapshot(database, url, name, connection)


async def _connection(url: str, kept: AsyncExitStack) -> Any:
    connection = await asyncpg.connect(url, timeout=5)
    kept.push_async_callback(connection.close)
    return connection


async def mark_store(
    connection: Any, service: str, store: str, *, up_to: int | None = None
) -> StoreMark:
    """How far a store reaches, or what it was when it reached `up_to`."""
    epoch = await connection.fetchval(f"SELECT epoch FROM {store}.head")
    digest = sha256()
    position, last = 0, None
    while True:
        rows = await connection.fetch(
            f"SELECT position, event_id, leaf FROM {store}.event WHERE position > $1 "
            "AND position <= coalesce($2, position) ORDER BY position LIMIT $3",
            position,
            up_to,
            LEAVES_PAGE,
        )
        if not rows:
            break
        for row in rows:
            digest.update(row[2])
        position, last = rows[-1][0], rows[-1][1]
    return StoreMark(
        service=service, epoch=epoch, position=position, last_event=last, leaves=digest.hexdigest()
    )
