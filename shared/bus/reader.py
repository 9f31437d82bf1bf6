"""Reads a store's events from its stream: every one, in order, once.

The reader's position is its own. Nothing the bus says moves it back or makes it skip: a stream that
is shorter is waited for, a hole is filled from the store's owner, another history is refused.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from hashlib import sha256

import nats.errors
import structlog
from nats.js.api import StreamInfo
from nats.js.errors import NotFoundError

from shared import failpoints
from shared.bus.connection import Connection, NotAllowed
from shared.bus.pull import Pull
from shared.bus.streams import FencedError, epoch_of, stream_of
from shared.contracts.refusals import Unavailable

Message = tuple[int, bytes]
"""A position and the event's bytes, as stored."""

Refill = Callable[[int, int], Awaitable[list[Message]]]
"""(after, limit) -> the events that follow a position, in order, at most so many."""

MAX_BATCH = 2000
MAX_BATCH_BYTES = 4 * 1024 * 1024
"""A batch of large events ends with the one that reaches this."""

SOURCE_WITHIN = 256
"""An event names its store within its first bytes (`shared.contracts.envelope`)."""

FIRST_RETRY_SECONDS = 0.05
LAST_RETRY_SECONDS = 1.0

log = structlog.get_logger("throughline.reader")


class _Wait(Exception):
    """Nothing can be read now, for a reason that passes by itself."""


TROUBLES = (_Wait, Unavailable, NotAllowed, nats.errors.Error, TimeoutError, OSError)
"""What may pass: the reader tries again."""


class Reader:
    """Follows the events of one store.

    Args:
        connection: as a user with `reader_permissions`.
        store: the store's name.
        after: the position after which to read.
        refill: the feed of the store's owner, for what the stream has lost. Without one the reader
            waits until the stream is whole again.
        digest: SHA-256 of the event at `after`, where the caller has kept it: then a store that was
            restored while nobody read is noticed too.

    Attributes:
        position: of the last event handed out.
        digest: SHA-256 of that event, if known.
        waits_for: why nothing comes, in words that tell nothing of any event; None if all is well.
    """

    def __init__(
        self,
        connection: Connection,
        store: str,
        after: int,
        refill: Refill | None = None,
        *,
        digest: bytes | None = None,
    ) -> None:
        self.position = after
        self.digest = digest
        self.waits_for: str | None = None
        self._connection = connection
        self._js = connection.jetstream()
        self._store = store
        self._stream = stream_of(store)
        self._source = b'"source":"/%s"' % store.encode()
        self._refill = refill
        self._epoch: str | None = None
        self._pull: Pull | None = None
        self._torn = False

    async def batches(self, max: int = MAX_BATCH) -> AsyncGenerator[list[Message], None]:  # noqa: A002 (as callers say it)
        """What there is, in order and without a gap, at most `max` at a time, for ever.

        A batch is bounded in bytes too (`MAX_BATCH_BYTES`, and the one event that passes it).

        What waits in memory behind a batch is bounded (`pull`), however slow the caller is.

        Raises:
            FencedError: the stream tells another history than the one read so far.
        """
        stop_watching = self._connection.on_change(self._on_change)
        retry = FIRST_RETRY_SECONDS
        try:
            while True:
                before = self.position
                try:
                    self._pull = await self._opened()
                    if not self._torn:
                        self.waits_for = None
                    async with aclosing(self._pulled(self._pull, max)) as pulled:
                        async for batch in pulled:
                            yield batch
                except TROUBLES as reason:
                    self._note(reason)
                finally:
                    await self._close()
                retry = FIRST_RETRY_SECONDS if self.position > before else retry
                await asyncio.sleep(retry)
                retry = min(2 * retry, LAST_RETRY_SECONDS)
        finally:
            stop_watching()

    async def _pulled(self, pull: Pull, limit: int) -> AsyncGenerator[list[Message], None]:
        while not pull.over or pull.received:
            if not pull.over:
                async with failpoints.step("fetch"):
                    await pull.supply()
                    await pull.wait()
            batch, gap = self._take(pull, limit)
            if batch:
                self._read(batch)
                yield batch
            if gap:
                async for filled in self._filled(gap, limit):
                    yield filled

    def _take(self, pull: Pull, limit: int) -> tuple[list[Message], int]:
        """The next messages, and the position before which some are missing, or 0."""
        batch: list[Message] = []
        expected = self.position + 1
        received = pull.received
        size = 0
        while received and len(batch) < limit and size < MAX_BATCH_BYTES:
            reply, body = received[0]
            sequence = _sequence(reply)
            if sequence > expected:
                return batch, sequence
            pull.take()
            if sequence < expected:
                continue  # delivered twice
            if not self._belongs(body, sequence):
                raise FencedError(
                    f"the stream {self._stream} holds at sequence {sequence} something else than "
                    f"the event of that position: another program publishes to it. Delete the "
                    f"stream ('nats stream rm {self._stream}'): it is filled again from the store."
                )
            batch.append((sequence, body))
            size += len(body)
            expected += 1
        return batch, 0

    def _belongs(self, body: bytes, sequence: int) -> bool:
        """Whether this is an event of the store, at its own position: the event itself says so."""
        start = b'{"position":%d,' % sequence
        return body.startswith(start) and body.find(self._source, 0, SOURCE_WITHIN) > 0

    async def _filled(self, gap: int, limit: int) -> AsyncGenerator[list[Message], None]:
        """What the stream has lost, from the store's owner."""
        if not self._torn:
            log.warning("stream-has-a-hole", stream=self._stream, after=self.position, before=gap)
        while self.position + 1 < gap:
            self._torn = True
            if self._refill is None:
                raise _Wait("the stream has a hole")
            async with failpoints.step("refill"):
                batch = await self._refill(self.position, min(limit, gap - 1 - self.position))
            if [position for position, _ in batch] != list(
                range(self.position + 1, self.position + 1 + len(batch))
            ):
                raise FencedError(f"the feed of {self._store} is not in order or has gaps")
            if not batch:
                raise _Wait("the stream has a hole, and the feed does not have those events yet")
            self._read(batch)
            yield batch

    def _read(self, batch: list[Message]) -> None:
        self.waits_for = None
        self._torn = False
        self.position, body = batch[-1]
        self.digest = sha256(body).digest()

    async def _opened(self) -> Pull:
        """A consumer of a stream that is certain to continue what was read so far."""
        await self._connection.ready(LAST_RETRY_SECONDS)
        info = await self._info()
        await self._check_history(info)
        pull = Pull(self._connection, self._js, self._stream)
        try:
            await pull.open(self.position + 1)
            again = await self._info()
        except BaseException:
            await pull.close()
            raise
        if again.created != info.created:
            await pull.close()
            raise _Wait("the stream is being made anew")
        return pull

    async def _info(self) -> StreamInfo:
        try:
            return await self._js.stream_info(self._stream)
        except NotFoundError:
            raise _Wait("there is no stream yet") from None

    async def _check_history(self, info: StreamInfo) -> None:
        epoch = epoch_of(info)
        if self._epoch is not None and epoch != self._epoch:
            raise self._other_history("it was filled from another store")
        self._epoch = epoch
        if info.state.last_seq < self.position:
            raise _Wait("the stream has not reached this reader's position again")
        if self.position == 0 or self.digest is None:
            return
        try:
            message = await self._js.get_msg(self._stream, self.position)
        except NotFoundError:
            return  # a hole just there; the positions that follow are checked all the same
        if sha256(message.data or b"").digest() != self.digest:
            raise self._other_history(f"position {self.position} is another event now")

    def _other_history(self, what: str) -> FencedError:
        return FencedError(
            f"the stream {self._stream} tells another history than the one read so far: {what}. "
            f"The store {self._store} was restored from an older backup or made anew. If it is the "
            "right one, rebuild what was made from its events; if not, restore the newer one."
        )

    async def _close(self) -> None:
        pull, self._pull = self._pull, None
        if pull is not None:
            with suppress(*TROUBLES):
                await pull.close()

    def _on_change(self, refused: str | None) -> None:
        if self._pull is not None and (refused is None or f".{self._stream.lower()}." in refused):
            self._pull.end()

    def _note(self, reason: Exception) -> None:
        """Keep why nothing comes; of others' errors only the kind, for they may quote data."""
        ours = isinstance(reason, _Wait | Unavailable | NotAllowed)
        waits_for = str(reason) if ours else type(reason).__name__
        if waits_for != self.waits_for:
            log.warning("reader-waits", stream=self._stream, reason=waits_for)
        self.waits_for = waits_for


def _sequence(reply: bytes) -> int:
    """The stream sequence in a message's reply subject, in either form that servers write."""
    tokens = reply.split(b".", 9)
    # $JS.ACK.<stream>.<consumer>.<delivered>.<sequence>..., or with <domain>.<account> before.
    return int(tokens[5] if len(tokens) == 9 else tokens[7])  # noqa: PLR2004
