"""Whether an installation is whole: every event as it was stored, every key there, nothing lost.

What can be shown without any key: that positions have no gap, that every row is the bytes that its
leaf hash was made of, that its columns say what the bytes say, that every sealed field's key is in
the vault (or was destroyed on purpose), that mash's archive holds the same bytes, and that nobody
has read further than the store reaches, as after a restore of an old backup.

An installation at work is checked while it goes on recording: how far its readers were is looked
at before the stores, and of each store what was there when its check began. What comes meanwhile is
no finding.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.cli.backup.cut import mark_store
from services.cli.backup.manifest import Manifest
from services.cli.provision import with_database
from services.topology import SERVICES, VAULT_DATABASE
from shared.contracts import envelope, times
from shared.contracts.registry import EVENTS, UnknownType
from shared.contracts.sealed import sealed_in
from shared.eventstore.pages import bounded
from shared.vault.keyring import scope_of

PAGE = 2_000
MOST_FAULTS = 100
"""More are counted and not listed: whoever mends the first has seen what is wrong."""

Tell = Callable[[str, int, int], None]
"""(store, events checked, of how many)"""


class Finding(Struct, frozen=True, kw_only=True):
    """Something that is not as it should be.

    Attributes:
        what: in words, with what to do where something can be done.
        position: of the event, where it is about one.
    """

    store: str
    what: str
    position: int | None = None


class Verified(Struct, kw_only=True):
    """What was checked and found.

    Attributes:
        events: checked, by store.
        keys: sealed fields whose key was looked for.
        destroyed: of these, how many keys were destroyed on purpose.
        findings: the first of what is wrong.
        more: how many findings are not listed.
    """

    events: dict[str, int] = {}
    keys: int = 0
    destroyed: int = 0
    findings: list[Finding] = []
    more: int = 0

    def found(self, store: str, what: str, position: int | None = None) -> None:
        """Add a finding."""
        if len(self.findings) < MOST_FAULTS:
            self.findings.append(Finding(store=store, what=what, position=position))
        else:
            self.more += 1


async def verify(
    admin_url: str, *, against: Manifest | None = None, tell: Tell = lambda *_: None
) -> Verified:
    """Check every store, its keys, and the archive; nothing is changed.

    Args:
        admin_url: the installation's PostgreSQL, as the superuser.
        against: a backup's manifest: the stores must be the same ones, reach at least as far, and
            be unchanged up to there.
        tell: progress.
    """
    verified = Verified()
    async with AsyncExitStack() as kept:
        vault = await _connect(with_database(admin_url, VAULT_DATABASE), kept)
        connections = {
            service.name: await _connect(with_database(admin_url, service.database), kept)
            for service in SERVICES.values()
        }
        # Before the stores: they go on, and a reader may follow them while they are checked.
        readers = [
            reader
            for name, service in SERVICES.items()
            for reader in await _readers(connections[name], service.keeps_views)
        ]
        heads: dict[str, int] = {}
        for service in SERVICES.values():
            for store in service.stores:
                check = _StoreCheck(connections[service.name], vault, store, verified)
                heads[store] = await check.run(tell)
        _check_readers(readers, heads, verified)
        for name, service in SERVICES.items():
            if service.keeps_views:
                await _check_archive(connections, name, heads, verified)
        if against is not None:
            await _check_against(connections, against, heads, verified)
    return verified


class _StoreCheck:
    """Reads one store from its first event to its last."""

    def __init__(self, connection: Any, vault: Any, store: str, verified: Verified) -> None:
        self._connection = connection
        self._vault = vault
        self._store = store
        self._verified = verified
        self._expected = 1
        self._recorded = ""

    async def run(self, tell: Tell) -> int:
        """Check what is there now, and say how far the store reaches."""
        # In one statement: the store may be at work.
        head, end = await self._connection.fetchrow(
            f"SELECT position, (SELECT coalesce(max(position), 0) FROM {self._store}.event) "
            f"FROM {self._store}.head"
        )
        tell(self._store, 0, head)
        async for rows in self._pages(end):
            wanted: set[tuple[UUID, str]] = set()
            for row in rows:
                wanted |= self._check(row)
            await self._check_keys(wanted)
            tell(self._store, self._expected - 1, head)
        if end != head:
            self._verified.found(
                self._store,
                f"its head says {head} events and there are {end}: restore a backup",
            )
        self._verified.events[self._store] = self._expected - 1
        return self._expected - 1

    async def _pages(self, up_to: int) -> AsyncIterator[list[Any]]:
        after = 0
        columns = (
            "position, event_id, record_id, record_version, type, recorded_at, agency, body, leaf"
        )
        while True:
            rows = await self._connection.fetch(
                bounded(
                    columns,
                    f"SELECT {columns} FROM {self._store}.event WHERE position > $1 "
                    "AND position <= $3 ORDER BY position LIMIT $2",
                ),
                after,
                PAGE,
                up_to,
            )
            if not rows:
                return
            yield rows
            after = rows[-1]["position"]

    def _check(self, row: Any) -> set[tuple[UUID, str]]:
        """Check a row; the keys that its sealed fields need."""
        position = row["position"]
        if position != self._expected:
            self._found(f"events {self._expected} to {position - 1} are missing", position)
        self._expected = position + 1
        if envelope.leaf_hash(row["body"]) != row["leaf"]:
            self._found("its bytes are not those that its leaf hash was made of", position)
        try:
            read = envelope.read(row["body"])
        except msgspec.DecodeError:
            self._found("its bytes are no event", position)
            return set()
        said = (read.position, read.id, read.subject, read.recordversion, read.type, read.agency)
        columns = ("position", "event_id", "record_id", "record_version", "type", "agency")
        if said != tuple(row[name] for name in columns) or read.store != self._store:
            self._found("its columns say something else than its bytes", position)
        if read.time < self._recorded or times.read(read.time) != row["recorded_at"]:
            self._found("its time is not right", position)
        self._recorded = max(self._recorded, read.time)
        try:
            data = EVENTS.decode(read.type, read.data)
        except (UnknownType, msgspec.DecodeError):
            self._found("this version of Throughline cannot read its type", position)
            return set()
        return {(box.owner, scope_of(self._store, box.field_class)) for box in sealed_in(data)}

    async def _check_keys(self, wanted: set[tuple[UUID, str]]) -> None:
        if not wanted:
            return
        owners, scopes = zip(*wanted, strict=True)
        rows = await self._vault.fetch(
            "SELECT mention_id, scope, wrapped IS NULL FROM key JOIN unnest($1::uuid[], $2::text[])"
            " AS asked (m, s) ON mention_id = asked.m AND scope = asked.s",
            list(owners),
            list(scopes),
        )
        known = {(row[0], row[1]): row[2] for row in rows}
        self._verified.keys += len(wanted)
        self._verified.destroyed += sum(known.values())
        if lost := len(wanted - known.keys()):
            self._found(
                f"{lost} of the keys it needs up to event {self._expected - 1} are not in the "
                "vault: restore the vault from a backup that is not older than this store"
            )

    def _found(self, what: str, position: int | None = None) -> None:
        self._verified.found(self._store, what, position)


async def _readers(connection: Any, keeps_views: bool) -> list[tuple[str, int]]:
    """Of each store that is followed, up to which event it was read."""
    rows = []
    if await connection.fetchval("SELECT to_regclass('public.follower')") is not None:
        rows += await connection.fetch("SELECT source, position FROM public.follower")
    if keeps_views:
        rows += await connection.fetch("SELECT source, position FROM archive.progress")
    return [(row["source"], row["position"]) for row in rows]


def _check_readers(
    readers: list[tuple[str, int]], heads: dict[str, int], verified: Verified
) -> None:
    """Nobody can have read what is not there: then the store is older than its reader."""
    for source, position in readers:
        if position > heads.get(source, 0):
            verified.found(
                source,
                f"somebody has read up to event {position} and the store ends at "
                f"{heads.get(source, 0)}: it was restored from an older backup than its readers. "
                "Restore all of it from one backup",
            )


async def _check_archive(
    connections: dict[str, Any], name: str, heads: dict[str, int], verified: Verified
) -> None:
    """The archive's bytes are the stores' bytes, but for what is parked."""
    progress = await connections[name].fetch("SELECT source, position FROM archive.progress")
    owners = {store: s.name for s in SERVICES.values() for store in s.stores}
    for source, reached in progress:
        after = 0
        while after < min(reached, heads.get(source, 0)):
            # First: what is put aside now may be tried again and archived in the next moment.
            parked = {
                row[0]
                for row in await connections[name].fetch(
                    "SELECT position FROM archive.parked WHERE source = $1", source
                )
            }
            archived = dict(
                await connections[name].fetch(
                    "SELECT position, sha256(body) FROM archive.event WHERE source = $1 AND "
                    "position > $2 AND position <= $2 + $3",
                    source,
                    after,
                    PAGE,
                )
            )
            stored = await connections[owners[source]].fetch(
                f"SELECT position, sha256(body) FROM {source}.event WHERE position > $1 AND "
                "position <= least($1 + $2, $3)",
                after,
                PAGE,
                reached,
            )
            for position, digest in stored:
                if position not in parked and archived.get(position) != digest:
                    verified.found(
                        source, f"{name}'s archive holds other bytes than the store", position
                    )
            after += PAGE


async def _check_against(
    connections: dict[str, Any], against: Manifest, heads: dict[str, int], verified: Verified
) -> None:
    for store, mark in against.stores.items():
        if store not in heads:
            verified.found(store, "the backup has this store and the installation has not")
        elif heads[store] < mark.position:
            verified.found(
                store,
                f"it ends at event {heads[store]} and the backup of "
                f"{against.made_at:%d %b %Y, %H:%M} UTC reaches {mark.position}: an older backup "
                "was restored",
            )
        else:
            now = await mark_store(
                connections[mark.service], mark.service, store, up_to=mark.position
            )
            if now != mark:
                verified.found(store, "up to the backup's last event it is not what was backed up")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        yield connection
    finally:
        await connection.close()


async def _connect(url: str, kept: AsyncExitStack) -> Any:
    return await kept.enter_async_context(_connected(url))
