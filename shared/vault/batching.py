"""One worker that takes everything that waits: many callers, one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

I = TypeVar("I")  # noqa: E741 (item)
R = TypeVar("R")

MAX_BATCH = 1000
"""A larger batch gains nothing and makes the callers at its head wait."""


@dataclass
class Waiting(Generic[I, R]):
    """An item, and the caller who waits for what becomes of it."""

    item: I
    outcome: asyncio.Future[R]

    def resolve(self, result: R) -> None:
        """Give the caller its result, unless it has stopped waiting."""
        if not self.outcome.done():
            self.outcome.set_result(result)

    def refuse(self, reason: BaseException) -> None:
        """Give the caller a refusal, unless it has stopped waiting."""
        if not self.outcome.done():
            self.outcome.set_exception(reason)


class Batcher(Generic[I, R]):
    """Hands waiting items to `carry_out`, a batch at a time, in the order in which they came.

    `carry_out` resolves or refuses each item itself; if it raises, every item of the batch that it
    did not answer is refused with what it raised. A caller that is cancelled does not take its item
    back: it may still be carried out.
    """

    def __init__(self, carry_out: Callable[[list[Waiting[I, R]]], Awaitable[None]]) -> None:
        self._carry_out = carry_out
        self._waiting: list[Waiting[I, R]] = []
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._closing = False

    async def submit(self, item: I) -> R:
        """Wait until the item was carried out, and return what became of it."""
        if self._closing:
            raise RuntimeError("closed")
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        waiting: Waiting[I, R] = Waiting(item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._wake.set()
        return await waiting.outcome

    async def close(self) -> None:
        """Carry out what still waits, then stop."""
        self._closing = True
        self._wake.set()
        if self._worker is not None:
            await self._worker

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                try:
                    await self._carry_out(batch)
                except Exception as reason:  # noqa: BLE001 (each caller gets it)
                    for waiting in batch:
                        waiting.refuse(reason)
                    # Callers that nobody awaits any more would log their exception as unretrieved.
                    for waiting in batch:
                        if not waiting.outcome.cancelled():
                            waiting.outcome.exception()
            if self._closing:
                return
