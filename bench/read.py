"""Reading a store's stream from its start: `shared.bus.Reader`, each event checked, in order.

Baseline: nats-py's pull consumer on the same stream, `fetch(1000)`, every message acknowledged.
"""

import asyncio
import time

from bench.harness import Result, bus, compared, in_turns, missing_store, run, servers
from bench.world import reported
from shared.bus import Connection, Reader, Relay, connect, stream_of

EVENTS = 20_480
STORE = "missing"


async def measure(runs: int) -> list[Result]:
    """The figure."""
    with servers() as (postgres, folder), bus(folder) as nats:
        async with missing_store(postgres, folder) as repository:
            await reported(repository, EVENTS)
            connection = await connect(nats.url, user="bench", password="bench", name="bench")
            await connection.ready()
            relay = Relay(repository.store, connection)
            relaying = asyncio.create_task(relay.run())
            while relay.state.published < EVENTS:  # noqa: ASYNC110 (as a person would look)
                await asyncio.sleep(0.01)
            relaying.cancel()
            await asyncio.wait([relaying])
            measured = await in_turns(
                lambda: read_by_us(connection), lambda: fetched(connection), runs
            )
            await connection.close()
    return [
        compared(
            "read", "events read from the stream, in order and checked", "events/s",
            "events/s, nats-py fetch(1000) and ack", measured,
        )
    ]  # fmt: skip


async def read_by_us(connection: Connection) -> float:
    """Events a second through our reader, its consumer's making included."""
    started, count = time.perf_counter(), 0
    batches = Reader(connection, STORE, 0).batches()
    async for batch in batches:
        count += len(batch)
        if count == EVENTS:
            break
    taken = time.perf_counter() - started
    await batches.aclose()
    return EVENTS / taken


async def fetched(connection: Connection) -> float:
    """Events a second through the client's own pull subscription, its making included."""
    js = connection.jetstream()
    started, count = time.perf_counter(), 0
    subscription = await js.pull_subscribe("", stream=stream_of(STORE))
    while count < EVENTS:
        for message in await subscription.fetch(1000):
            await message.ack()
            count += 1
    taken = time.perf_counter() - started
    await subscription.unsubscribe()
    return EVENTS / taken


if __name__ == "__main__":
    run(measure, __doc__ or "")
