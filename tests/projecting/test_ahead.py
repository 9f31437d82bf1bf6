"""What is read ahead of the projector: in order, to the last before a failure, and bounded."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from shared.contracts.refusals import Unavailable
from shared.projecting.ahead import MAX_BATCH, MAX_BATCH_BYTES, Ahead, Batch
from shared.projecting.facts import Event
from shared.projecting.opening import Opener, Parked

SOURCE = "missing"


class Unreadable:
    """Opens nothing: it puts every event aside, and counts what it was given."""

    def __init__(self) -> None:
        self.given = 0

    async def opened(self, batch: Batch) -> tuple[list[Event], list[Parked]]:
        """See `Opener.opened`."""
        self.given += len(batch)
        await asyncio.sleep(0)
        return [], [Parked(source, position, "unreadable") for source, position, _ in batch]


class Stream:
    """Hands out batches of so many messages, and then ends as it was told."""

    def __init__(
        self, sizes: list[int], failure: Exception | None = None, body: bytes = b""
    ) -> None:
        self._sizes = sizes
        self._body = body
        self._failure = failure

    async def batches(
        self,
        source: str,
        after: int,
        digest: bytes | None = None,
    ) -> AsyncGenerator[list[tuple[int, bytes]], None]:
        """See `Batches`."""
        for size in self._sizes:
            yield [(after + number, self._body) for number in range(1, size + 1)]
            after += size
        if self._failure is not None:
            raise self._failure
        await asyncio.Event().wait()


def ahead_of(stream: Stream, opener: Any) -> Ahead:
    return Ahead(cast("Any", stream.batches), cast("Opener", opener), {SOURCE: 0}, {})


async def until_still() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_a_failure_is_raised_after_everything_that_came_before_it() -> None:
    async with ahead_of(Stream([2, 2], Unavailable("away")), Unreadable()) as ahead:
        await until_still()
        seen: list[int] = []
        while len(seen) < 4:
            _, opened = await ahead.next()
            assert opened is not None
            seen += [item.position for item in opened[1]]
        with pytest.raises(Unavailable):
            await ahead.next()
    assert seen == [1, 2, 3, 4]


@pytest.mark.asyncio
async def test_a_backlog_is_opened_a_bounded_way_ahead_and_handed_out_in_large_batches() -> None:
    opener = Unreadable()
    async with ahead_of(Stream([500] * 60), opener) as ahead:
        await until_still()
        assert opener.given <= 3 * (MAX_BATCH + 500)
        taken = 0
        while taken < 30_000:
            batch, opened = await ahead.next()
            assert opened is not None
            assert [position for _, position, _ in batch] == list(
                range(taken + 1, taken + len(batch) + 1)
            )
            assert len(batch) < MAX_BATCH + 500
            taken += len(batch)
            await until_still()
    assert taken == 30_000


@pytest.mark.asyncio
async def test_large_events_end_a_batch_by_their_bytes() -> None:
    body = b"x" * (MAX_BATCH_BYTES // 4)
    async with ahead_of(Stream([2] * 12, body=body), Unreadable()) as ahead:
        seen = 0
        while seen < 24:
            await until_still()
            batch, opened = await ahead.next()
            assert opened is not None
            seen += len(batch)
            assert len(batch) * len(body) <= MAX_BATCH_BYTES + 2 * len(body)


@pytest.mark.asyncio
async def test_what_is_opened_by_now_is_one_batch() -> None:
    opener = Unreadable()
    async with ahead_of(Stream([3, 4, 5]), opener) as ahead:
        await until_still()
        batch, opened = await ahead.next()

    assert opened is not None
    assert [position for _, position, _ in batch] == list(range(1, 13))
    assert [parked.position for parked in opened[1]] == list(range(1, 13))


class Away(Unreadable):
    """Does not answer the first time."""

    async def opened(self, batch: Batch) -> tuple[list[Event], list[Parked]]:
        """See `Opener.opened`."""
        if not self.given:
            self.given = len(batch)
            raise Unavailable("away")
        return await super().opened(batch)


@pytest.mark.asyncio
async def test_a_batch_that_could_not_be_opened_is_handed_out_by_itself_and_in_its_place() -> None:
    async with ahead_of(Stream([3] * 8), Away()) as ahead:
        await until_still()
        batch, opened = await ahead.next()
        behind, opened_behind = await ahead.next()

    assert opened is None
    assert opened_behind is not None
    positions = [position for _, position, _ in batch + behind]
    assert positions == list(range(1, len(positions) + 1))
