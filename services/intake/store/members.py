"""Intake's own list of who makes up whom: folded from its events."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.views.members import membership_of
from shared.contracts.refusals import Unavailable
from shared.eventstore.store import EventStore
from shared.vault.keys import DOWN

POLL_SECONDS = 0.2
PAGE = 500


class MemberList:
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
            position = await connection.fetchval("SELECT position FROM lists.progress FOR UPDATE")
            events = await self._store.after(position, PAGE)
            changes = [change for event in events if (change := membership_of(event.envelope))]
            # Of several of one mention in a page the last one counts.
            rows = {change.mention_id: change for change in changes}
            await connection.executemany(
                "INSERT INTO lists.member (mention_id, subject_id, since_position) "
                "VALUES ($1, $2, $3) ON CONFLICT (mention_id) DO UPDATE "
                "SET subject_id = excluded.subject_id, since_position = excluded.since_position",
                [(row.mention_id, row.subject_id, row.since_position) for row in rows.values()],
            )
            if events:
                await connection.execute(
                    "UPDATE lists.progress SET position = $1", events[-1].position
                )
        return len(events)

    async def of_subject(self, subject_id: UUID, *, limit: int) -> list[UUID]:
        """The mentions that make up a subject now, everything that is stored counted.

        Raises:
            Unavailable: the list does not answer.
        """
        return await self._mentions(
            "SELECT mention_id FROM lists.member WHERE subject_id = $1 ORDER BY 1 LIMIT $2",
            subject_id,
            limit,
        )

    async def came_since(self, subjects: list[UUID], position: int, *, limit: int) -> list[UUID]:
        """Mentions that came to these subjects after an event.

        Raises:
            Unavailable: the list does not answer.
        """
        return await self._mentions(
            "SELECT mention_id FROM lists.member WHERE subject_id = ANY($1) "
            "AND since_position > $2 ORDER BY 1 LIMIT $3",
            subjects,
            position,
            limit,
        )

    async def _mentions(self, query: str, *arguments: Any) -> list[UUID]:
        try:
            while await self.catch_up():
                pass
            rows = await self._pool.fetch(query, *arguments)
        except DOWN as reason:
            raise Unavailable("the list of mentions does not answer") from reason
        return [row[0] for row in rows]
