"""A connection to NATS that outlives every server, with two fast lanes past the client's own paths.

nats-py makes an object, a queue entry and a parsed header of every message, and several copies of
every publish: at thousands a second that is most of the work. `listen` and `write` go past it.
They, and the repairs below, use inner parts of nats-py; its version is locked and the tests notice.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.contracts.refusals import Unavailable

RECONNECT_SECONDS = 0.2
CONNECT_SECONDS = 2
PING_SECONDS = 10  # two unanswered: a line that is dead without a sign
VIOLATION = re.compile(r"permissions violation for (publish|subscription) to \"([^\"]+)\"")
DOWN = "the bus does not answer"

Lane = Callable[[bytes, bytes, bytes, bytes | None], None]
"""Takes subject, reply, data and raw headers. It may neither raise nor block: it runs where the
socket is read."""

Listener = Callable[[str | None], None]
"""Told of a change: None when the connection was lost or made, else a subject (in lower case) to
which the server lets this user neither publish nor subscribe."""

log = structlog.get_logger("throughline.bus")


class NotAllowed(Exception):
    """The server does not let this user do that: its permissions, or ours, are wrong."""


class Connection(Client):
    """See `connect`.

    Attributes:
        user: whose connection it is.
        trouble: why it is not connected, in words that hold no data; None while it is.
    """

    def __init__(self, user: str) -> None:
        super().__init__()
        self.user = user
        self.trouble: str | None = DOWN
        self._lanes: dict[int, Lane] = {}
        self._listeners: set[Listener] = set()
        self._asked: dict[asyncio.Future[Exception], str] = {}
        self._up = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None

    def start(self, url: str, password: str, name: str) -> None:
        """Begin to connect, and never stop trying."""
        self._connecting = asyncio.create_task(self._begin(url, password, name))

    async def _begin(self, url: str, password: str, name: str) -> None:
        await self.connect(
            url.split(","),
            name=name,
            user=self.user,
            password=password,
            inbox_prefix=f"_INBOX_{self.user}",
            error_cb=self._on_error,
            disconnected_cb=self._on_down,
            reconnected_cb=self._on_up,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type] # it only sleeps so long
            connect_timeout=CONNECT_SECONDS,
            ping_interval=PING_SECONDS,
        )
        await self._on_up()

    @property
    def up(self) -> bool:
        """Whether the server is connected now."""
        return self._up.is_set() and self.is_connected

    async def ready(self, within: float | None = None) -> None:
        """Wait until the server is connected.

        Raises:
            Unavailable: not within so many seconds; says why.
        """
        try:
            async with asyncio.timeout(within):
                while not self.up:
                    self._up.clear()
                    await self._up.wait()
        except TimeoutError:
            raise Unavailable(self.trouble or DOWN) from None

    async def close(self) -> None:
        """Disconnect for good."""
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
            if self._transport is None:
                return
        await super().close()

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Have a listener told of changes.

        Returns:
            What ends that.
        """
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def listen(self, subject: str, lane: Lane) -> Subscription:
        """Subscribe with a lane; give the subscription to `unlisten` when done."""
        subscription = await self.subscribe(subject, cb=_nothing)
        self._lanes[subscription._id] = lane  # noqa: SLF001 (it has no other name)
        return subscription

    async def unlisten(self, subscription: Subscription) -> None:
        """End a subscription made by `listen`."""
        self._lanes.pop(subscription._id, None)  # noqa: SLF001 (it has no other name)
        if not self.is_closed:
            await subscription.unsubscribe()

    async def write(self, commands: Sequence[bytes]) -> None:
        """Send whole protocol commands as they are; does not wait for the socket.

        The caller bounds what is on its way, by what it lets stand unanswered. What the connection
        takes down with it may still be sent when it is back.

        Raises:
            Unavailable: not connected; nothing is kept for later.
        """
        if not self.up:
            raise Unavailable(DOWN)
        # Not the client's own way: past a limit that one waits until there is a connection again.
        self._pending += commands
        self._pending_data_size += sum(map(len, commands))
        await self._flush_pending()

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float = 0.5,  # noqa: ASYNC109 (as the client has it)
        old_style: bool = False,
        headers: dict[str, Any] | None = None,
    ) -> Msg:
        """As the client's, but what cannot be answered is not waited for.

        Raises:
            NotAllowed: the user may not publish to this subject.
            Unavailable: not connected, or not any more.
        """
        if not self.up:
            raise Unavailable(DOWN)
        refused: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._asked[refused] = subject.lower()
        answer = asyncio.create_task(super().request(subject, payload, timeout, old_style, headers))
        either: set[asyncio.Future[Any]] = {answer, refused}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise refused.result()
            return await answer
        finally:
            answer.cancel()
            del self._asked[refused]

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        lane = self._lanes.get(sid)
        if lane is None:
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            lane(subject, reply, data, headers)

    async def _process_err(self, err_msg: str) -> None:
        """The client closes for good after most errors that a server tells; this one comes back."""
        if "permissions violation" in err_msg:
            await super()._process_err(err_msg)
        else:
            await self._process_op_err(errors.Error(err_msg))

    async def _on_error(self, error: Exception) -> None:
        text = str(error).lower()
        if (found := VIOLATION.search(text)) is not None:
            verb = "publish" if found[1] == "publish" else "subscribe"
            reason = f"the bus user {self.user} may not {verb} to {found[2]}"
            log.error("bus-not-allowed", reason=reason)
            self._refuse(NotAllowed(reason), found[2])
            self._tell(found[2])
            return
        if "authorization violation" in text and not self.up:
            trouble = f"the server does not accept the bus user {self.user}"
            if trouble != self.trouble:
                log.error("bus-not-accepted", reason=trouble)
            self.trouble = trouble
        # Any other text may hold anything, and while a server is down there is one every moment.
        log.debug("bus-error", user=self.user, kind=type(error).__name__)

    async def _on_down(self) -> None:
        self._up.clear()
        self.trouble = DOWN
        if not self.is_closed:
            log.warning("bus-lost", user=self.user)
        self._refuse(Unavailable(DOWN))
        self._tell(None)

    async def _on_up(self) -> None:
        self.trouble = None
        self._up.set()
        log.info("bus-connected", user=self.user)
        self._tell(None)

    def _refuse(self, reason: Exception, subject: str | None = None) -> None:
        """Tell whoever has asked (on this subject) that there will be no answer."""
        for refused, asked in self._asked.items():
            if subject in {None, asked} and not refused.done():
                refused.set_result(reason)

    def _tell(self, refused: str | None) -> None:
        for listener in tuple(self._listeners):
            listener(refused)


async def connect(url: str, *, user: str, password: str, name: str) -> Connection:
    """A connection that is being made: returns at once, and tries for ever, as it does when lost.

    Args:
        url: one address, or several with commas between.
        user: whose name is also in the prefix of its inbox, which nobody else may read.
        password: the user's.
        name: what the server shows for it.
    """
    connection = Connection(user)
    connection.start(url, password, name)
    return connection


async def _nothing(message: Msg) -> None:
    """The client wants a callback; the messages go to the lane."""
