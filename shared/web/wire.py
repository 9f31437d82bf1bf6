"""What comes over the line before it is a request: as short as a request's head may be, or refused.

The server below us keeps a header until it is whole, however long it grows, and before anybody has
shown a token. What is no HTTP at all it answers in words of its own.
"""

from typing import Final
from uuid import uuid4

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.web.edge import HEADERS
from shared.web.problems import problem_response

MAX_HEAD_BYTES: Final = 64 * 1024
"""A token has about 1 kB. What a chunked body has beside its bytes counts too, but see below."""

CHUNKED: Final = 8
"""Of a body sent a byte a chunk, five more bytes stand beside each: so many for one are allowed."""

TOO_LONG: Final = "the address and headers may have at most 64 KiB"
NO_HTTP: Final = "this is not HTTP/1.1; if you meant https, its address is the proxy's"


class Wire(HttpToolsProtocol):
    """A connection that bounds what is not a body, and refuses by a problem."""

    beside = 0
    """Bytes of the present request that are not its body."""

    def data_received(self, data: bytes) -> None:
        """Take what came; one read is at most a quarter of a megabyte."""
        self.beside += len(data)
        super().data_received(data)
        if self.beside > MAX_HEAD_BYTES and not self.transport.is_closing():
            structlog.get_logger().warning("head-too-long")
            self.send_400_response(TOO_LONG)

    def on_body(self, body: bytes) -> None:
        """Part of a body, which has limits of its own."""
        self.beside -= CHUNKED * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request: another may follow."""
        self.beside = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not a request, and hang up."""
        number = uuid4()
        detail = msg if msg == TOO_LONG else NO_HTTP
        response = problem_response("request-refused", detail, number)
        heads = [
            *response.raw_headers,
            *HEADERS,
            (b"correlation-id", str(number).encode()),
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%s: %s\r\n" % head for head in heads)
        self.transport.write(STATUS_LINE[response.status_code] + lines + b"\r\n" + response.body)
        self.transport.close()
