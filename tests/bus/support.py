"""A store, its stream, and both ends of the bus, on real servers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from nats.js.api import StreamConfig

from shared.bus import Connection, Message, Reader, Relay, connect, stream_of
from shared.bus.streams import EPOCH
from shared.contracts import envelope
from shared.contracts.ids import new_event_id, new_record_id
from shared.embedded import Nats
from shared.eventstore.append import Append, Prepared
from shared.eventstore.store import EventStore
from tests.conftest import Database
from tests.support.histories import BEGAN, context

STORE = "missing"
TYPES = ("missing.episode-reported.v1", "missing.child-returned.v1")


def event(record: UUID | None = None, version: int = 1, *, fill: int = 300) -> Prepared:
    """An event of some size. Its data says nothing: the bus does not look into it."""
    who, said = record or new_record_id(), context()
    event_id, kind = new_event_id(), TYPES[version > 1]
    body = envelope.prepare(
        event_id=event_id,
        store=STORE,
        event_type=kind,
        record_id=who,
        record_version=version,
        occurred_at="2015-03-27T18:00:00.000000Z",
        handling="P",
        context=said,
        data=b'{"fill":"%s"}' % (b"x" * fill),
    )
    return Prepared(event_id, who, version, kind, BEGAN, said.agency, said.correlation_id, body)


async def append(store: EventStore, count: int, each: int = 50) -> None:
    """Append so many events."""
    while count > 0:
        now = min(count, each)
        await store.append(Append(tuple(event() for _ in range(now))))
        count -= now


async def write(store: EventStore, events: int, writers: int, pause: float = 0.0) -> None:
    """Append so many events, some at a time, from several writers at once."""

    async def writer(mine: int) -> None:
        while mine > 0:
            now = min(mine, 1 + mine % 4)
            await store.append(Append(tuple(event() for _ in range(now))))
            mine -= now
            await asyncio.sleep(pause)

    await asyncio.gather(*(writer(events // writers) for _ in range(writers)))


async def until(done: Callable[[], bool | Awaitable[bool]], seconds: float = 10.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while True:
            found = done()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


@dataclass
class Tail:
    """A reader, and everything it handed out."""

    reader: Reader
    pause: float = 0.0
    at_most: int = 2000
    read: list[Message] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        async for batch in self.reader.batches(self.at_most):
            self.read += batch
            if self.pause:
                await asyncio.sleep(self.pause)

    async def reaches(self, position: int, seconds: float = 15.0) -> None:
        """Wait until it has read so far; what ended it is raised here."""

        def there() -> bool:
            if self.task is not None and self.task.done():
                self.task.result()
            return bool(self.read) and self.read[-1][0] >= position

        await until(there, seconds)


@dataclass
class Bus:
    """The whole of it, for one test."""

    database: Database
    nats: Nats
    store: EventStore
    address: str
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)

    async def connection(self, user: str) -> Connection:
        made = await connect(self.address, user=user, password=user, name=f"test-{user}")
        self.connections.append(made)
        return made

    async def admin(self) -> Connection:
        """A connection that may do everything."""
        found = [c for c in self.connections if c.user == "admin"]
        admin = found[0] if found else await self.connection("admin")
        await admin.ready()
        return admin

    async def end(self, task: asyncio.Task[None] | None = None) -> None:
        """End a task that was started here: the newest, unless another is named."""
        ended = task or self.tasks[-1]
        self.tasks.remove(ended)
        ended.cancel()
        await asyncio.gather(ended, return_exceptions=True)

    async def relay(
        self, store: EventStore | None = None, *, hears: bool = True, **options: Any
    ) -> Relay:
        """A running relay."""
        url = self.database.url("missing") if hears else None
        relay = Relay(
            store or self.store, await self.connection("relay"), listen_url=url, **options
        )
        self.tasks.append(asyncio.create_task(relay.run(), name="relay"))
        return relay

    async def tail(
        self,
        after: int = 0,
        *,
        user: str = "reader",
        pause: float = 0.0,
        at_most: int = 2000,
        **options: Any,
    ) -> Tail:
        """A running reader."""
        connection = await self.connection(user)
        tail = Tail(Reader(connection, STORE, after, **options), pause, at_most)
        tail.task = asyncio.create_task(tail.run(), name="reader")
        self.tasks.append(tail.task)
        return tail

    async def restart_nats(self, *, kill: bool = True, wipe: bool = False) -> None:
        """End the server and start it again; with `wipe`, without a single stream."""
        await asyncio.to_thread(self.nats.kill if kill else self.nats.stop)
        if wipe:
            self.nats.wipe()
        await asyncio.to_thread(self.nats.start)

    async def delete_stream(self) -> None:
        admin = await self.admin()
        await admin.jetstream().delete_stream(stream_of(STORE))

    async def tearable_stream(self) -> None:
        """A stream that can lose single events, which one of ours refuses."""
        epoch = str((await self.store.head()).epoch)
        config = StreamConfig(
            name=stream_of(STORE), subjects=[f"evt.{STORE}.>"], metadata={EPOCH: epoch}
        )
        await (await self.admin()).jetstream().add_stream(config)

    async def last_sequence(self) -> int:
        """Where the stream ends."""
        admin = await self.admin()
        return (await admin.jetstream().stream_info(stream_of(STORE))).state.last_seq

    async def restore(self, position: int) -> None:
        """Have the store forget what came after a position, as a restored backup does."""
        admin = self.database.admin
        async with admin.transaction():
            await admin.execute("ALTER TABLE missing.event DISABLE TRIGGER never_changed")
            await admin.execute("DELETE FROM missing.event WHERE position > $1", position)
            await admin.execute("ALTER TABLE missing.event ENABLE TRIGGER never_changed")
            await admin.execute("UPDATE missing.head SET position = $1", position)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for connection in self.connections:
            await connection.close()
        await self.store.close()


async def stored(store: EventStore) -> list[Message]:
    """Everything in the store, as a reader should see it."""
    rows = await store.fetch(f"SELECT position, body FROM {store.name}.event ORDER BY position")
    return [(row[0], row[1]) for row in rows]
