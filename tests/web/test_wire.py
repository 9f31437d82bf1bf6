"""What comes over the line and is no request is refused as a problem, and never kept."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from shared.web.wire import MAX_HEAD_BYTES, Wire
from tests.web.app import CANARY, headers, small_app
from tests.web.hostile import GOOD

pytestmark = pytest.mark.asyncio
GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[int]:
    """A small service on a port of its own; its headers are those of the small application."""
    app = small_app(folder)
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http=Wire, loop="uvloop", log_config=None, lifespan="off")
    )
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn says it by an attribute)
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def said(port: int, *parts: bytes) -> bytes:
    """What is answered to these bytes, to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionResetError:  # it hung up on the rest of what was sent
        return b""
    finally:
        writer.close()


def is_refused(answer: bytes, words: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert words in json.loads(body)["detail"]
    assert CANARY.encode() not in answer


@pytest.mark.parametrize(
    "line",
    [
        CANARY.encode() + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + CANARY.encode(),  # as TLS begins
        b"GET / HTTP/9.9\r\nX: " + CANARY.encode() + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_as_a_problem(line: bytes, tmp_path: Path) -> None:
    async with served(tmp_path) as port:
        is_refused(await said(port, line), "not HTTP/1.1")


@pytest.mark.parametrize(
    "begins", [GET + b"X: ", b"GET /", GET + b"X", GET + b"A: 1\r\n" * 20_000 + b"X: "]
)
async def test_a_head_without_end_is_refused_while_it_comes(begins: bytes, tmp_path: Path) -> None:
    parts = [begins, *[CANARY.encode() * 1000] * 200]

    async with served(tmp_path) as port:
        answer = await said(port, *parts)

    # A client that goes on sending may see only that the connection is closed.
    if answer:
        is_refused(answer, "")


async def test_a_head_that_is_too_long_says_how_long_it_may_be(tmp_path: Path) -> None:
    async with served(tmp_path) as port:
        is_refused(await said(port, GET + b"X: " + b"a" * MAX_HEAD_BYTES), "at most 64 KiB")


async def test_trailers_without_end_are_refused(tmp_path: Path) -> None:
    begins = (
        b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n"
    )

    async with served(tmp_path) as port:
        answer = await said(port, begins, *[b"X: " + b"a" * 10_000] * 20)

    assert b" 20" not in answer.partition(b"\r\n")[0]


async def test_a_good_request_is_taken_in_whatever_pieces_it_comes(tmp_path: Path) -> None:
    """A body is no head: neither a long one, nor one that comes a byte a chunk."""
    given = headers(small_app(tmp_path))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value is not None)
    body = json.dumps(GOOD).encode() + b" " * 40_000
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    head = f"POST /things HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}".encode()
    whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    several = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks

    async with served(tmp_path) as port:
        for request in (whole, several):
            pieces = [request[at : at + 7000] for at in range(0, len(request), 7000)]
            answer = await said(port, *pieces)
            assert answer.startswith(b"HTTP/1.1 201 "), answer
        # And as many on one connection as a client likes.
        one = GET + b"X: " + b"a" * 10_000 + b"\r\n\r\n"
        last = GET + b"Connection: close\r\n\r\n"
        answer = await said(port, *[one] * 20, last)
        assert answer.count(b"HTTP/1.1 200 ") == 21
