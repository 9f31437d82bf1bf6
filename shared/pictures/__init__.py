"""Pictures from outside, written anew by a process of their own before anything keeps them.

Decoders of pictures are large, old and written in C, and what they read here was made by strangers.
So none runs in a service: each picture is read by a process that was handed no key, connection or
surroundings, is bounded in memory and time (`recoding.py`), and gives only pixels back. It is no
cage: it runs as the service's user, whose files it could read if a decoder were taken over.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.contracts.refusals import Fault, Invalid, Unavailable

AT_ONCE: Final = 2
"""Pictures read at the same time by one service; the others wait."""

SECONDS: Final = 30.0
"""By the clock, for one picture."""

HEADER_BYTES: Final = 4096
READER: Final = Path(__file__).parent / "recoding.py"
CANNOT: Final = "this picture cannot be read within the memory and time that one may take"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was written anew: upright, without any metadata.

    Attributes:
        width, height: in pixels.
    """

    width: int
    height: int
    jpeg: bytes


class Recoder:
    """Writes pictures anew.

    Args:
        longest_side: in pixels, of what is made.
        most_bytes: of what is made.
        reader: the program that does it.
    """

    def __init__(self, *, longest_side: int, most_bytes: int, reader: Path = READER) -> None:
        self._longest_side = longest_side
        self._most_bytes = most_bytes
        self._reader = reader
        self._room = asyncio.Semaphore(AT_ONCE)

    async def recoded(self, given: bytes) -> Picture:
        """A JPEG or PNG file, written anew.

        Raises:
            Invalid: it is no picture that is taken, with what to do.
            Unavailable: no process can be started for it now.
        """
        async with self._room:
            answer = await self._ask(given)
        header, _, jpeg = answer.partition(b"\n")
        try:
            said = json.loads(header)
            refused = said.get("refused")
            width, height = int(said.get("width", 0)), int(said.get("height", 0))
        except (ValueError, AttributeError, TypeError):
            raise _unfit(CANNOT) from None
        if refused is not None:
            raise _unfit(str(refused)[:HEADER_BYTES])
        if (
            not jpeg.startswith(b"\xff\xd8\xff")
            or not jpeg.endswith(b"\xff\xd9")
            or len(jpeg) > self._most_bytes
            or not 0 < width <= self._longest_side
            or not 0 < height <= self._longest_side
        ):
            raise _unfit(CANNOT)
        return Picture(width, height, jpeg)

    async def _ask(self, given: bytes) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(self._reader), str(self._longest_side),
                str(self._most_bytes), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, cwd="/",
            )  # fmt: skip
        except OSError as reason:
            raise Unavailable("pictures cannot be read now") from reason
        try:
            async with asyncio.timeout(SECONDS):
                telling = asyncio.create_task(_tell(process, given))
                try:
                    return await _read(process, HEADER_BYTES + self._most_bytes)
                finally:
                    telling.cancel()
                    await asyncio.gather(telling, return_exceptions=True)
        except TimeoutError:
            raise _unfit(CANNOT) from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            # Its end is noticed only once all that it said was read.
            assert process.stdout is not None  # noqa: S101 (it was asked for)
            while await process.stdout.read(65536):
                pass
            await process.wait()


async def _tell(process: Process, given: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 (it was asked for)
    # Whoever has seen enough reads no further.
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(given)
        await process.stdin.drain()
        process.stdin.close()


async def _read(process: Process, most: int) -> bytes:
    """All that it says, or so much of it that it is certainly too much."""
    assert process.stdout is not None  # noqa: S101 (it was asked for)
    parts: list[bytes] = []
    size = 0
    while size <= most and (part := await process.stdout.read(65536)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _unfit(says: str) -> Invalid:
    return Invalid("nothing was stored", (Fault("/", says),))
