"""A small HTTP client, so that a benchmark measures the server and not the client."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    """A request, ready to be sent."""

    raw: bytes

    @classmethod
    def of(cls, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> "Request":
        """From its parts."""
        head = [
            f"{method} {path} HTTP/1.1",
            "Host: bench",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        if body:
            head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return cls("\r\n".join([*head, "", ""]).encode() + body)


class Line:
    """One connection that is kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: Request) -> bytes:
        """Send a request; its answer's body.

        Raises:
            RuntimeError: the server did not say yes; a benchmark of refusals measures nothing.
        """
        self._writer.write(request.raw)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        body = await self._reader.readexactly(length)
        if not head.startswith("http/1.1 2"):
            raise RuntimeError(f"{head.partition(chr(13))[0]}: {body[:300]!r}")
        return body

    def close(self) -> None:
        """Let go."""
        self._writer.close()


@asynccontextmanager
async def lines(address: str, count: int) -> AsyncIterator[list[Line]]:
    """So many connections to a server."""
    parts = urlsplit(address)
    made = [Line(*await asyncio.open_connection(parts.hostname, parts.port)) for _ in range(count)]
    try:
        yield made
    finally:
        for line in made:
            line.close()


async def closed_loop(of: list[Line], requests: Iterator[Request]) -> tuple[int, float]:
    """Everybody asks again as soon as answered, until nothing is left: how many, in seconds."""
    asked = 0

    async def one(line: Line) -> None:
        nonlocal asked
        for request in requests:
            await line.ask(request)
            asked += 1

    started = time.perf_counter()
    await asyncio.gather(*[one(line) for line in of])
    return asked, time.perf_counter() - started


async def open_loop(
    rate: float, seconds: float, ask: Callable[[int], Awaitable[Any]]
) -> list[tuple[float, Any]]:
    """Ask at fixed moments, whether or not earlier ones were answered.

    Returns:
        For each the moment it was due (not sent: a late sender would hide waiting), and its answer.
    """
    count = int(rate * seconds)
    started = time.perf_counter() + 0.1

    async def one(number: int) -> tuple[float, Any]:
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        return due, await ask(number)

    return list(await asyncio.gather(*[one(number) for number in range(count)]))


class Pool:
    """Lends its lines, one caller at a time."""

    def __init__(self, of: list[Line]) -> None:
        self._free: asyncio.Queue[Line] = asyncio.Queue()
        for line in of:
            self._free.put_nowait(line)

    async def ask(self, request: Request) -> bytes:
        """Ask on whichever line is free."""
        line = await self._free.get()
        try:
            return await line.ask(request)
        finally:
            self._free.put_nowait(line)


def percentile(values: list[float], share: float) -> float:
    """The value below which so much of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
