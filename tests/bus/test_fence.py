"""Two histories under one name: the relay stops, and so does a reader that has read the other."""

import asyncio
from typing import Any

import pytest
from nats.js import JetStreamContext

from shared.bus import FencedError, ensure_stream, stream_of
from shared.bus.pull import Pull
from shared.embedded import Postgres
from shared.eventstore.schema import make_store
from shared.eventstore.store import EventStore
from tests.bus.support import STORE, Bus, Tail, append, until
from tests.conftest import fresh_database

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def followed(bus: Bus, events: int) -> Tail:
    """A store whose events are published and read."""
    await append(bus.store, events)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(events)
    return tail


async def fenced(task: asyncio.Task[None]) -> str:
    """What a task says that has stopped at a fence."""
    with pytest.raises(FencedError) as stopped:
        await asyncio.wait_for(asyncio.shield(task), 10)
    return str(stopped.value)


async def test_a_store_restored_from_an_older_backup_is_behind_its_stream(bus: Bus) -> None:
    await followed(bus, 100)
    await bus.end(bus.tasks[0])
    await bus.restore(80)
    relay = await bus.relay()
    said = await fenced(bus.tasks[-1])
    assert "differ at position 100" in said
    assert "nats stream rm MISSING" in said
    assert relay.state.fenced
    assert relay.state.error == said
    assert await bus.last_sequence() == 100


async def test_a_restored_store_that_has_overtaken_its_stream(bus: Bus) -> None:
    await followed(bus, 100)
    await bus.end(bus.tasks[0])
    await bus.restore(80)
    await append(bus.store, 60)
    await bus.relay()
    assert "differ at position 100" in await fenced(bus.tasks[-1])
    assert await bus.last_sequence() == 100


@pytest.mark.parametrize("overtakes", [False, True], ids=["behind", "ahead"])
async def test_a_store_restored_while_its_relay_runs(bus: Bus, overtakes: bool) -> None:
    await followed(bus, 100)
    # Under the lock that writers take, so that the relay cannot look in between.
    async with bus.database.admin.transaction():
        await bus.restore(80)
        if overtakes:
            await bus.database.admin.execute(
                "INSERT INTO missing.event SELECT position + 80, gen_random_uuid(), "
                "gen_random_uuid(), 1, type, recorded_at, occurred_at, agency, correlation_id, "
                "body, leaf FROM missing.event WHERE position <= 60"
            )
            await bus.database.admin.execute("UPDATE missing.head SET position = 140")
    assert "differ at position 100" in await fenced(bus.tasks[0])
    assert await bus.last_sequence() == 100


async def test_a_stream_that_has_lost_its_last_event(bus: Bus) -> None:
    await bus.tearable_stream()
    await followed(bus, 10)
    await bus.end(bus.tasks[0])
    await (await bus.admin()).jetstream().delete_msg(stream_of(STORE), 10)
    await bus.relay()
    assert "has lost its last event, 10" in await fenced(bus.tasks[-1])


async def test_a_stream_replaced_while_a_relay_looks_is_no_reason_to_stop(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await followed(bus, 10)
    await bus.end(bus.tasks[0])
    look = JetStreamContext.get_msg
    deleted = asyncio.Event()

    async def delete_and_look(js: JetStreamContext, *which: Any) -> Any:
        if not deleted.is_set():
            deleted.set()
            await bus.delete_stream()
            await ensure_stream(js, STORE, (await bus.store.head()).epoch)
        return await look(js, *which)

    monkeypatch.setattr(JetStreamContext, "get_msg", delete_and_look)
    relay = await bus.relay()
    await until(deleted.is_set)
    await until(lambda: relay.state.published == 10)
    assert await bus.last_sequence() == 10


async def test_two_stores_of_one_name(bus: Bus, postgres: Postgres) -> None:
    await followed(bus, 10)
    other = await fresh_database(postgres)
    await make_store(other.admin, STORE, "missing")
    store = EventStore(STORE, await other.pool("missing"))
    await append(store, 20)
    await bus.relay(store, hears=False)
    assert "filled from another store" in await fenced(bus.tasks[-1])
    await store.close()
    await other.close()
    await append(bus.store, 1)
    await until(lambda: not bus.tasks[0].done())


async def test_a_stream_of_another_epoch_is_not_taken_over(bus: Bus) -> None:
    admin = await bus.admin()
    epoch = (await bus.store.head()).epoch
    made = await ensure_stream(admin.jetstream(), STORE, epoch)
    again = await ensure_stream(admin.jetstream(), STORE, epoch)
    assert made.created == again.created
    config = again.config
    assert (config.deny_delete, config.deny_purge, config.allow_direct) == (True, True, True)
    assert (config.max_age or 0, config.num_replicas) == (0, 1)
    await bus.database.admin.execute("UPDATE missing.head SET epoch = gen_random_uuid()")
    with pytest.raises(FencedError, match="filled from another store"):
        await ensure_stream(admin.jetstream(), STORE, (await bus.store.head()).epoch)


async def test_a_reader_does_not_go_on_in_another_history(bus: Bus) -> None:
    tail = await followed(bus, 100)
    digest = tail.reader.digest
    await bus.end(bus.tasks[0])
    await bus.restore(80)
    await append(bus.store, 60)
    await bus.delete_stream()
    await bus.relay()
    assert "position 100 is another event now" in await fenced(bus.tasks[0])
    assert tail.read[-1][0] == 100
    # One that starts there again knows by the digest that it kept.
    await bus.tail(after=100, digest=digest)
    assert "position 100 is another event now" in await fenced(bus.tasks[-1])


async def test_a_reader_that_waits_for_its_stream_looks_before_it_goes_on(bus: Bus) -> None:
    tail = await followed(bus, 100)
    await bus.end(bus.tasks[0])
    await bus.restore(80)
    await bus.delete_stream()
    await bus.relay()
    await until(lambda: "has not reached" in (tail.reader.waits_for or ""))
    await asyncio.sleep(0.2)
    await append(bus.store, 60)
    assert "position 100 is another event now" in await fenced(bus.tasks[0])
    assert tail.read[-1][0] == 100


async def test_a_stream_replaced_while_a_reader_makes_its_consumer(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = await followed(bus, 10)
    await bus.end(bus.tasks[0])
    make = Pull.open
    replaced = asyncio.Event()

    async def replace_and_make(pull: Pull, start: int) -> None:
        if not replaced.is_set():
            replaced.set()
            await bus.delete_stream()
            relay = await bus.relay()
            await until(lambda: relay.state.published == 20)
        await make(pull, start)

    monkeypatch.setattr(Pull, "open", replace_and_make)
    await bus.restore(5)
    await append(bus.store, 15)
    assert tail.reader._pull is not None
    tail.reader._pull.end()
    assert "position 10 is another event now" in await fenced(bus.tasks[0])
    assert tail.read[-1][0] == 10


async def test_a_reader_does_not_go_on_in_another_stores_stream(bus: Bus) -> None:
    await followed(bus, 10)
    await bus.end(bus.tasks[0])
    await bus.database.admin.execute("UPDATE missing.head SET epoch = gen_random_uuid()")
    await bus.delete_stream()
    await bus.relay()
    assert "filled from another store" in await fenced(bus.tasks[0])


async def test_a_reader_refuses_what_is_not_the_stores_event_of_that_position(bus: Bus) -> None:
    await followed(bus, 5)
    admin = await bus.admin()
    foreign = (await bus.store.after(0, 1))[0].body
    await admin.jetstream().publish(f"evt.{STORE}.x.y.v1", foreign)
    assert "something else" in await fenced(bus.tasks[1])
    # And the relay finds that the stream is not its own any more.
    assert f"differ at position {await bus.last_sequence()}" in await fenced(bus.tasks[0])
    assert stream_of(STORE) == "MISSING"
