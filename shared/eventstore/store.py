"""One event store: append many at once, read in order. Nothing but PostgreSQL is the record."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts import envelope
from shared.contracts.refusals import Unavailable
from shared.eventstore.append import Append, Receipt
from shared.eventstore.committer import Committer
from shared.eventstore.pages import bounded
from shared.vault.keys import DOWN

PAGE = 1000
"""Events in one read: about a megabyte, and of large ones no more than `PAGE_BYTES`."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the store.

    Attributes:
        body: its bytes, the same as published.
    """

    position: int
    event_id: UUID
    type: str
    body: bytes

    @property
    def envelope(self) -> envelope.Envelope:
        """The envelope, decoded."""
        return envelope.read(self.body)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a store.

    Attributes:
        epoch: which store this is; another one after a store was made anew.
        position: of the newest event; 0 in an empty store.
        recorded_at: when it was recorded, or None.
    """

    epoch: UUID
    position: int
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first answer to an idempotency key."""

    request_hash: bytes
    status: int
    body: bytes


class EventStore:
    """The events of one store, `name`, in the schema of that name.

    Appends of one process share transactions; several processes of a service share the store
    safely, for the `head` row serialises them. An append is durable when it returns.
    """

    def __init__(self, name: str, pool: "asyncpg.Pool[Any]") -> None:
        if not name.replace("_", "").isalpha():
            raise ValueError(f"{name!r} is not a store's name")
        self.name = name
        self.pool = pool
        self._committer = Committer(name, pool)
        columns = "position, event_id, type, body"
        self._page = bounded(
            columns,
            f"SELECT {columns} FROM {name}.event WHERE position > $1 ORDER BY position LIMIT $2",
        )
        self.observe: Callable[[float], None] = lambda _seconds: None
        """Told how long each append took, in seconds."""

    async def close(self) -> None:
        """Finish the appends that wait. The pool is its owner's to close."""
        await self._committer.close()

    async def append(self, append: Append) -> Receipt:
        """Append events, all or none; durable on return.

        Raises:
            Conflict: another event took a record's version meanwhile; load again and retry.
            Claimed: a claim is held by another record.
            AlreadyAnswered: this idempotency key was answered before.
            Unavailable: the store does not answer, or the connection broke before it answered
                (then the events may be stored; a retry with the same key finds out).
        """
        began = time.perf_counter()
        receipt = await self._committer.append(append)
        self.observe(time.perf_counter() - began)
        return receipt

    async def head(self) -> Head:
        """The end of the store."""
        (row,) = await self.fetch(
            f"SELECT epoch, position, nullif(recorded_at, '-infinity') FROM {self.name}.head"
        )
        return Head(row[0], row[1], row[2])

    async def after(self, position: int, limit: int = PAGE) -> list[Recorded]:
        """The events that follow a position, in order; at most `limit`, and in bytes a page."""
        rows = await self.fetch(self._page, position, limit)
        return [Recorded(*row) for row in rows]

    async def at(self, position: int) -> Recorded | None:
        """The event at a position."""
        found = await self.after(position - 1, 1)
        return found[0] if found and found[0].position == position else None

    async def of_record(self, record_id: UUID, after_version: int = 0) -> list[Recorded]:
        """The events of one record, in order."""
        rows = await self.fetch(
            f"SELECT position, event_id, type, body FROM {self.name}.event "
            "WHERE record_id = $1 AND record_version > $2 ORDER BY record_version",
            record_id,
            after_version,
        )
        return [Recorded(*row) for row in rows]

    async def holders(self, kind: str, keys: Sequence[bytes]) -> dict[bytes, UUID]:
        """Who holds each of these claims, of those that are held."""
        rows = await self.fetch(
            f"SELECT key, holder FROM {self.name}.claim WHERE kind = $1 AND key = ANY($2)",
            kind,
            list(keys),
        )
        return {row[0]: row[1] for row in rows}

    async def answer(self, client: str, key: str) -> StoredAnswer | None:
        """The first answer given to a client's idempotency key."""
        rows = await self.fetch(
            f"SELECT request_hash, status, body FROM {self.name}.answer "
            "WHERE client = $1 AND key = $2",
            client,
            key,
        )
        return StoredAnswer(*rows[0]) if rows else None

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Rows of a query on this store.

        Raises:
            Unavailable: the store does not answer.
        """
        try:
            rows: list[Any] = await self.pool.fetch(query, *arguments)
        except DOWN as reason:
            raise Unavailable("the event store does not answer") from reason
        return rows
