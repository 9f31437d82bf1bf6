"""A reader's own promises: holes filled, duplicates dropped, memory bounded."""

import asyncio

import pytest

from shared.bus import FencedError, Message, Reader
from shared.bus import pull as pull_module
from shared.contracts.envelope import MAX_EVENT_BYTES
from shared.contracts.refusals import Unavailable
from shared.eventstore.append import Append
from tests.bus.support import STORE, Bus, append, event, stored, until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def torn(bus: Bus, events: int, holes: list[int]) -> None:
    """A stream that has lost some of its events."""
    await append(bus.store, events)
    await bus.tearable_stream()
    relay = await bus.relay()
    await until(lambda: relay.state.published == events)
    js = (await bus.admin()).jetstream()
    for position in holes:
        await js.delete_msg("MISSING", position)


async def test_holes_are_filled_from_the_owners_feed(bus: Bus) -> None:
    await torn(bus, 300, [1, 2, 50, *range(100, 140), 299])
    asked: list[tuple[int, int]] = []

    async def refill(after: int, limit: int) -> list[Message]:
        asked.append((after, limit))
        if len(asked) == 2:
            raise Unavailable("the feed does not answer")
        return [(e.position, e.body) for e in await bus.store.after(after, min(limit, 15))]

    tail = await bus.tail(refill=refill)
    await tail.reaches(300)
    assert tail.read == await stored(bus.store)
    assert asked[0] == (0, 2)
    assert {after for after, _ in asked} == {0, 49, 99, 114, 129, 298}


async def test_without_a_feed_a_hole_is_waited_for(bus: Bus) -> None:
    await torn(bus, 100, [60])
    tail = await bus.tail()
    await until(lambda: tail.reader.waits_for == "the stream has a hole")
    assert tail.reader.position == 59
    await bus.delete_stream()
    await tail.reaches(100)
    assert tail.read == await stored(bus.store)
    assert tail.reader.waits_for is None


async def test_a_feed_out_of_order_is_refused(bus: Bus) -> None:
    await torn(bus, 10, [4, 5])

    async def refill(after: int, limit: int) -> list[Message]:
        return [(e.position, e.body) for e in reversed(await bus.store.after(after, limit))]

    await bus.tail(refill=refill)
    with pytest.raises(FencedError, match="not in order"):
        await asyncio.wait_for(bus.tasks[-1], 5)


async def test_what_is_delivered_twice_is_handed_out_once(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = pull_module.Pull._on_message

    def twice(pull: pull_module.Pull, *message: bytes) -> None:
        take(pull, *message)
        if message[1]:
            take(pull, *message)

    monkeypatch.setattr(pull_module.Pull, "_on_message", twice)
    await append(bus.store, 500)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(500)
    assert tail.read == await stored(bus.store)


async def test_a_slow_caller_is_not_flooded(bus: Bus) -> None:
    await append(bus.store, 6000, each=500)
    await bus.relay()
    tail = await bus.tail(pause=0.005, at_most=100)
    most = 0
    while not tail.read or tail.read[-1][0] < 6000:
        if tail.reader._pull is not None:
            most = max(most, len(tail.reader._pull.received))
        await asyncio.sleep(0.001)
    assert tail.read == await stored(bus.store)
    assert 0 < most <= 2 * pull_module.REQUEST_MESSAGES


async def test_a_caller_that_takes_longer_than_its_consumer_lives(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_module, "IDLE_SECONDS", 0.3)
    await append(bus.store, 4500, each=500)
    await bus.relay()
    tail = await bus.tail(pause=1.2)
    await tail.reaches(1)
    await asyncio.sleep(1.0)
    tail.pause = 0.0
    await tail.reaches(4500)
    assert tail.read == await stored(bus.store)


async def test_a_consumer_that_dies_without_a_word_is_replaced(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_module, "SILENCE_SECONDS", 0.5)
    await append(bus.store, 10)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(10)
    # As if what the server says about its consumer never arrived.
    monkeypatch.setattr(pull_module.Pull, "end", lambda _: None)
    await remove_consumers(bus)
    await append(bus.store, 10)
    await tail.reaches(20)
    assert tail.read == await stored(bus.store)


async def test_a_consumer_that_is_removed_is_replaced_at_once(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_module, "SILENCE_SECONDS", 60.0)
    await append(bus.store, 10)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(10)
    await remove_consumers(bus)
    await append(bus.store, 10)
    await tail.reaches(20, seconds=5)
    assert tail.read == await stored(bus.store)


async def remove_consumers(bus: Bus) -> None:
    js = (await bus.admin()).jetstream()
    for consumer in await js.consumers_info("MISSING"):
        await js.delete_consumer("MISSING", consumer.name)


async def test_events_larger_than_a_whole_request_pass_without_a_pause(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_module, "SILENCE_SECONDS", 60.0)
    for _ in range(12):
        await bus.store.append(Append((event(fill=MAX_EVENT_BYTES - 2000),)))
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(12)
    assert tail.read == await stored(bus.store)


async def test_a_batch_is_no_larger_than_asked_and_the_consumer_goes_with_the_reader(
    bus: Bus,
) -> None:
    await append(bus.store, 100)
    await bus.relay()
    tail = await bus.tail()
    await tail.reaches(100)
    batches = Reader(await bus.connection("reader"), STORE, 10).batches(max=7)
    assert [position for position, _ in await anext(batches)] == list(range(11, 18))
    js = (await bus.admin()).jetstream()
    assert len(await js.consumers_info("MISSING")) == 2
    await batches.aclose()

    async def one_left() -> bool:
        return len(await js.consumers_info("MISSING")) == 1

    await until(one_left)
