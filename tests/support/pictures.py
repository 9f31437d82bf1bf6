"""Pictures drawn by code: faces of nobody, and files that are no good pictures."""

import io
import random
import struct
import zlib
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825
PLACE = (51.0, 30.0, 26.0)
"""In the metadata of a picture: where it was taken, in degrees, minutes, seconds."""
CAMERA = "Invented Camera Works"


def drawn(width: int = 480, height: int = 640, mode: str = "RGB") -> Image.Image:
    """A face of nobody, its hair at the upper edge, so that one sees which way is up."""
    image = Image.new("RGB", (width, height), (203, 216, 224))
    draw = ImageDraw.Draw(image)
    w, h = width / 100, height / 100
    draw.ellipse((25 * w, 12 * h, 75 * w, 80 * h), fill=(92, 62, 42))
    draw.ellipse((30 * w, 24 * h, 70 * w, 78 * h), fill=(231, 190, 165))
    for x in (40, 56):
        draw.ellipse((x * w, 44 * h, (x + 5) * w, 48 * h), fill=(50, 70, 90))
    draw.arc((42 * w, 54 * h, 58 * w, 68 * h), 20, 160, fill=(150, 60, 60), width=max(1, int(w)))
    draw.rectangle((0, 0, width, 6 * h), fill=(200, 30, 30))
    return image.convert(mode)


def noise(width: int, height: int) -> Image.Image:
    """A picture that compresses badly."""
    return Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3))


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    made = io.BytesIO()
    (image or drawn()).save(made, "JPEG", **({"quality": 90} | options))
    return made.getvalue()


def png(image: Image.Image | None = None, **options: Any) -> bytes:
    made = io.BytesIO()
    (image or drawn()).save(made, "PNG", **options)
    return made.getvalue()


def metadata(orientation: int = 1) -> Image.Exif:
    """What a phone writes into a picture: the camera, and the place where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKE] = CAMERA
    exif[GPS] = {1: "N", 2: PLACE, 3: "W", 4: PLACE}
    return exif


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG that says it is so large, whatever is in it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@cache
def photograph() -> bytes:
    """A picture as a phone makes it: upside down by its metadata, and with the place in it."""
    return jpeg(drawn(1200, 1600), exif=metadata(3))
