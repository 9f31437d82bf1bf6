"""Keys of mentions in the vault's database: made before the event that needs them, read in bulk."""

import os
from collections import OrderedDict
from collections.abc import Iterable
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared import failpoints
from shared.contracts.refusals import Unavailable
from shared.vault.batching import Batcher, Waiting
from shared.vault.keyring import KEY_SIZE, Keyring

KeyName = tuple[UUID, str]
"""A mention and a scope."""

CACHE_SIZE = 20_000
"""Keys kept in memory, ready for use: 2.7 kB each by measurement, 54 MB in all. Five times as many
were 270 MB a process, most of what one grew by under load. An erasure empties its mention's entries
(`forget`)."""


class Gone(Enum):
    """Why there is no key."""

    ERASED = "erased"
    WITHHELD = "withheld"


DOWN = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalServerError,
    asyncpg.InternalClientError,  # the driver's own, when a connection is cut between two steps
    # It answers, and lets us do nothing: closed for maintenance, a standby, a right taken away.
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientPrivilegeError,
)
"""What a database that does not serve us looks like."""


class Keys:
    """The keys of mentions, as one service may see them.

    A key is durable before `made` returns it. Many callers share one transaction.
    """

    def __init__(self, pool: "asyncpg.Pool[Any]", keyring: Keyring) -> None:
        self._pool = pool
        self.keyring = keyring
        self._cache: OrderedDict[KeyName, AESGCM] = OrderedDict()
        self._makers: Batcher[list[KeyName], dict[KeyName, AESGCM | Gone]] = Batcher(self._make)

    async def close(self) -> None:
        """Finish what waits. The pool is its owner's to close."""
        await self._makers.close()

    def forget(self, mention_ids: Iterable[UUID]) -> None:
        """Drop the mentions' keys from memory, as after an erasure."""
        for mention_id in mention_ids:
            for scope in self.keyring.scopes:
                self._cache.pop((mention_id, scope), None)

    async def made(self, names: list[KeyName]) -> dict[KeyName, AESGCM | Gone]:
        """The keys of these names, making those that do not exist yet; durable on return.

        Raises:
            Unavailable: the vault does not answer. Nothing may be written then.
        """
        cached = {name: self._cache[name] for name in names if name in self._cache}
        if len(cached) == len(names):
            return dict(cached)
        return await self._makers.submit(names)

    async def found(self, names: Iterable[KeyName]) -> dict[KeyName, AESGCM | Gone]:
        """The keys of these names as they stand: a key, or why there is none.

        Raises:
            Unavailable: the vault does not answer.
        """
        result: dict[KeyName, AESGCM | Gone] = {}
        wanted: list[KeyName] = []
        for name in set(names):
            if (cached := self._cache.get(name)) is not None:
                result[name] = cached
            elif name[1] not in self.keyring.scopes:
                result[name] = Gone.WITHHELD
            else:
                wanted.append(name)
        if wanted:
            try:
                async with self._pool.acquire() as connection:
                    result |= await self._select(connection, wanted)
            except DOWN as reason:
                raise Unavailable("the key store does not answer; nothing was shown") from reason
        return result

    async def _make(
        self, batch: list[Waiting[list[KeyName], dict[KeyName, AESGCM | Gone]]]
    ) -> None:
        found: dict[KeyName, AESGCM | Gone] = {}
        fresh: dict[KeyName, bytes] = {}
        rows = []
        for name in {name for waiting in batch for name in waiting.item}:
            if (cached := self._cache.get(name)) is not None:
                found[name] = cached
                continue
            mention_id, scope = name
            fresh[name] = os.urandom(KEY_SIZE)
            number, wrapped = self.keyring.wrap(scope, mention_id.bytes, fresh[name])
            rows.append((mention_id, scope, number, wrapped))
        if fresh:
            try:
                async with failpoints.step("key"), self._pool.acquire() as connection:
                    # One statement is its own transaction: the keys are durable when it returns.
                    done = await connection.execute(
                        "INSERT INTO key (mention_id, scope, kek, wrapped) "
                        "SELECT * FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::bytea[]) "
                        "ON CONFLICT DO NOTHING",
                        *[list(column) for column in zip(*rows, strict=True)],
                    )
                    if done == f"INSERT 0 {len(rows)}":
                        for name, key in fresh.items():
                            found[name] = self._remember(name, key)
                    else:  # somebody was faster, or destroyed one: what stands there counts
                        found |= await self._select(connection, list(fresh))
            except DOWN as reason:
                raise Unavailable("the key store does not answer; nothing was stored") from reason
        for waiting in batch:
            waiting.resolve({name: found[name] for name in waiting.item})

    async def _select(self, connection: Any, wanted: list[KeyName]) -> dict[KeyName, AESGCM | Gone]:
        if not wanted:
            return {}
        rows = await connection.fetch(
            # One by one through the index: a join is planned as a look at every key there is, where
            # the table has grown since it was last counted.
            "SELECT found.* FROM unnest($1::uuid[], $2::text[]) AS asked (m, s), "
            "LATERAL (SELECT mention_id, scope, kek, wrapped FROM key "
            "WHERE mention_id = asked.m AND scope = asked.s LIMIT 1) AS found",
            [name[0] for name in wanted],
            [name[1] for name in wanted],
        )
        # A key that the vault does not have, or does not show to this role, was destroyed or is
        # withheld; the keyring says which scopes are ours, so here it can only be destroyed.
        result: dict[KeyName, AESGCM | Gone] = dict.fromkeys(wanted, Gone.ERASED)
        for mention_id, scope, number, wrapped in rows:
            if wrapped is not None:
                key = self.keyring.unwrap(scope, mention_id.bytes, number, wrapped)
                result[mention_id, scope] = self._remember((mention_id, scope), key)
        return result

    def _remember(self, name: KeyName, key: bytes) -> AESGCM:
        cipher = AESGCM(key)
        self._cache[name] = cipher
        if len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return cipher
