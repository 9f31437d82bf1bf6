"""Every event, in order, once: from many writers, and while nothing happens."""

import asyncio
import sys
import time

import pytest
from nats.aio.msg import Msg

from shared.bus import relay as relay_module
from shared.contracts import envelope
from shared.contracts.registry import Registry
from tests.bus.support import Bus, append, stored, until, write

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def test_a_reader_gets_the_stores_own_bytes_under_its_own_positions(bus: Bus) -> None:
    await append(bus.store, 1200)
    relay = await bus.relay()
    tail = await bus.tail()
    await tail.reaches(1200)
    await append(bus.store, 5, each=1)
    await tail.reaches(1205)
    assert tail.read == await stored(bus.store)
    await until(lambda: relay.state.published == 1205)
    assert (relay.state.lag, relay.state.error, tail.reader.waits_for) == (0, None, None)


async def test_nothing_is_missed_while_16_writers_of_two_processes_append(bus: Bus) -> None:
    await bus.relay()
    tail = await bus.tail()
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bus.writer", bus.database.url("missing"), "2400", "8"
    )
    await write(bus.store, 2400, 8, pause=0.002)
    assert await other.wait() == 0
    expected = await stored(bus.store)
    assert [position for position, _ in expected] == list(range(1, 4801))
    await tail.reaches(4800)
    assert tail.read == expected


async def test_a_second_relay_is_harmless(bus: Bus) -> None:
    first, second = await bus.relay(), await bus.relay()
    tail = await bus.tail()
    await write(bus.store, 1600, 8, pause=0.002)
    await tail.reaches(1600)
    assert tail.read == await stored(bus.store)
    await until(lambda: first.state.published == second.state.published == 1600)
    assert not first.state.fenced
    assert not second.state.fenced


async def test_a_relay_that_is_ended_anywhere_is_continued_by_the_next(bus: Bus) -> None:
    tail = await bus.tail()
    writing = asyncio.create_task(write(bus.store, 1600, 8, pause=0.005))
    for turn in range(12):
        await bus.relay()
        await asyncio.sleep(0.02 + 0.015 * turn)
        await bus.end()
    await writing
    await bus.relay()
    await tail.reaches(1600)
    assert tail.read == await stored(bus.store)


async def test_an_event_is_heard_of_at_once_and_found_all_the_same_if_not(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 30.0)
    await bus.relay()
    tail = await bus.tail()
    await until(lambda: bus_is_quiet(bus))
    for position in range(1, 4):
        await append(bus.store, 1)
        await tail.reaches(position, seconds=5.0)
    # The line on which it hears is cut: it makes another.
    await bus.database.admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    await append(bus.store, 1)
    await tail.reaches(4, seconds=5.0)

    await bus.end(bus.tasks[0])
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 0.2)
    await bus.relay(hears=False)
    await append(bus.store, 1)
    await tail.reaches(5, seconds=3.0)


async def bus_is_quiet(bus: Bus) -> bool:
    """Whether the relay listens already."""
    found = await bus.database.admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    return bool(found)


async def test_idle_costs_next_to_nothing(bus: Bus) -> None:
    await append(bus.store, 10)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(10)
    await asyncio.sleep(0.3)
    before = time.process_time()
    await asyncio.sleep(1.0)
    assert time.process_time() - before < 0.15


async def test_what_is_published_names_nobody_outside_the_event(bus: Bus) -> None:
    seen: list[Msg] = []

    async def take(message: Msg) -> None:
        seen.append(message)

    admin = await bus.admin()
    await admin.subscribe("evt.>", cb=take)
    await append(bus.store, 3)
    await bus.relay()
    await until(lambda: len(seen) == 3)
    for position, message in enumerate(seen, start=1):
        assert message.subject == "evt.missing.episode.episode-reported.v1"
        assert message.headers == {"Nats-Expected-Last-Sequence": str(position - 1)}
        assert envelope.read(message.data).position == position


async def test_an_event_of_an_unknown_type_is_waited_for_not_skipped(bus: Bus) -> None:
    relay = await bus.relay(registry=Registry())
    await append(bus.store, 1)
    await until(lambda: relay.state.error is not None)
    assert relay.state.error == "the store holds an event type that this version does not know"
    assert relay.state.published == 0
    await bus.end()
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(1)
