"""Intake's own list of what authorities say of children's standing, folded from its events."""

import asyncio
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.views.statuses import Change, StatusRow, change_of
from shared.contracts.intake import StatusKind
from shared.contracts.refusals import Unavailable
from shared.eventstore.store import EventStore
from shared.vault.keys import DOWN

POLL_SECONDS = 0.2
PAGE = 500

COLUMNS = ", ".join(StatusRow.__struct_fields__)


class StatusList:
    """The list in the service's database."""

    def __init__(self, pool: "asyncpg.Pool[Any]", store: EventStore) -> None:
        self._pool = pool
        self._store = store

    async def follow(self) -> None:
        """Keep the list up with the store, for ever: rows and position in one transaction."""
        while True:
            if not await self.catch_up():
                await asyncio.sleep(POLL_SECONDS)

    async def catch_up(self) -> int:
        """Fold the next page of events.

        Returns:
            How many events it had.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            position = await connection.fetchval(
                "SELECT position FROM lists.status_progress FOR UPDATE"
            )
            events = await self._store.after(position, PAGE)
            for event in events:
                if (change := change_of(event.envelope)) is not None:
                    await _apply(connection, event.envelope.subject, change)
            if events:
                await connection.execute(
                    "UPDATE lists.status_progress SET position = $1", events[-1].position
                )
        return len(events)

    async def of_authority(
        self,
        *,
        authority: str,
        kind: StatusKind | None = None,
        on: date | None = None,
        include_withdrawn: bool = False,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 50,
    ) -> list[StatusRow]:
        """What an authority said, as it stands, the newest first.

        Args:
            on: only what holds on this day, its first and last included.
            after: `recorded_at` and `status_id` of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        try:
            rows = await self._pool.fetch(
                f"SELECT {COLUMNS} FROM lists.status WHERE authority = $1 "
                "AND ($2::text IS NULL OR kind = $2) "
                "AND ($3::date IS NULL OR (since <= $3 AND (until IS NULL OR until >= $3))) "
                "AND ($4 OR NOT withdrawn) "
                "AND ($5::timestamptz IS NULL OR (recorded_at, status_id) < ($5, $6::uuid)) "
                "ORDER BY recorded_at DESC, status_id DESC LIMIT $7",
                authority,
                kind,
                on,
                include_withdrawn,
                *(after or (None, None)),
                limit,
            )
        except DOWN as reason:
            raise Unavailable("the list of statuses does not answer") from reason
        return [StatusRow(**dict(row.items())) for row in rows]


async def _apply(connection: Any, status_id: UUID, change: Change) -> None:
    # The names are those of `change_of`; the values are bound.
    names, values = list(change.columns), list(change.columns.values())
    if change.new:
        numbered = ", ".join(f"${number}" for number in range(2, len(names) + 2))
        await connection.execute(
            f"INSERT INTO lists.status (status_id, {', '.join(names)}) "
            f"VALUES ($1, {numbered}) ON CONFLICT DO NOTHING",
            status_id,
            *values,
        )
        return
    assigned = ", ".join(f"{name} = ${number}" for number, name in enumerate(names, 3))
    await connection.execute(
        f"UPDATE lists.status SET {assigned} WHERE status_id = $1 "
        "AND ($2::timestamptz IS NULL OR said_at <= $2)",
        status_id,
        change.said_at,
        *values,
    )
