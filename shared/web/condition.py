"""How a service is doing: what it waits for, how far behind it is, and what a person must do."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import asyncpg
import nats.errors
from msgspec import Struct

from shared.bus import Connection, NotAllowed, Relay
from shared.bus.streams import stream_of
from shared.contracts import envelope, times
from shared.contracts.refusals import Unavailable
from shared.projecting.parking import PutAside
from shared.vault.keys import DOWN

PROBE_SECONDS = 2.0
LATELY_SECONDS = 300.0
MANY_RESTARTS = 3

NO_ANSWER = (Unavailable, NotAllowed, nats.errors.Error, TimeoutError, OSError)
"""Of the bus: then its part of the condition is not known, and the rest is told all the same."""


class RelayCondition(Struct, frozen=True, kw_only=True):
    """How far a store is published.

    Attributes:
        waits_for: what is wrong, if anything.
    """

    store: str
    recorded: int
    published: int
    waits_for: str | None

    @property
    def lag(self) -> int:
        """Events recorded and not published yet."""
        return max(0, self.recorded - self.published)


class ReaderCondition(Struct, frozen=True, kw_only=True):
    """How far a consumer has read another service's events.

    Attributes:
        end: of the source, as its stream says; none while the bus does not answer.
        lag: events behind that.
        oldest_seconds: age of the oldest event not taken in.
        parked: events put aside for a person.
    """

    name: str
    source: str
    position: int
    end: int | None
    lag: int | None
    oldest_seconds: float | None
    parked: int
    waits_for: str | None


class PoolCondition(Struct, frozen=True, kw_only=True):
    """The connections to the service's database.

    Attributes:
        waited: seconds until a connection was free just now.
    """

    in_use: int
    limit: int
    waited: float


class Condition(Struct, frozen=True, kw_only=True):
    """A service's condition. Nothing in it is about anybody.

    Attributes:
        checks: `database`, `vault`, `bus`, `history`.
        fenced: parts that stopped for a person, and why.
        restarts: how often each task was begun anew after a fault.
        advice: what to do, in sentences; empty when all is well.
    """

    service: str
    version: str
    ready: bool
    checks: dict[str, bool]
    relays: tuple[RelayCondition, ...]
    readers: tuple[ReaderCondition, ...]
    pool: PoolCondition
    fenced: dict[str, str]
    restarts: dict[str, int]
    advice: tuple[str, ...]


class Reading(Protocol):
    """A consumer of other services' events."""

    @property
    def positions(self) -> dict[str, int]:
        """By source, up to which event everything is taken in."""

    @property
    def waiting_for(self) -> str | None:
        """What it waits for, if it waits."""

    async def parked(self) -> dict[str, int]:
        """By source, how many events it put aside."""

    async def put_aside(self) -> list[PutAside]:
        """Which ones."""

    async def replay(self, source: str, position: int) -> str | None:
        """Another try at one; None when it is done, else why not."""


async def probe_pool(pool: "asyncpg.Pool[Any]") -> PoolCondition | None:
    """The pool, and how long it takes to get a connection that answers; None if it does not."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PROBE_SECONDS), pool.acquire() as connection:
            waited = time.perf_counter() - began
            await connection.fetchval("SELECT 1")
    except DOWN:
        return None
    return PoolCondition(
        in_use=pool.get_size() - pool.get_idle_size(), limit=pool.get_max_size(), waited=waited
    )


def conditions_of_relays(relays: Sequence[Relay]) -> tuple[RelayCondition, ...]:
    """How far each store is published."""
    return tuple(
        RelayCondition(
            store=relay.store_name,
            recorded=relay.state.recorded,
            published=relay.state.published,
            waits_for=relay.state.error,
        )
        for relay in relays
    )


async def conditions_of_readers(
    readers: dict[str, Reading], bus: Connection
) -> tuple[ReaderCondition, ...]:
    """How far each consumer has read, against the streams' own ends."""
    found = []
    for name, reading in readers.items():
        try:
            parked = await reading.parked()
        except DOWN:
            parked = {}
        for source, position in sorted(reading.positions.items()):
            end = await _end(bus, source)
            behind = max(0, end - position) if end is not None else None
            found.append(
                ReaderCondition(
                    name=name,
                    source=source,
                    position=position,
                    end=end,
                    lag=behind,
                    oldest_seconds=await _age(bus, source, position + 1) if behind else None,
                    parked=parked.get(source, 0),
                    waits_for=reading.waiting_for,
                )
            )
    return tuple(found)


async def _end(bus: Connection, source: str) -> int | None:
    """The last event of a stream. Asked by the readers' own right to know the stream's state."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            info = await bus.jetstream().stream_info(stream_of(source))
    except NO_ANSWER:
        return None
    return info.state.last_seq


async def _age(bus: Connection, source: str, position: int) -> float | None:
    """How long ago an event was recorded."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            message = await bus.jetstream().get_msg(stream_of(source), seq=position)
    except NO_ANSWER:
        return None
    if message.data is None:
        return None
    recorded = times.read(envelope.read(message.data).time)
    return max(0.0, (times.now() - recorded).total_seconds())


def advice(
    checks: dict[str, bool],
    fenced: dict[str, str],
    relays: Sequence[RelayCondition],
    readers: Sequence[ReaderCondition],
    restarted_lately: Mapping[str, int],
) -> tuple[str, ...]:
    """What whoever looks after the service can do.

    Args:
        restarted_lately: how often each task was begun anew within `LATELY_SECONDS`. A line that
            breaks costs one restart or two; only from `MANY_RESTARTS` on does it mean something.
    """
    found = []
    if not checks["database"]:
        found.append("Its database does not answer: nothing is accepted. Start the database.")
    if not checks["vault"]:
        found.append(
            "The vault does not answer: nothing that describes a person can be written or opened. "
            "Start the vault's database."
        )
    if not checks["bus"]:
        found.append(
            "The bus does not answer: what is sent is kept and arrives later. Start nats-server."
        )
    if not checks["lists"]:
        found.append(
            "Its lists are being made from its events, as after an update: until they are whole it "
            "counts as not ready. Wait; the log says if it is held up."
        )
    if not checks["views"]:
        found.append(
            "Its views are being made from what is archived, as after a restore: until then nobody "
            "is shown any, for what is not in them yet would seem not to exist. Wait."
        )
    found.extend(
        f"{part} has stopped: {why} `throughline verify` shows which store is the odd one."
        for part, why in fenced.items()
    )
    found.extend(
        f"{reader.parked} events of {reader.source} were put aside by {reader.name}: "
        "`throughline parked` lists them, `throughline parked replay` tries them again."
        for reader in readers
        if reader.parked
    )
    found.extend(
        f"{reader.name} has read event {reader.position} of {reader.source}, whose stream ends at "
        f"{reader.end}: it waits until the stream is filled again. If that does not happen, the "
        "store is older than its reader: run `throughline verify`."
        for reader in readers
        if reader.end is not None and reader.position > reader.end
    )
    found.extend(
        f"{relay.store} is not published: {relay.waits_for}."
        for relay in relays
        if relay.waits_for is not None and checks["bus"]
    )
    minutes = f"{LATELY_SECONDS / 60:.0f} minutes"
    found.extend(
        f"{task} was begun anew {count} times in the last {minutes}: it fails again and again. If "
        "this goes on when whatever else is told here is mended, look in the log of this service "
        f'for `fault` with the source "{task}": it says what failed, and where.'
        for task, count in restarted_lately.items()
        if count >= MANY_RESTARTS
    )
    return tuple(found)
