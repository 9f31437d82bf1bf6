"""Who was shown which mentions: an index of this service's own disclosures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts import EVENTS, disclosure, envelope
from shared.contracts.envelope import Envelope
from shared.contracts.refusals import Unavailable
from shared.eventstore.lists import OwnList
from shared.eventstore.store import EventStore, Recorded
from shared.vault.keys import DOWN


@dataclass(frozen=True, slots=True)
class Look:
    """One disclosure."""

    envelope: Envelope
    data: disclosure.DisclosureMade


class Looks(OwnList):
    """The index in the service's database, and the disclosures behind it."""

    CALLED = "the record of what was shown"
    PROGRESS = "looked.progress"

    def __init__(self, pool: "asyncpg.Pool[Any]", store: EventStore) -> None:
        super().__init__(pool)
        self._store = store

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
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
