"""Who was shown which mentions: an index of this service's own disclosures."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts import EVENTS, disclosure, envelope
from shared.contracts.envelope import Envelope
from shared.contracts.refusals import Unavailable
from shared.eventstore.store import EventStore
from shared.vault.keys import DOWN

POLL_SECONDS = 0.2
PAGE = 500


@dataclass(frozen=True, slots=True)
class Look:
    """One disclosure."""

    envelope: Envelope
    data: disclosure.DisclosureMade


class Looks:
    """The index in the service's database, and the disclosures behind it."""

    def __init__(self, pool: "asyncpg.Pool[Any]", store: EventStore) -> None:
        self._pool = pool
        self._store = store

    async def follow(self) -> None:
        """Keep the index up with the disclosures, for ever."""
        while True:
            if not await self.catch_up():
                await asyncio.sleep(POLL_SECONDS)

    async def catch_up(self) -> int:
        """Index the next page of disclosures; rows and position in one transaction.

        Returns:
            How many it had.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            position = await connection.fetchval("SELECT position FROM looked.progress FOR UPDATE")
            events = await self._store.after(position, PAGE)
            rows = [
                (mention_id, event.position)
                for event in events
                if (look := _look(event.envelope)) is not None
                for mention_id in set(look.data.about)
            ]
            await connection.executemany(
                "INSERT INTO looked.mention (mention_id, position) VALUES ($1, $2) "
                "ON CONFLICT DO NOTHING",
                rows,
            )
            if events:
                await connection.execute(
                    "UPDATE looked.progress SET position = $1", events[-1].position
                )
        return len(events)

    async def at(self, mentions: Collection[UUID], *, limit: int) -> tuple[list[Look], int]:
        """The disclosures that showed one of these mentions, oldest first.

        Returns:
            They, and the position up to which all disclosures are known here.

        Raises:
            Unavailable: the index does not answer.
        """
        try:
            reached = await self._pool.fetchval("SELECT position FROM looked.progress")
            rows = await self._pool.fetch(
                "SELECT DISTINCT position FROM looked.mention WHERE mention_id = ANY($1) "
                "ORDER BY position LIMIT $2",
                list(mentions),
                limit,
            )
        except DOWN as reason:
            raise Unavailable("the record of what was shown does not answer") from reason
        bodies = await self._store.fetch(
            f"SELECT body FROM {self._store.name}.event WHERE position = ANY($1) ORDER BY position",
            [row[0] for row in rows],
        )
        return [look for row in bodies if (look := _read(row[0])) is not None], int(reached or 0)


def _read(body: bytes) -> Look | None:
    return _look(envelope.read(body))


def _look(found: Envelope) -> Look | None:
    data = EVENTS.decode(found.type, found.data)
    if isinstance(data, disclosure.DisclosureMade) and data.outcome == "shown":
        return Look(found, data)
    return None
