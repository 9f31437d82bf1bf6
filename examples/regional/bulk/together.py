"""An event store of which many ask at once: what waits is read by one query, as appends are one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from shared.eventstore.store import EventStore, Recorded
from shared.vault.batching import Batcher, Waiting

Asked = tuple[str, tuple[bytes, ...]]


class TogetherStore(EventStore):
    """Reads and appends as `EventStore` does: only that readers share their queries."""

    def __init__(self, name: str, pool: "asyncpg.Pool[Any]") -> None:
        super().__init__(name, pool)
        self._records: Batcher[UUID, list[Recorded]] = Batcher(self._read_records)
        self._claims: Batcher[Asked, dict[bytes, UUID]] = Batcher(self._read_claims)

    async def close(self) -> None:
        """See `EventStore`."""
        await self._records.close()
        await self._claims.close()
        await super().close()

    async def of_record(self, record_id: UUID, after_version: int = 0) -> list[Recorded]:
        """See `EventStore`."""
        found = await self._records.submit(record_id)
        return found[after_version:]

    async def holders(self, kind: str, keys: Sequence[bytes]) -> dict[bytes, UUID]:
        """See `EventStore`."""
        return await self._claims.submit((kind, tuple(keys)))

    async def _read_records(self, batch: list[Waiting[UUID, list[Recorded]]]) -> None:
        found: dict[UUID, list[Recorded]] = {waiting.item: [] for waiting in batch}
        rows = await self.fetch(
            f"SELECT record_id, position, event_id, type, body FROM {self.name}.event "  # noqa: S608 (checked)
            "WHERE record_id = ANY($1) ORDER BY record_id, record_version",
            list(found),
        )
        for record_id, *columns in rows:
            found[record_id].append(Recorded(*columns))
        for waiting in batch:
            waiting.resolve(found[waiting.item])

    async def _read_claims(self, batch: list[Waiting[Asked, dict[bytes, UUID]]]) -> None:
        wanted = {(kind, key) for waiting in batch for kind, key in _pairs(waiting.item)}
        rows = await self.fetch(
            f"SELECT kind, key, holder FROM {self.name}.claim "  # noqa: S608 (checked)
            "JOIN unnest($1::text[], $2::bytea[]) AS asked (k, v) ON kind = asked.k "
            "AND key = asked.v",
            [kind for kind, _ in wanted],
            [key for _, key in wanted],
        )
        holders = {(kind, key): holder for kind, key, holder in rows}
        for waiting in batch:
            pairs = _pairs(waiting.item)
            waiting.resolve({pair[1]: holders[pair] for pair in pairs if pair in holders})


def _pairs(asked: Asked) -> list[tuple[str, bytes]]:
    return [(asked[0], key) for key in asked[1]]
