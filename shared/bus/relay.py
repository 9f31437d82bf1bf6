"""The relay: publishes a store's events to its stream, in order, each under its own position.

It keeps no cursor: the stream's last sequence is the position up to which it published. So it may
be killed at any moment, run twice, or find the stream shortened or gone, and simply goes on from
where the stream ends. It reads the store and never writes to it; the store does not wait for it.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import nats.errors
import structlog
from nats.js.errors import NotFoundError

from shared.bus import wakeups
from shared.bus.connection import Connection, NotAllowed
from shared.bus.publisher import Overtaken, Publisher
from shared.bus.streams import FencedError, ensure_stream, stream_of, subject_of
from shared.contracts.refusals import Unavailable
from shared.contracts.registry import EVENTS, Registry, UnknownType
from shared.eventstore.store import EventStore, Recorded

PAGE = 500
"""Events read and sent at once. Two pages fill the window: one is read while one is on its way."""

POLL_SECONDS = 1.0
"""How late an event is published when its notification was lost."""

FIRST_RETRY_SECONDS = 0.05
LAST_RETRY_SECONDS = 1.0

TROUBLES = (
    Unavailable,
    NotAllowed,
    Overtaken,
    UnknownType,
    nats.errors.Error,
    asyncpg.PostgresError,
    TimeoutError,
    OSError,
)
"""What may pass: the relay tries again."""

log = structlog.get_logger("throughline.relay")


@dataclass
class RelayState:
    """Where a relay is, for health and metrics.

    Attributes:
        published: the position up to which the stream has acknowledged.
        recorded: the store's last position, as far as the relay has seen.
        error: what is wrong now, in words that tell nothing of any event.
        fenced: whether it has stopped, until somebody has decided what to do.
    """

    published: int = 0
    recorded: int = 0
    error: str | None = None
    fenced: bool = False

    @property
    def lag(self) -> int:
        """Events recorded and not published yet."""
        return max(0, self.recorded - self.published)


class Relay:
    """Publishes the events of one store.

    Args:
        store: to publish.
        connection: as a user with `relay_permissions`.
        listen_url: the database's address, for a connection of its own on which it hears of new
            events at once. Without one it asks every second.
        replicas: copies of the stream in a cluster, if it has to be made.
    """

    def __init__(
        self,
        store: EventStore,
        connection: Connection,
        *,
        listen_url: str | None = None,
        registry: Registry = EVENTS,
        replicas: int = 1,
    ) -> None:
        self.state = RelayState()
        self._store = store
        self._connection = connection
        self._listen_url = listen_url
        self._registry = registry
        self._replicas = replicas
        self._js = connection.jetstream()
        self._stream = stream_of(store.name)
        self._subjects: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._publisher: Publisher | None = None

    async def run(self) -> None:
        """Publish for ever. Whatever does not answer is asked again.

        Raises:
            FencedError: store and stream tell different histories; nothing was published since.
        """
        ear = None
        if self._listen_url is not None:
            ear = asyncio.create_task(
                wakeups.listen(self._listen_url, self._store.name, self._wake.set)
            )
        stop_watching = self._connection.on_change(self._on_change)
        try:
            await self._keep_publishing()
        except FencedError as reason:
            self.state.error = str(reason)
            self.state.fenced = True
            log.critical("relay-fenced", store=self._store.name, reason=str(reason))
            raise
        finally:
            stop_watching()
            if ear is not None:
                ear.cancel()
                await asyncio.wait([ear])

    async def _keep_publishing(self) -> None:
        retry = FIRST_RETRY_SECONDS
        while True:
            before = self.state.published
            try:
                await self._publish()
            except TROUBLES as reason:
                self._note(reason)
            if self.state.published > before:
                retry = FIRST_RETRY_SECONDS
            # A second relay of this store is refused whenever the first is faster. Waiting longer
            # each time, it ends as a stand-by that looks once a second.
            await asyncio.sleep(retry)
            retry = min(2 * retry, LAST_RETRY_SECONDS)
            with suppress(*TROUBLES):
                self.state.recorded = (await self._store.head()).position

    async def _publish(self) -> None:
        """Publish from where the stream ends, until something goes wrong."""
        async with asyncio.timeout(LAST_RETRY_SECONDS):
            await self._connection.ready()
        last = await self._fence()
        position = last.position if last is not None else 0
        self.state.published = position
        async with Publisher(self._connection, position, self._wake.set) as publisher:
            self._publisher = publisher
            try:
                while True:
                    self._wake.clear()
                    page = await self._following(last)
                    if page:
                        await publisher.send([(self._subject(e.type), e.body) for e in page])
                        last = page[-1]
                        self.state.recorded = max(self.state.recorded, last.position)
                    self.state.published = publisher.acknowledged
                    if len(page) < PAGE:
                        await self._rest(publisher)
            finally:
                self._publisher = None
                self.state.published = publisher.acknowledged

    async def _rest(self, publisher: Publisher) -> None:
        """Wait until there may be something to publish; every second look at the stream too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
                publisher.check()
                self._settled(publisher)
                return
        await publisher.drain()
        self._settled(publisher)
        info = await self._js.stream_info(self._stream)
        if info.state.last_seq != publisher.acknowledged:
            raise Overtaken("the stream's last sequence is another one")

    def _settled(self, publisher: Publisher) -> None:
        self.state.published = publisher.acknowledged
        if publisher.acknowledged == publisher.sent:
            self.state.error = None

    async def _following(self, last: Recorded | None) -> Sequence[Recorded]:
        """The next events, once it is certain that the store still has the last one published.

        A store restored from an older backup while the relay runs would otherwise continue the
        stream with another history.
        """
        if last is None:
            return await self._store.after(0, PAGE)
        found = await self._store.after(last.position - 1, PAGE + 1)
        if not found or found[0].position != last.position or found[0].body != last.body:
            raise self._other_history(last.position)
        return found[1:]

    async def _fence(self) -> Recorded | None:
        """The event that the stream ends with, which the store must have too, to the byte."""
        head = await self._store.head()
        info = await ensure_stream(self._js, self._store.name, head.epoch, replicas=self._replicas)
        position = info.state.last_seq
        if position == 0:
            return None
        recorded = await self._store.at(position)
        if recorded is None:
            raise self._other_history(position)
        try:
            published = await self._js.get_msg(self._stream, position)
        except NotFoundError:
            raise FencedError(
                f"the stream {self._stream} has lost its last event, {position}. Delete the stream "
                f"('nats stream rm {self._stream}'): it is filled again from the store."
            ) from None
        if published.data != recorded.body:
            raise self._other_history(position)
        return recorded

    def _other_history(self, position: int) -> FencedError:
        name = self._store.name
        return FencedError(
            f"the stream {self._stream} and the store {name} differ at position {position}. Either "
            f"the store was restored from an older backup, or two stores publish as {name}. Stop "
            f"the writers of {name} first. If a newer backup exists, restore that one. If this "
            f"store is the right one, delete the stream ('nats stream rm {self._stream}'): it is "
            "filled again from the store; and rebuild what was made from the old history."
        )

    def _subject(self, event_type: str) -> str:
        subject = self._subjects.get(event_type)
        if subject is None:
            aggregate = self._registry.named(event_type).aggregate
            subject = subject_of(self._store.name, event_type, aggregate)
            self._subjects[event_type] = subject
        return subject

    def _on_change(self) -> None:
        """The server went, came or refused us: what was published must be looked at afresh."""
        if self._publisher is not None:
            reason = self._connection.violation if self._connection.up else None
            self._publisher.fail(
                NotAllowed(reason) if reason else Unavailable("the bus does not answer")
            )
        self._wake.set()

    def _note(self, reason: Exception) -> None:
        """Keep what is wrong; of others' errors only the kind, for they may quote data."""
        ours = isinstance(reason, Unavailable | NotAllowed | Overtaken)
        error = str(reason) if ours else type(reason).__name__
        if isinstance(reason, UnknownType):
            error = "the store holds an event type that this version does not know"
        if error != self.state.error and not isinstance(reason, Overtaken):
            log.warning("relay-waits", store=self._store.name, reason=error, at=time.time())
        self.state.error = error
