"""Intake's own list of who makes up whom: folded from its events."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.views.members import membership_of
from shared.contracts.refusals import Unavailable
from shared.eventstore.lists import OwnList
from shared.eventstore.store import EventStore, Recorded
from shared.vault.keys import DOWN


class MemberList(OwnList):
    """The list in the service's database."""

    CALLED = "the list of mentions"

    def __init__(self, pool: "asyncpg.Pool[Any]", store: EventStore) -> None:
        super().__init__(pool)
        self._store = store

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        changes = [change for event in events if (change := membership_of(event.envelope))]
        # Of several of one mention in a page the last one counts.
        rows = {change.mention_id: change for change in changes}
        await connection.executemany(
            "INSERT INTO lists.member (mention_id, subject_id, since_position) "
            "VALUES ($1, $2, $3) ON CONFLICT (mention_id) DO UPDATE "
            "SET subject_id = excluded.subject_id, since_position = excluded.since_position",
            [(row.mention_id, row.subject_id, row.since_position) for row in rows.values()],
        )

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
            while await self.catch_up(self._store):
                pass
            rows = await self._pool.fetch(query, *arguments)
        except DOWN as reason:
            raise Unavailable("the list of mentions does not answer") from reason
        return [row[0] for row in rows]
