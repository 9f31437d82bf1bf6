"""Publishing a store's events to its stream: `shared.bus.Relay`, until they are acknowledged.

Baseline: nats-py's `await js.publish(...)`, one after the other, of the same bodies to a stream of
the same settings. It has them in memory already, and checks no sequence.
"""

import asyncio
import time

from bench.harness import Result, bus, compared, in_turns, missing_store, run, servers
from bench.world import bodies_of, reported
from shared.bus import Connection, Relay, connect, stream_of
from shared.bus.streams import ensure_stream
from shared.eventstore.store import EventStore

OURS, THEIRS = 20_480, 4_000
SUBJECT = "evt.missing.episode.episode-reported.v1"


async def measure(runs: int) -> list[Result]:
    """The figure."""
    with servers() as (postgres, folder), bus(folder) as nats:
        async with missing_store(postgres, folder) as repository:
            await reported(repository, OURS)
            bodies = [body for _, body in await bodies_of(repository)]
            connection = await connect(nats.url, user="bench", password="bench", name="bench")
            await connection.ready()
            measured = await in_turns(
                lambda: relayed(repository.store, connection),
                lambda: published(repository.store, connection, bodies[:THEIRS]),
                runs,
            )
            await connection.close()
    what = "events relayed from the store to an acknowledging stream"
    return [compared("relay", what, "events/s", "events/s, await js.publish one by one", measured)]


async def relayed(store: EventStore, connection: Connection) -> float:
    """Events a second, from the start of a relay with no stream to the last acknowledgement."""
    await without_stream(connection, store)
    relay = Relay(store, connection)
    started = time.perf_counter()
    running = asyncio.create_task(relay.run())
    while relay.state.published < OURS:  # noqa: ASYNC110 (as a person would look)
        await asyncio.sleep(0.001)
    taken = time.perf_counter() - started
    running.cancel()
    await asyncio.wait([running])
    return OURS / taken


async def published(store: EventStore, connection: Connection, bodies: list[bytes]) -> float:
    """Events a second, one by one."""
    await without_stream(connection, store)
    js = connection.jetstream()
    await ensure_stream(js, store.name, (await store.head()).epoch)
    started = time.perf_counter()
    for body in bodies:
        await js.publish(SUBJECT, body)
    return len(bodies) / (time.perf_counter() - started)


async def without_stream(connection: Connection, store: EventStore) -> None:
    """Remove the stream, if there is one."""
    js = connection.jetstream()
    if any(info.config.name == stream_of(store.name) for info in await js.streams_info()):
        await js.delete_stream(stream_of(store.name))


if __name__ == "__main__":
    run(measure, __doc__ or "")
