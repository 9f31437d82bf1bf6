"""What the bus loses, the relay brings back, and no reader notices but by waiting."""

import asyncio
import time

import pytest

from shared.bus import Connection, connect, ensure_stream
from tests.bus.support import STORE, Bus, append, stored, until, write

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "stopped"])
async def test_a_server_that_ends_in_the_middle_and_comes_back(bus: Bus, kill: bool) -> None:
    await bus.relay()
    tail = await bus.tail()
    writing = asyncio.create_task(write(bus.store, 2400, 8, pause=0.01))
    for _ in range(3):
        await asyncio.sleep(0.3)
        await bus.restart_nats(kill=kill)
    await writing
    await tail.reaches(2400)
    assert tail.read == await stored(bus.store)


async def test_a_stream_deleted_in_the_middle_is_filled_again_with_the_same_sequences(
    bus: Bus,
) -> None:
    relay = await bus.relay()
    tail = await bus.tail()
    await append(bus.store, 300)
    await tail.reaches(300)
    writing = asyncio.create_task(write(bus.store, 1600, 8, pause=0.01))
    for _ in range(2):
        await asyncio.sleep(0.2)
        await bus.delete_stream()
    await writing
    await tail.reaches(1900)
    expected = await stored(bus.store)
    assert tail.read == expected
    await until(lambda: relay.state.published == 1900)
    late = await bus.tail()
    await late.reaches(1900)
    assert late.read == expected


@pytest.mark.parametrize("empty", [False, True], ids=["gone", "empty"])
async def test_a_stream_lost_while_nobody_writes_is_noticed(bus: Bus, empty: bool) -> None:
    await append(bus.store, 50)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(50)
    await bus.delete_stream()
    if empty:
        js = (await bus.admin()).jetstream()
        await ensure_stream(js, STORE, (await bus.store.head()).epoch)
    late = await bus.tail()
    await late.reaches(50)
    assert late.read == await stored(bus.store)


async def test_a_server_that_comes_back_with_nothing_at_all(bus: Bus) -> None:
    await append(bus.store, 400)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(400)
    await bus.restart_nats(wipe=True)
    await append(bus.store, 100)
    await tail.reaches(500)
    assert tail.read == await stored(bus.store)


async def test_a_reader_ahead_of_the_stream_waits_for_it(bus: Bus) -> None:
    await append(bus.store, 200)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(200)
    await bus.end(bus.tasks[0])
    await bus.restart_nats(wipe=True)
    await until(lambda: tail.reader.waits_for == "there is no stream yet")
    assert tail.reader.position == 200
    await bus.relay()
    await append(bus.store, 1)
    await tail.reaches(201)
    assert tail.read == await stored(bus.store)


async def test_appends_do_not_wait_for_a_bus_that_is_down_at_the_start(bus: Bus) -> None:
    await asyncio.to_thread(bus.nats.stop)
    address = bus.address
    relay = await bus.relay()
    tail = await bus.tail()
    began = time.monotonic()
    await append(bus.store, 100, each=1)
    assert time.monotonic() - began < 5
    await until(lambda: relay.state.lag == 100)
    assert relay.state.error == "the bus does not answer"
    await until(lambda: tail.reader.waits_for == "the bus does not answer")
    await asyncio.to_thread(bus.nats.start)
    assert bus.nats.url == address
    await tail.reaches(100)
    await until(lambda: relay.state.error is None and relay.state.lag == 0)
    # Nothing is waited for any more, even before there is something new to read.
    await asyncio.to_thread(bus.nats.kill)
    await until(lambda: tail.reader.waits_for == "the bus does not answer")
    await asyncio.to_thread(bus.nats.start)
    await until(lambda: tail.reader.waits_for is None)


async def test_a_store_that_does_not_answer_for_a_while(bus: Bus) -> None:
    await append(bus.store, 10)
    relay = await bus.relay()
    tail = await bus.tail()
    await tail.reaches(10)
    admin = bus.database.admin
    await admin.execute("ALTER ROLE missing CONNECTION LIMIT 0")
    try:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await until(lambda: relay.state.error == "the event store does not answer")
    finally:
        await admin.execute("ALTER ROLE missing CONNECTION LIMIT -1")
    await append(bus.store, 10)
    await tail.reaches(20)
    assert tail.read == await stored(bus.store)
    await until(lambda: relay.state.error is None)


async def test_a_connection_can_be_closed_before_it_was_ever_made(bus: Bus) -> None:
    await asyncio.to_thread(bus.nats.stop)
    never: Connection = await connect(bus.address, user="relay", password="relay", name="never")
    await asyncio.sleep(0.3)
    assert not never.up
    await never.close()
    at_once = await connect(bus.address, user="relay", password="relay", name="at-once")
    await at_once.close()


async def test_a_line_that_the_server_cuts_with_a_complaint_is_made_again(bus: Bus) -> None:
    relay = await bus.relay()
    tail = await bus.tail()
    await append(bus.store, 10)
    await tail.reaches(10)
    for connection in bus.connections[:2]:
        await connection.write([b"NOT A COMMAND\r\n"])
    await until(lambda: not bus.connections[0].up)
    await append(bus.store, 10)
    await tail.reaches(20)
    await until(lambda: relay.state.error is None)
