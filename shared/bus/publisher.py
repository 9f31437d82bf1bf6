"""Publishes in order with many acknowledgements outstanding.

Every message says which sequence it expects to come after, so a message is stored at its own
position or refused; nothing is ever stored twice, and a message that was stored proves every one
before it. So the acknowledgements may be awaited together, and the highest one is all that counts.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Self

import msgspec
from msgspec import Struct
from nats.aio.subscription import Subscription

from shared import failpoints
from shared.bus.connection import Connection
from shared.contracts.refusals import Unavailable

WINDOW = 1000
"""Unacknowledged messages. The server queues ten thousand; more than this gains nothing."""

WINDOW_BYTES = 16 * 1024 * 1024
"""Of them together, whatever their number: what waits to be sent is held in memory."""

ACK_SECONDS = 5.0
WRONG_LAST_SEQUENCE = 10071


class Overtaken(Exception):
    """The stream stands elsewhere than expected: another relay publishes, or it lost its tail."""


class _Error(Struct, frozen=True):
    code: int = 0
    err_code: int = 0


class _Ack(Struct, frozen=True):
    stream: str = ""
    seq: int = 0
    error: _Error | None = None


class Publisher:
    """One run of publishing, from a position that the stream is known to have reached.

    Args:
        connection: to publish on.
        after: the stream's last sequence.
        moved: called when an acknowledgement or a refusal has come.
    """

    def __init__(self, connection: Connection, after: int, moved: Callable[[], None]) -> None:
        self._connection = connection
        self._moved = moved
        self._decode = msgspec.json.Decoder(_Ack).decode
        self._inbox = connection.new_inbox()
        self._room = asyncio.Event()
        self._failure: Exception | None = None
        self._subscription: Subscription | None = None
        self._pages: deque[tuple[int, int]] = deque()
        self.sent = after
        self.acknowledged = after

    async def __aenter__(self) -> Self:
        self._subscription = await self._connection.listen(self._inbox, self._on_ack)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._subscription is not None:
            await self._connection.unlisten(self._subscription)

    async def send(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish the next messages (subject, body). Waits until there is room for all of them.

        Raises:
            Overtaken, Unavailable: see `check`.
        """
        await self.drain(max(0, WINDOW - len(messages)))
        size = sum(len(body) for _, body in messages)
        while (held := self._held()) and held + size > WINDOW_BYTES:
            await self.drain(self.sent - self._pages[0][0])
        commands = []
        for subject, body in messages:
            header = b"NATS/1.0\r\nNats-Expected-Last-Sequence: %d\r\n\r\n" % self.sent
            self.sent += 1
            commands.append(
                b"HPUB %s %s %d %d\r\n%s%s\r\n"
                % (
                    subject.encode(),
                    self._inbox.encode(),
                    len(header),
                    len(header) + len(body),
                    header,
                    body,
                )
            )
        self._pages.append((self.sent, size))
        async with failpoints.step("publish"):
            await self._connection.write(commands)

    def _held(self) -> int:
        """The bytes of what was sent and is not acknowledged, to the page."""
        while self._pages and self._pages[0][0] <= self.acknowledged:
            self._pages.popleft()
        return sum(size for _, size in self._pages)

    async def drain(self, outstanding: int = 0) -> None:
        """Wait until no more than so many messages are unacknowledged.

        Raises:
            Overtaken, Unavailable: see `check`.
        """
        self.check()
        while self.sent - self.acknowledged > outstanding:
            before = self.acknowledged
            self._room.clear()
            try:
                async with asyncio.timeout(ACK_SECONDS):
                    await self._room.wait()
            except TimeoutError:
                if self.acknowledged == before:
                    raise Unavailable("the bus does not acknowledge events") from None
            self.check()

    def check(self) -> None:
        """Make sure that nothing has gone wrong.

        Raises:
            Overtaken: a message was refused for its sequence.
            Unavailable: the stream is gone or refuses messages.
        """
        if self._failure is not None:
            raise self._failure

    def fail(self, reason: Exception) -> None:
        """End this run: whoever waits or sends is told why. The first reason counts."""
        self._failure = self._failure or reason
        self._room.set()
        self._moved()

    def _on_ack(self, subject: bytes, reply: bytes, data: bytes, headers: bytes | None) -> None:  # noqa: ARG002 (a lane)
        if headers is not None:  # a status: nobody listens on that subject
            self.fail(Unavailable("the stream is gone"))
            return
        try:
            ack = self._decode(data)
        except msgspec.DecodeError:
            self.fail(Unavailable("the bus gave an answer that is not an acknowledgement"))
            return
        if ack.error is None:
            self.acknowledged = max(self.acknowledged, ack.seq)
            self._room.set()
            if self.acknowledged == self.sent:
                self._moved()
        elif ack.error.err_code == WRONG_LAST_SEQUENCE:
            self.fail(Overtaken("the stream's last sequence is another one"))
        else:
            self.fail(Unavailable(f"the stream refuses events (code {ack.error.err_code})"))
