"""What waits to be projected: taken from every source, merged, and opened before it is needed.

While one batch's transaction waits for the database, the next one is decoded and its fields opened.
"""

import asyncio
from contextlib import aclosing
from types import TracebackType
from typing import Self, TypeVar

from shared.projecting.facts import Event
from shared.projecting.opening import Opener, Parked
from shared.projecting.parking import Batches

MAX_BATCH = 2000
MAX_BATCH_BYTES = 8 * 1024 * 1024
"""What came before this is reached is projected together; what is opened has it twice more."""

Batch = list[tuple[str, int, bytes]]
"""(source, position, body), in order within each source."""

Opening = asyncio.Task[tuple[list[Event], list[Parked]]]
"""A batch that is being opened; its failure is for whoever awaits it."""

T = TypeVar("T")


class Ahead:
    """The batches that follow these positions. Use it as an asynchronous context.

    Args:
        digests: of the event at each of these positions, as far as they are known.
    """

    def __init__(
        self,
        batches: Batches,
        opener: Opener,
        start: dict[str, int],
        digests: dict[str, bytes],
    ) -> None:
        self._batches = batches
        self._opener = opener
        self._start = start
        self._digests = digests
        self._raw: asyncio.Queue[Batch | Exception] = asyncio.Queue(maxsize=4)
        # One is opened ahead, and one more while that waits.
        self._ready: asyncio.Queue[tuple[Batch, Opening] | Exception] = asyncio.Queue(maxsize=1)
        self._openings: set[Opening] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to read."""
        self._tasks = [asyncio.create_task(self._pump(*each)) for each in self._start.items()]
        self._tasks.append(asyncio.create_task(self._open_ahead()))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop reading; what was opened and not used is let go."""
        ending = [*self._tasks, *self._openings]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def next(self) -> tuple[Batch, Opening]:
        """The next batch, as soon as there is one.

        Raises:
            Exception: whatever a source raised, once everything that came before it was handed out.
        """
        return _item(await self._ready.get())

    async def _pump(self, source: str, after: int) -> None:
        try:
            async with aclosing(self._batches(source, after, self._digests.get(source))) as found:
                async for messages in found:
                    await self._raw.put([(source, position, body) for position, body in messages])
        except Exception as reason:  # noqa: BLE001 (raised by `next`)
            await self._raw.put(reason)

    async def _open_ahead(self) -> None:
        try:
            while True:
                batch = _item(await self._raw.get())
                failure: Exception | None = None
                size = _bytes(batch)
                while (
                    len(batch) < MAX_BATCH
                    and size < MAX_BATCH_BYTES
                    and not self._raw.empty()
                    and failure is None
                ):
                    found = self._raw.get_nowait()
                    if isinstance(found, Exception):
                        failure = found
                    else:
                        batch = batch + found
                        size += _bytes(found)
                opening = asyncio.create_task(self._opener.opened(batch))
                self._openings.add(opening)
                opening.add_done_callback(self._openings.discard)
                await self._ready.put((batch, opening))
                if failure is not None:
                    _item(failure)
        except Exception as reason:  # noqa: BLE001 (raised by `next`)
            await self._ready.put(reason)


def _bytes(batch: Batch) -> int:
    return sum(len(body) for *_, body in batch)


def _item(item: T | Exception) -> T:
    if isinstance(item, Exception):
        raise item
    return item
