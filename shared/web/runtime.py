"""What every service opens when it starts and closes when it stops, and the tasks it keeps."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import structlog

from shared.access.actor import Actor
from shared.access.disclosure import Disclosures
from shared.access.tokens import Issuer
from shared.bus import Connection, FencedError, Reader, Relay, connect
from shared.contracts.refusals import Unavailable
from shared.eventstore.lists import OwnList
from shared.eventstore.repository import Repository
from shared.eventstore.store import EventStore
from shared.projecting.opening import Opener
from shared.projecting.projector import Projector
from shared.reference.gazetteer import Gazetteer
from shared.vault.keyring import Keyring
from shared.vault.keys import DOWN, Keys
from shared.vault.sealing import Vault
from shared.web.condition import (
    LATELY_SECONDS,
    Condition,
    PoolCondition,
    Reading,
    advice,
    conditions_of_readers,
    conditions_of_relays,
    probe_pool,
)
from shared.web.logs import where
from shared.web.paging import Cursors
from shared.web.settings import Settings

POOL_SIZE = 10
STATEMENT_SECONDS = 10.0
RETRY_SECONDS = 1.0
NEEDED = ("database", "history", "lists", "views")
"""What must be well for its answers to be right; without the rest it says what it cannot do."""
AWAY = (Unavailable, *DOWN)
RESTARTS_KEPT = 1000
"""Of each task, by when: more than there can be within `LATELY_SECONDS`."""
FEED_TOKEN_SECONDS = 300
FEED_PURPOSE = "operations"


@dataclass
class Runtime:
    """A service's open resources.

    Attributes:
        stores: its event stores by name; the disclosures are among them.
        fenced: why a part of it has stopped for a person to look at, by name; empty if none has.
    """

    settings: Settings
    keyring: Keyring
    pool: "asyncpg.Pool[Any]"
    vault: Vault
    vault_pool: "asyncpg.Pool[Any]"
    bus: Connection
    stores: dict[str, EventStore]
    http: httpx.AsyncClient
    gazetteer: Gazetteer
    fenced: dict[str, str] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    _restarted: dict[str, deque[float]] = field(default_factory=dict)
    on_disclosure_failure: Callable[[], None] = lambda: None
    relays: list[Relay] = field(default_factory=list)
    readers: dict[str, Reading] = field(default_factory=dict)
    lists: dict[str, OwnList] = field(default_factory=dict)
    views: Projector | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _feed_token: tuple[float, str] = (0.0, "")

    def repository(self, store: str) -> Repository:
        """The records of one of its stores."""
        return Repository(self.stores[store], self.vault)

    @property
    def cursors(self) -> Cursors:
        """The cursors of its lists."""
        return Cursors(self.keyring)

    @property
    def opener(self) -> Opener:
        """Reads events as far as this service's grants reach."""
        return Opener(self.vault)

    @property
    def disclosures(self) -> Disclosures:
        """Its disclosure log."""
        return Disclosures(
            self.repository(f"{self.settings.service}_disclosures"),
            self.keyring,
            on_failure=self._disclosure_failed,
        )

    def _disclosure_failed(self) -> None:
        # Whoever counts comes after the log was handed out.
        self.on_disclosure_failure()

    def keep(
        self, name: str, run: Callable[[], Awaitable[None]], *, reads: Reading | None = None
    ) -> None:
        """Keep a task alive: when it fails it is started again, unless a person must look first.

        Args:
            name: the task's; in logs and metrics.
            run: what it does, for ever.
            reads: where it reads other services' events, what tells how far it is.
        """
        self.restarts[name] = 0
        self._restarted[name] = deque(maxlen=RESTARTS_KEPT)
        if reads is not None:
            self.readers[name] = reads
        self._tasks.append(asyncio.create_task(self._supervised(name, run), name=name))

    def keep_list(self, name: str, own: OwnList, store: str) -> None:
        """Keep a list up with one of its stores; the service is not ready before it is whole."""
        self.lists[name] = own
        self.keep(name, lambda: own.follow(self.stores[store]))

    def keep_views(self, projector: Projector) -> None:
        """Keep the views up with what others publish; not ready before they have the archive."""
        self.views = projector
        self.keep("project", projector.run, reads=projector)

    def keep_relays(self) -> None:
        """Publish the events of every store."""
        for store in self.stores.values():
            relay = Relay(store, self.bus, listen_url=self.settings.database_url)
            self.relays.append(relay)
            self.keep(f"relay:{store.name}", relay.run)

    async def batches(
        self, source: str, after: int, digest: bytes | None = None
    ) -> AsyncGenerator[list[tuple[int, bytes]], None]:
        """Another service's events after a position, for ever; what the bus lost from its feed.

        Args:
            digest: SHA-256 of the event at that position, where the caller has kept it: another
                event there now is another history, and nothing of it is read.
        """

        async def refill(after: int, limit: int) -> list[tuple[int, bytes]]:
            return await self._feed(source, after, limit)

        reader = Reader(self.bus, source, after, refill, digest=digest)
        async with aclosing(reader.batches()) as batches:
            async for messages in batches:
                yield messages

    @property
    def lists_whole(self) -> bool:
        """Whether each of its lists has reached its store's newest event since it was started."""
        return all(own.whole for own in self.lists.values())

    @property
    def views_whole(self) -> bool:
        """Whether its views, if it has any, have had all that is archived since it was started."""
        return self.views is None or self.views.whole

    async def is_open(self) -> bool:
        """Whether its database answers."""
        try:
            await self.pool.fetchval("SELECT 1", timeout=2)
        except DOWN:
            return False
        return True

    async def condition(self) -> Condition:
        """How this service is doing."""
        pool = await probe_pool(self.pool)
        checks = {
            "database": pool is not None,
            "vault": await probe_pool(self.vault_pool) is not None,
            "bus": self.bus.up,
            "history": not self.fenced,
            "lists": self.lists_whole,
            "views": self.views_whole,
        }
        relays = conditions_of_relays(self.relays)
        readers = await conditions_of_readers(self.readers, self.bus)
        return Condition(
            service=self.settings.service,
            version=self.settings.version,
            ready=all(checks[name] for name in NEEDED),
            checks=checks,
            relays=relays,
            readers=readers,
            pool=pool or PoolCondition(in_use=0, limit=POOL_SIZE, waited=0),
            fenced=dict(self.fenced),
            restarts=dict(self.restarts),
            advice=advice(checks, self.fenced, relays, readers, self.restarted_lately()),
        )

    def restarted_lately(self) -> dict[str, int]:
        """How often each task was begun anew within `LATELY_SECONDS`."""
        since = time.monotonic() - LATELY_SECONDS
        return {
            name: sum(moment > since for moment in moments)
            for name, moments in self._restarted.items()
        }

    async def _feed(self, source: str, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Events from the feed of their owner.

        Raises:
            Unavailable: the owner does not answer, or not with events: whoever reads waits.
        """
        try:
            response = await self.http.get(
                self.settings.feeds[source],
                params={"store": source, "after": after, "limit": limit},
                headers={"Authorization": f"Bearer {self._token()}"},
            )
            response.raise_for_status()
        except httpx.HTTPError as reason:
            raise Unavailable(f"the feed of {source} does not answer") from reason
        lines = response.content.splitlines()
        return [(after + number, body) for number, body in enumerate(lines, 1)]

    def _token(self) -> str:
        now = time.monotonic()
        if now > self._feed_token[0]:
            issuer = Issuer(Path(self.settings.own_token_key))
            actor = Actor(
                id=f"{issuer.issuer}|{self.settings.service}",
                agency="throughline",
                kind="system",
                roles=frozenset({"service"}),
                purpose=FEED_PURPOSE,
                basis="sharing-agreement",
                regime="uk-gdpr",
            )
            token = issuer.issue(actor, lifetime_seconds=FEED_TOKEN_SECONDS)
            self._feed_token = (now + FEED_TOKEN_SECONDS / 2, token)
        return self._feed_token[1]

    async def _supervised(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        log = structlog.get_logger()
        while True:
            try:
                await run()
            except FencedError as fence:
                self.fenced[name] = fence.sentence
                log.critical(
                    "store and stream tell different histories: this part has stopped. "
                    "`throughline status` says what to do",
                    source=name,
                )
                return
            except (Exception, asyncio.CancelledError) as reason:
                if _asked_to_end():
                    raise
                if isinstance(reason, AWAY) and not await self.is_open():
                    # No fault of the task's: its checks say already that the database is away.
                    log.warning("waits for its database", source=name)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                log.error(  # noqa: TRY400 (the text of an exception may hold anything)
                    "fault", source=name, fault=type(reason).__name__, at=where(reason)
                )
            self.restarts[name] += 1
            self._restarted[name].append(time.monotonic())
            await asyncio.sleep(RETRY_SECONDS)

    async def close(self) -> None:
        """Stop the tasks, finish what was accepted, close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for store in self.stores.values():
            await store.close()
        await self.vault.keys.close()
        await self.gazetteer.close()
        await self.bus.close()
        await self.http.aclose()


@asynccontextmanager
async def running(settings: Settings, stores: Sequence[str]) -> AsyncIterator[Runtime]:
    """A service's resources, open. The bus may be away: it is tried for ever, beside the work."""
    keyring = Keyring.read(Path(settings.keyring))
    async with _pool(settings.database_url) as pool, _pool(settings.vault_url) as vault_pool:
        bus = await connect(
            settings.nats.url,
            user=settings.nats.user,
            password=settings.nats.password,
            name=settings.service,
        )
        runtime = Runtime(
            settings=settings,
            keyring=keyring,
            pool=pool,
            vault=Vault(Keys(vault_pool, keyring)),
            vault_pool=vault_pool,
            bus=bus,
            stores={name: EventStore(name, pool) for name in stores},
            http=httpx.AsyncClient(timeout=STATEMENT_SECONDS),
            gazetteer=Gazetteer(settings.reference_url),
        )
        try:
            yield runtime
        finally:
            await runtime.close()


async def _as_it_is(_connection: object) -> None:
    """What a connection goes through on its way back to the pool: nothing.

    Statements change nothing beyond their transaction (a structural test sees to it), and an open
    transaction is rolled back before this. Resetting all the same would be one more round trip each
    time a connection was used: every second of all.
    """


def _asked_to_end() -> bool:
    """Whether somebody wants this task to end; else it was something it waited for that was."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@asynccontextmanager
async def _pool(url: str) -> AsyncIterator["asyncpg.Pool[Any]"]:
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=POOL_SIZE,
        command_timeout=STATEMENT_SECONDS,
        timeout=5,
        reset=_as_it_is,
    )
    try:
        yield pool
    finally:
        pool.terminate()
