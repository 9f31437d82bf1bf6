"""Who gave each report: a table that only this service can read, sealed under a scope of its own.

No event, stream, archive, log or disclosure holds any of it. An event has the `source_ref`; whoever
has that reference and is not this service has nothing.
"""

from typing import Any
from uuid import UUID

import asyncpg

from shared import failpoints
from shared.contracts.intelligence import SourceIdentity
from shared.contracts.refusals import NotFound, Unavailable
from shared.contracts.registry import EventData
from shared.contracts.sealed import Sealed
from shared.vault.keyring import Keyring
from shared.vault.keys import DOWN
from shared.vault.sealing import Vault

SCOPE_STORE = "intelligence_sources"
"""Stands in the key's scope where a store's name does: no event store has this name."""

KIND = "intelligence.source"
"""Stands in the seal where an event's type does."""


class Kept(EventData, frozen=True, kw_only=True):
    """A source, in the shape in which the vault seals fields. It is registered nowhere."""

    identity: Sealed[SourceIdentity]


class Sources:
    """The table of sources."""

    def __init__(self, pool: "asyncpg.Pool[Any]", vault: Vault, keyring: Keyring) -> None:
        self._pool = pool
        self._vault = vault
        self._keyring = keyring

    def author(self, actor_id: str) -> bytes:
        """By what an author's own reports are found: it tells nothing without the key."""
        return self._keyring.index("intelligence-author", actor_id)

    def reference(self, actor_id: str, idempotency_key: str, body: bytes) -> UUID:
        """The reference of the source of a request.

        The same request sent again has the same one, so that what a broken connection left behind
        is used by the retry, and is no second copy of somebody's identity.
        """
        index = self._keyring.index("intelligence-source", actor_id, idempotency_key, body.hex())
        return UUID(bytes=index[:16], version=4)

    async def keep(self, source_ref: UUID, identity: SourceIdentity) -> None:
        """Keep who a source is; durable on return.

        Raises:
            Unavailable: the vault or the table does not answer; then nothing may be stored.
        """
        kept = Kept(identity=Sealed.of(source_ref, identity))
        await self._vault.seal(SCOPE_STORE, [(source_ref, KIND, kept)])
        try:
            async with failpoints.step("source"):
                await self._pool.execute(
                    "INSERT INTO sources.source (source_ref, author, box) VALUES ($1, $2, $3) "
                    "ON CONFLICT DO NOTHING",
                    source_ref,
                    self.author(identity.actor),
                    kept.identity.box,
                )
        except DOWN as reason:
            raise Unavailable("the sources do not answer; nothing was stored") from reason

    async def author_of(self, source_ref: UUID) -> bytes | None:
        """The blind index of the author behind a reference.

        Raises:
            Unavailable: the table does not answer.
        """
        return await self._value("author", source_ref)

    async def read(self, source_ref: UUID) -> SourceIdentity | None:
        """Who a source is; None where that was erased. It must be on record before it is shown.

        Raises:
            NotFound: there is no such source.
            Unavailable: the vault or the table does not answer.
        """
        box = await self._value("box", source_ref)
        if box is None:
            raise NotFound("there is no such record")
        kept = Kept(identity=Sealed(None, None, box))
        await self._vault.open([(SCOPE_STORE, source_ref, KIND, kept)])
        return kept.identity.opened

    async def _value(self, column: str, source_ref: UUID) -> bytes | None:
        try:
            found: bytes | None = await self._pool.fetchval(
                f"SELECT {column} FROM sources.source WHERE source_ref = $1", source_ref
            )
        except DOWN as reason:
            raise Unavailable("the sources do not answer") from reason
        return found
