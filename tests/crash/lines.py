"""A TCP line of our own between two programs: it can be cut, slowed and hung."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

LOOPBACK = "127.0.0.1"
CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""Closing a socket that lingers for no time resets its connection."""

R = TypeVar("R")


class Wires:
    """A thread with an event loop, on which lines run apart from whatever the test does."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._lines: list[Line] = []

    def line(self, to: Callable[[], int]) -> "Line":
        """A new line to a port of this machine, asked for at each connection."""
        line = Line(to, self.run)
        self.run(line.open())
        self._lines.append(line)
        return line

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Have the thread do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        """Cut every line for good."""
        for line in self._lines:
            self.run(line.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@dataclass(eq=False)
class Line:
    """One line: connections to `port` go on to the port that `to` says.

    Attributes:
        cuts: how many connections were cut.
    """

    to: Callable[[], int]
    run: Callable[[Coroutine[Any, Any, None]], None]
    port: int = 0
    cuts: int = 0
    _delay: float = 0.0
    _flows: asyncio.Event = field(default_factory=asyncio.Event)
    _sockets: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        """Take connections."""
        self._flows.set()
        self._server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Reset every connection on the line; new ones are taken."""
        self.run(self._cut())

    def slow(self, seconds: float) -> None:
        """Let each part of what is sent take so long, each way; 0 for none."""
        self.run(self._slow(seconds))

    def hang(self) -> None:
        """Let nothing through any more, without a sign; connections are still taken."""
        self.run(self._hang())

    def resume(self) -> None:
        """Let through what was held back."""
        self.run(self._resume())

    async def close(self) -> None:
        """Take no more connections, and cut those there are."""
        if self._server is not None:
            self._server.close()
        await self._resume()
        await self._cut()

    async def _cut(self) -> None:
        for writer in tuple(self._sockets):
            found: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
            self.cuts += 1

    async def _slow(self, seconds: float) -> None:
        self._delay = seconds

    async def _hang(self) -> None:
        self._flows.clear()

    async def _resume(self) -> None:
        self._flows.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.to())
        except OSError:
            writer.transport.abort()
            return
        self._sockets |= {writer, far_writer}
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self._sockets -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await asyncio.sleep(self._delay)
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()
