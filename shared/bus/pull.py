"""One throw-away consumer of a stream, and the pull requests that keep it supplied.

Two requests are outstanding, so that the server fills one while the other is read. What waits
unread is never more than three of them, in messages and in bytes.
"""

import asyncio
import json
import secrets
from collections import deque

from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.bus.connection import Connection

REQUEST_MESSAGES = 1000
REQUEST_BYTES = 8 * 1024 * 1024
"""More than the largest event, or it would never come."""

EXPIRES_SECONDS = 30
HEARTBEAT_SECONDS = 2
SILENCE_SECONDS = 5.0
"""After more than two heartbeats missed nobody is there any more."""

IDLE_SECONDS = 60.0
"""A consumer that nobody pulls from is removed by the server; a slow reader gets another."""

_NANO = 1_000_000_000
_REQUEST = json.dumps(
    {
        "batch": REQUEST_MESSAGES,
        "max_bytes": REQUEST_BYTES,
        "expires": EXPIRES_SECONDS * _NANO,
        "idle_heartbeat": HEARTBEAT_SECONDS * _NANO,
    }
).encode()


class Pull:
    """Messages of a stream from a sequence on, as they come.

    Attributes:
        received: (reply, body) of what came and was not taken yet.
        over: whether this consumer is of no use any more; what it delivered still counts.
    """

    def __init__(self, connection: Connection, js: JetStreamContext, stream: str) -> None:
        self.received: deque[tuple[bytes, bytes]] = deque()
        self._bytes = 0
        self.over = False
        self._connection = connection
        self._js = js
        self._stream = stream
        self._name = f"r{secrets.token_hex(8)}"
        self._inbox = connection.new_inbox()
        self._wake = asyncio.Event()
        self._asked = 0
        self._heard = asyncio.get_running_loop().time()
        self._subscription: Subscription | None = None
        next_subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{self._name}"
        self._request = b"PUB %s %s %d\r\n%s\r\n" % (
            next_subject.encode(),
            self._inbox.encode(),
            len(_REQUEST),
            _REQUEST,
        )

    async def open(self, start: int) -> None:
        """Make the consumer.

        Raises:
            nats.errors.Error: there is no such stream, or JetStream does not answer.
        """
        self._subscription = await self._connection.listen(self._inbox, self._on_message)
        await self._js.add_consumer(
            self._stream,
            ConsumerConfig(
                name=self._name,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=start,
                # The position is the reader's own, kept beside what it makes of the events.
                ack_policy=AckPolicy.NONE,
                mem_storage=True,
                num_replicas=1,
                inactive_threshold=IDLE_SECONDS,
            ),
        )

    async def close(self) -> None:
        """Let the consumer go. The server removes it by itself if this does not arrive."""
        if self._subscription is None:
            return
        await self._connection.unlisten(self._subscription)
        if self._connection.up:
            await self._connection.publish(
                f"$JS.API.CONSUMER.DELETE.{self._stream}.{self._name}", reply=self._inbox
            )

    async def supply(self) -> None:
        """Ask for more where there is room for it.

        Raises:
            Unavailable: not connected.
        """
        while self._asked + len(self.received) <= REQUEST_MESSAGES and self._bytes <= REQUEST_BYTES:
            await self._connection.write([self._request])
            self._asked += REQUEST_MESSAGES

    def take(self) -> tuple[bytes, bytes]:
        """The first (reply, body) of what was received, which is taken from there."""
        message = self.received.popleft()
        self._bytes -= len(message[1])
        return message

    async def wait(self) -> None:
        """Wait until something has come or this consumer is over."""
        loop = asyncio.get_running_loop()
        while not self.received and not self.over:
            self._wake.clear()
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                if loop.time() - self._heard > SILENCE_SECONDS:
                    self.over = True
            if self._asked < REQUEST_MESSAGES:
                return

    def end(self) -> None:
        """Say that this consumer is of no use any more."""
        self.over = True
        self._wake.set()

    def _on_message(self, subject: bytes, reply: bytes, data: bytes, headers: bytes | None) -> None:  # noqa: ARG002 (a lane)
        if reply.startswith(b"$JS.ACK."):
            self._asked -= 1
            self.received.append((reply, data))
            self._bytes += len(data)
            self._wake.set()
            return
        self._heard = asyncio.get_running_loop().time()
        status = (headers or b"")[9:12]
        if status == b"100":
            return
        unserved = _unserved(headers or b"")
        if unserved is None:
            # The consumer or its stream is gone, or the server is about to go.
            self.end()
            return
        self._asked -= unserved
        self._wake.set()


def _unserved(headers: bytes) -> int | None:
    """How many messages a finished request did not get; None if it was not finished but refused."""
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"Nats-Pending-Messages" and value.strip().isdigit():
            return int(value)
    return None
