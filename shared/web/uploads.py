"""Files as they are: which addresses take one, and reading it within bounds.

A file is larger than any JSON that is taken, so it is not read before it is known who sends it: the
route reads it, after its `May`. Memory is bounded by how large one may be and by how many are in
hand at once; whoever comes when all places are taken is told to come again.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from shared.contracts.refusals import Fault, Invalid, TooLarge, Unavailable

READ_SECONDS = 60.0
"""For a file to come: ten megabytes over a poor line."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Upload:
    """An address that takes a file.

    Attributes:
        path: a pattern of the whole address.
        most_bytes: of the file.
        types: the media types by which it may be sent.
        wrong_type: what to do where it was sent by another.
    """

    path: re.Pattern[str]
    most_bytes: int
    types: tuple[str, ...]
    wrong_type: str

    @property
    def too_large(self) -> str:
        """What to say of a larger file."""
        return f"a file may have at most {self.most_bytes // 2**20} MiB here"

    def takes(self, method: str, path: str) -> bool:
        """Whether a request is one to this address."""
        return method == "POST" and self.path.fullmatch(path) is not None

    def told(self, *, example: str, about: str) -> Document:
        """How the OpenAPI document tells of it.

        Args:
            example: the address of a file that may be sent; a test sends it.
            about: what that is.
        """
        return {
            "requestBody": {
                "required": True,
                "content": {
                    kind: {
                        "schema": {"type": "string", "format": "binary"},
                        "examples": {"a-file": {"summary": about, "externalValue": example}},
                    }
                    for kind in self.types
                },
            }
        }


def counted(receive: Receive, most_bytes: int) -> Receive:
    """The same, until more has come than may.

    Raises:
        TooLarge: so much has come.
    """
    size = 0

    async def receiving() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most_bytes:
            raise TooLarge(f"a file may have at most {most_bytes // 2**20} MiB here")
        return message

    return receiving


class Uploads:
    """The files that a service has in hand.

    Args:
        at_once: so many, no more.
    """

    def __init__(self, at_once: int) -> None:
        self._places = at_once

    @asynccontextmanager
    async def file(self, request: Request) -> AsyncIterator[bytes]:
        """A request's file, read whole; its place is taken until the block is over.

        Raises:
            TooLarge: it has more bytes than it may.
            Invalid: it did not come whole, or too slowly.
            Unavailable: as many are in hand as may be.
        """
        if self._places == 0:
            raise Unavailable("too many files come at once; send it again", retry_after_seconds=10)
        self._places -= 1
        try:
            yield await _whole(request)
        finally:
            self._places += 1


async def _whole(request: Request) -> bytes:
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await request.body()
    except (ClientDisconnect, TimeoutError):
        raise Invalid(
            "nothing was stored", (Fault("/", "the file did not come whole: send it again"),)
        ) from None
