"""Rows that a service keeps of what it stored itself: lists and indexes, folded from its events.

They are in the service's own database, hold clear fields only, and are made anew from the events.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import asyncpg

from shared import failpoints
from shared.contracts.refusals import Unavailable
from shared.eventstore.store import EventStore, Recorded
from shared.vault.keys import DOWN

POLL_SECONDS = 0.2
PAGE = 500


class Rows:
    """Rows of the service's database, read for an answer.

    Attributes:
        CALLED: what they are, in the sentence of a refusal.
    """

    CALLED: ClassVar[str]

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    async def _fetch(self, query: str, *arguments: Any) -> list[Any]:
        try:
            rows: list[Any] = await self._pool.fetch(query, *arguments)
        except DOWN as reason:
            raise Unavailable(f"{self.CALLED} does not answer") from reason
        return rows


class OwnList(Rows, ABC):
    """A list in the service's database, and how far into a store's events it reaches.

    Attributes:
        PROGRESS: the table that holds its position, of one row.
        whole: whether it has reached its store's newest event since this process began. Until then
            it may lack much: its tables may have been made anew.
    """

    PROGRESS: ClassVar[str] = "lists.progress"
    whole: bool = False

    async def follow(self, store: EventStore) -> None:
        """Keep the list up with the store, for ever."""
        while True:
            if not await self.catch_up(store):
                await asyncio.sleep(POLL_SECONDS)

    async def catch_up(self, store: EventStore) -> int:
        """Fold the next page of events: rows and position in one transaction.

        Returns:
            How many events it had.
        """
        async with (
            failpoints.step("list"),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            position = await connection.fetchval(f"SELECT position FROM {self.PROGRESS} FOR UPDATE")
            events = await store.after(position, PAGE)
            await self._take(connection, events)
            if events:
                await connection.execute(
                    f"UPDATE {self.PROGRESS} SET position = $1", events[-1].position
                )
        self.whole = self.whole or len(events) < PAGE
        return len(events)

    @abstractmethod
    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        """Write what a page of events changes, within the transaction."""


async def begin_row(
    connection: Any, table: str, key: tuple[str, UUID], columns: Mapping[str, Any]
) -> None:
    """Begin a row of a list, unless it is there.

    Args:
        key: the column that tells rows apart, and its value.
        columns: the others that the row begins with. Names are our own; values are bound.
    """
    name, value = key
    numbered = ", ".join(f"${number}" for number in range(2, len(columns) + 2))
    await connection.execute(
        f"INSERT INTO {table} ({', '.join([name, *columns])}) VALUES ($1, {numbered}) "
        "ON CONFLICT DO NOTHING",
        value,
        *columns.values(),
    )
