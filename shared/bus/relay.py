"""The relay: publishes a store's events to its stream, in order, each under its own position.

It keeps no cursor: the stream's last sequence is the position up to which it published. So it may
be killed at any moment, run twice, or find the stream shortened or gone, and simply goes on from
where the stream ends. It reads the store and never writes to it; the store does not wait for it.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import nats.errors
import structlog

from shared.bus import wakeups
from shared.bus.connection import DOWN, Connection, NotAllowed
from shared.bus.history import History
from shared.bus.publisher import Overtaken, Publisher
from shared.bus.streams import FencedError, subject_of
from shared.contracts.refusals import Unavailable
from shared.contracts.registry import EVENTS, Registry, UnknownType
from shared.eventstore.store import EventStore, Recorded

PAGE = 500
"""Events read and sent at once, and no more than a page in bytes. Two pages fill the window: one is
read while one is on its way."""

FIRST_PAGE = 32
POLL_SECONDS = 1.0
"""How late an event is published when its notification was lost."""

FIRST_RETRY_SECONDS = 0.05
LAST_RETRY_SECONDS = 1.0

STUCK_RUNS = 3
"""So many runs that got nothing to a stream which stays as it is: then it is the server's fault."""

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
        self._js = connection.jetstream()
        self._history = History(store, self._js, replicas)
        self._subjects: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._publisher: Publisher | None = None
        self._stuck_at = 0
        self._stuck_runs = 0

    @property
    def store_name(self) -> str:
        """Whose events it publishes."""
        return self._store.name

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
            own = 0
            try:
                own = await self._publish()
            except TROUBLES as reason:
                self._note(reason)
            # A second relay of this store is refused whenever the first is faster. Waiting longer
            # each time, it ends as a stand-by that looks once a second.
            retry = FIRST_RETRY_SECONDS if own else min(2 * retry, LAST_RETRY_SECONDS)
            await asyncio.sleep(retry)
            with suppress(*TROUBLES):
                self.state.recorded = (await self._store.head()).position

    async def _publish(self) -> int:
        """Publish from where the stream ends, until it cannot go on.

        Returns:
            How many events the stream acknowledged to this relay.
        """
        await self._connection.ready(LAST_RETRY_SECONDS)
        last = await self._history.end_of_stream()
        start = last.position if last is not None else 0
        self.state.published = start
        async with Publisher(self._connection, start, self._wake.set) as publisher:
            self._publisher = publisher
            try:
                await self._publish_after(last, publisher)
            except TROUBLES as reason:
                self._note(self._stuck(start, publisher, reason))
            finally:
                self._publisher = None
                self.state.published = publisher.acknowledged
        return publisher.acknowledged - start

    async def _publish_after(self, last: Recorded | None, publisher: Publisher) -> None:
        limit = FIRST_PAGE
        while True:
            self._wake.clear()
            page, whole = await self._history.following(last, limit)
            if page:
                await publisher.send([(self._subject(event.type), event.body) for event in page])
                last = page[-1]
                self.state.recorded = max(self.state.recorded, last.position)
            self._settle(publisher)
            if whole:
                await self._rest(publisher)
            limit = min(2 * limit, PAGE)

    async def _rest(self, publisher: Publisher) -> None:
        """Wait until there may be something to publish. When nothing came, look at the stream."""
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
            publisher.check()
        except TimeoutError:
            await publisher.drain()
            info = await self._js.stream_info(self._history.stream)
            if info.state.last_seq != publisher.acknowledged:
                raise Overtaken("the stream's last sequence is another one") from None
        self._settle(publisher)

    def _settle(self, publisher: Publisher) -> None:
        self.state.published = publisher.acknowledged
        if publisher.acknowledged == publisher.sent:
            self.state.error = None

    def _subject(self, event_type: str) -> str:
        subject = self._subjects.get(event_type)
        if subject is None:
            aggregate = self._registry.named(event_type).aggregate
            subject = subject_of(self._store.name, event_type, aggregate)
            self._subjects[event_type] = subject
        return subject

    def _on_change(self, refused: str | None) -> None:
        """The server went, came or refused us: what was published must be looked at afresh."""
        if refused is None:
            reason: Exception = Unavailable(DOWN)
        elif refused.startswith(f"evt.{self._store.name}."):
            reason = NotAllowed(f"the bus user {self._connection.user} may not publish {refused}")
        else:
            return
        if self._publisher is not None:
            self._publisher.fail(reason)
        self._wake.set()

    def _stuck(self, start: int, publisher: Publisher, reason: Exception) -> Exception:
        """The reason why a run of publishing ended, seen together with the runs before it.

        A server whose disk was full gives no answer to the first event of a run and says of the
        others that they come too early. By itself that looks like another relay that was faster;
        but then the stream would end elsewhere each time.
        """
        if not isinstance(reason, Overtaken) or publisher.acknowledged != start:
            self._stuck_runs = 0
            return reason
        self._stuck_runs = self._stuck_runs + 1 if start == self._stuck_at else 1
        self._stuck_at = start
        if self._stuck_runs < STUCK_RUNS:
            return reason
        return Unavailable(
            f"nats-server takes no more events for the stream {self._history.stream}, as after a "
            "full disk: see its log, mend that, and start nats-server again; nothing is lost"
        )

    def _note(self, reason: Exception) -> None:
        """Keep what is wrong; of others' errors only the kind, for they may quote data."""
        if isinstance(reason, Overtaken):
            return  # nothing is wrong: it goes on from where the stream ends now
        error = type(reason).__name__
        if isinstance(reason, Unavailable | NotAllowed):
            error = str(reason)
        elif isinstance(reason, UnknownType):
            error = "the store holds an event type that this version does not know"
        if error != self.state.error:
            log.warning("relay-waits", store=self._store.name, reason=error)
        self.state.error = error
