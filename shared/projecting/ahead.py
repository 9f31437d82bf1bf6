"""What waits to be projected: taken from every source, merged, and opened before it is needed.

While one batch's transaction waits for the database, what comes meanwhile is decoded and its fields
are opened; the next transaction takes all of it. So an event waits for the transaction that it
finds under way, and for no other.
"""

import asyncio
from collections import deque
from contextlib import aclosing, suppress
from dataclasses import dataclass
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

Opened = tuple[list[Event], list[Parked]]
"""What became of a batch."""

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
        self._ready: deque[_Ready | Exception] = deque()
        self._changed = asyncio.Condition()
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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def next(self) -> tuple[Batch, Opened | None]:
        """Everything that is opened by now, as one batch; or the first that will be.

        Returns:
            The batch, and what became of it: None where opening it failed, and is to be tried again
            by whoever needs it.

        Raises:
            Exception: whatever a source raised, once everything that came before it was handed out.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._ready)
            found = _item(self._ready.popleft())
            while (more := self._that_fits(found)) is not None:
                self._ready.popleft()
                found = more
            self._changed.notify_all()
        return found.batch, found.opened

    def _that_fits(self, found: "_Ready") -> "_Ready | None":
        """What was found and what is next as one, if that is not too large."""
        more = self._ready[0] if self._ready else None
        if found.opened is None or not isinstance(more, _Ready) or more.opened is None:
            return None
        if len(found.batch) + len(more.batch) > MAX_BATCH:
            return None
        if found.size + more.size > MAX_BATCH_BYTES:
            return None
        (events, parked), (more_events, more_parked) = found.opened, more.opened
        opened = events + more_events, parked + more_parked
        return _Ready(found.batch + more.batch, opened, found.size + more.size)

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
                await self._hand_out(batch, size)
                if failure is not None:
                    _item(failure)
        except Exception as reason:  # noqa: BLE001 (raised by `next`)
            async with self._changed:
                self._ready.append(reason)
                self._changed.notify_all()

    async def _hand_out(self, batch: Batch, size: int) -> None:
        """Open a batch, and wait until there is room for it: a full one opened is enough."""
        opened: Opened | None = None
        with suppress(Exception):  # whoever needs it tries again, and learns why
            opened = await self._opener.opened(batch)
        async with self._changed:
            await self._changed.wait_for(self._has_room)
            self._ready.append(_Ready(batch, opened, size))
            self._changed.notify_all()

    def _has_room(self) -> bool:
        waiting = [each for each in self._ready if isinstance(each, _Ready)]
        return (
            sum(len(each.batch) for each in waiting) < MAX_BATCH
            and sum(each.size for each in waiting) < MAX_BATCH_BYTES
        )


@dataclass(frozen=True, slots=True)
class _Ready:
    """A batch that may be projected. `size` is its bytes."""

    batch: Batch
    opened: Opened | None
    size: int


def _bytes(batch: Batch) -> int:
    return sum(len(body) for *_, body in batch)


def _item(item: T | Exception) -> T:
    if isinstance(item, Exception):
        raise item
    return item
