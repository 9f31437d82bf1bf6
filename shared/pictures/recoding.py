"""One picture written anew: a file comes in, pixels go out as a JPEG that has nothing else in it.

Run as a process of its own, by its path: `python -I recoding.py <longest side> <most bytes>`, with
the file on its input. It imports nothing of ours, holds no key and no connection, may not use more
memory or time than a picture needs, and is ended if it does: the decoders read what strangers made.

On its output: a line of JSON, `{"width": 1024, "height": 768}` and then the JPEG, or
`{"refused": "<a sentence for whoever sent it>"}` and nothing.
"""

import io
import json
import os
import re
import resource
import sys
import zipfile
from contextlib import suppress
from typing import BinaryIO, Final

from PIL import Image, ImageOps

MEMORY_BYTES: Final = 768 * 1024 * 1024
"""Of address space. The largest pictures that are taken fill a quarter of a gigabyte."""

SECONDS: Final = 20
"""Of the processor's time."""

MOST_PIXELS: Final = {"JPEG": 64_000_000, "PNG": 16_000_000}
"""Phones make up to 64 million. A JPEG is decoded at a fraction of its size, a PNG is not."""

LEAST_SIDE: Final = 64
"""In a smaller one nobody is known again."""

QUALITIES: Final = (85, 75, 65, 50)
SHRINK: Final = 0.75

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"

HEIC: Final = (
    "this is HEIC or AVIF, which is not read here: send it as JPEG. On an iPhone: Settings, "
    "Camera, Formats, Most Compatible; a picture that was taken before becomes a JPEG when it is "
    "sent by mail, or as a screenshot of it"
)
OTHERS: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = (
    (re.compile(rb".{4}ftyp(hei|hev|mif|msf|avi)", re.DOTALL), HEIC),
    (re.compile(rb"GIF8"), "this is a GIF: send a JPEG or a PNG"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "this is a WebP: send a JPEG or a PNG"),
    (re.compile(rb"II\*\0|MM\0\*"), "this is a TIFF or a raw picture: send a JPEG or a PNG"),
    (re.compile(rb"BM"), "this is a BMP: send a JPEG or a PNG"),
    (re.compile(rb"%PDF"), "this is a PDF: send the picture itself, as a JPEG or a PNG"),
    (re.compile(rb"\s*<|\xef\xbb\xbf\s*<"),
     "this is a document (SVG, HTML or XML) and no photograph: send a JPEG or a PNG"),
)  # fmt: skip

MARKUP: Final = re.compile(rb"<\s*(?:!doctype|html|script|svg|\?php)|<\?php", re.IGNORECASE)
EDGE: Final = 4096
"""Where a reader that is not one of pictures looks for what it can read, at either end."""


class Unfit(Exception):
    """The file is no picture that is taken; the message says what to do, and repeats none of it."""


def recoded(given: bytes, longest_side: int, most_bytes: int) -> tuple[int, int, bytes]:
    """A picture written anew: width, height, and a JPEG.

    Raises:
        Unfit: the file is no picture that is taken.
    """
    kind = _kind_of(given)
    _refuse_two_in_one(given, kind)
    Image.MAX_IMAGE_PIXELS = None  # Our own bound stands below, before a pixel is read.
    try:
        with Image.open(io.BytesIO(given), formats=[kind]) as image:
            _refuse_by_header(image, kind)
            if kind == "JPEG":
                image.draft(None, (longest_side, longest_side))
            image.load()
            pixels = _pixels(image, longest_side)
    except (Unfit, MemoryError):
        raise
    except Exception as reason:
        # Whatever a decoder finds wrong, it finds in what was sent; its own words may repeat it.
        raise Unfit("this picture cannot be read: it is damaged or not whole; send it anew") from (
            reason
        )
    return _written(pixels, most_bytes)


def _kind_of(given: bytes) -> str:
    if not given:
        raise Unfit("the file is empty: send a JPEG or a PNG")
    if given.startswith(JPEG):
        return "JPEG"
    if given.startswith(PNG):
        return "PNG"
    for pattern, says in OTHERS:
        if pattern.match(given):
            raise Unfit(says)
    raise Unfit("this is no picture that is known here: send a JPEG or a PNG")


def _refuse_two_in_one(given: bytes, kind: str) -> None:
    """Refuse a file that is a picture and something else to another reader.

    Nothing of it would be kept, for only pixels are; but whoever made it meant no photograph.
    """
    edges = given[:EDGE] + given[-EDGE:]
    if (
        b"%PDF-" in given[:EDGE]
        or MARKUP.search(edges) is not None
        or zipfile.is_zipfile(io.BytesIO(given))
    ):
        raise Unfit("this file is a picture and something else at once: save the picture anew")
    # Phones put a film or a second picture after a JPEG. After a PNG stands nothing.
    if kind == "PNG" and given[-12:-4] != b"\0\0\0\0IEND":
        raise Unfit("this PNG is not whole, or something follows it: save the picture anew")


def _refuse_by_header(image: Image.Image, kind: str) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS[kind]:
        millions = MOST_PIXELS[kind] // 1_000_000
        raise Unfit(f"a {kind} may have at most {millions} million pixels: send a smaller one")
    if min(width, height) < LEAST_SIDE:
        raise Unfit(f"a picture needs at least {LEAST_SIDE} pixels each way to know anybody by")
    if kind == "PNG" and getattr(image, "is_animated", False):
        raise Unfit("this picture moves: send one that does not")


def _pixels(image: Image.Image, longest_side: int) -> Image.Image:
    """The picture upright, in three colours, no larger than it may be, and nothing beside it."""
    if image.mode.startswith("I") or image.mode == "F":
        # Sixteen bits of grey: the upper eight of them.
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in {"P", "PA"}:
        image = image.convert("RGBA")
    # Cameras write metadata that is not quite right; the picture is whole all the same.
    upright = image
    with suppress(Exception):
        upright = ImageOps.exif_transpose(image)
    upright.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", upright.size, "white")
    if upright.mode in {"RGBA", "LA"}:
        clean.paste(upright.convert("RGB"), mask=upright.getchannel("A"))
    else:
        clean.paste(upright.convert("RGB"))
    return clean


def _written(pixels: Image.Image, most_bytes: int) -> tuple[int, int, bytes]:
    while True:
        for quality in QUALITIES:
            made = io.BytesIO()
            pixels.save(made, "JPEG", quality=quality, optimize=True)
            if made.tell() <= most_bytes:
                return pixels.width, pixels.height, made.getvalue()
        smaller = (int(pixels.width * SHRINK), int(pixels.height * SHRINK))
        if min(smaller) < 1:
            raise Unfit("this picture cannot be made small enough: send another")
        pixels = pixels.resize(smaller, Image.Resampling.LANCZOS)


def _bounded() -> None:
    """Give up what a picture does not need; what a system does not know is left as it is."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main(longest_side: int, most_bytes: int, source: BinaryIO, sink: BinaryIO) -> None:
    """Read a file, and write what became of it."""
    try:
        width, height, jpeg = recoded(source.read(), longest_side, most_bytes)
    except Unfit as reason:
        sink.write(json.dumps({"refused": str(reason)}).encode() + b"\n")
    else:
        sink.write(json.dumps({"width": width, "height": height}).encode() + b"\n" + jpeg)
    sink.flush()


if __name__ == "__main__":
    _bounded()
    # A decoder's complaint may quote what it read: nobody is to find that in a log.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    main(int(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
