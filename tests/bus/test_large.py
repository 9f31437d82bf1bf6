"""Large events, as photographs are: all of them, in order, and memory as bounded as with small."""

import pytest

import shared.bus.publisher as publisher_module
import shared.bus.pull as pull_module
import shared.bus.reader as reader_module
from shared.eventstore.append import Append
from shared.eventstore.pages import PAGE_BYTES, is_full
from tests.bus.support import Bus, event, stored

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

LARGE = 270_000
COUNT = 120
"""Together four pages in bytes, and not one in number."""


async def append_large(bus: Bus, count: int = COUNT) -> None:
    for _ in range(count // 10):
        await bus.store.append(Append(tuple(event(fill=LARGE) for _ in range(10))))


async def test_a_page_of_large_events_ends_by_its_bytes_and_the_next_goes_on(bus: Bus) -> None:
    await append_large(bus)
    seen: list[int] = []
    pages = 0
    while page := await bus.store.after(seen[-1] if seen else 0):
        seen += [found.position for found in page]
        pages += 1
        assert sum(len(found.body) for found in page) < PAGE_BYTES + LARGE + 1000
        assert is_full(found.body for found in page) == (seen[-1] < COUNT)
    assert seen == list(range(1, COUNT + 1))
    assert pages == 4


async def test_an_event_larger_than_a_page_is_read_alone(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = event(fill=2 * PAGE_BYTES)
    await bus.store.append(Append((event(), huge, event())))
    assert [found.position for found in await bus.store.after(0)] == [1, 2]
    assert [found.position for found in await bus.store.after(1)] == [2]
    assert [found.position for found in await bus.store.after(2)] == [3]


async def test_large_events_pass_the_bus_and_no_step_holds_many(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append_large(bus)
    sent: list[int] = []
    waiting: list[int] = []
    held, supply = publisher_module.Publisher._held, pull_module.Pull.supply

    def measured(publisher: publisher_module.Publisher) -> int:
        sent.append(held(publisher))
        return sent[-1]

    async def supplied(pull: pull_module.Pull) -> None:
        waiting.append(sum(len(body) for _, body in pull.received))
        assert waiting[-1] == pull._bytes
        await supply(pull)

    monkeypatch.setattr(publisher_module.Publisher, "_held", measured)
    monkeypatch.setattr(pull_module.Pull, "supply", supplied)
    await bus.relay()
    tail = await bus.tail(pause=0.02)
    batches: list[int] = []
    take = reader_module.Reader._read

    def taken(reader: reader_module.Reader, batch: list[tuple[int, bytes]]) -> None:
        batches.append(sum(len(body) for _, body in batch))
        take(reader, batch)

    monkeypatch.setattr(reader_module.Reader, "_read", taken)
    await tail.reaches(COUNT, 30)

    assert tail.read == await stored(bus.store)
    room = LARGE + 1000
    assert max(sent) <= publisher_module.WINDOW_BYTES + room
    assert max(batches) <= reader_module.MAX_BATCH_BYTES + room
    assert max(waiting) <= 3 * pull_module.REQUEST_BYTES + room
