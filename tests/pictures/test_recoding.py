"""Pictures are written anew, small and bare, and hostile files are refused by a sentence."""

import asyncio
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from shared import pictures
from shared.contracts import missing
from shared.contracts.refusals import Invalid
from shared.pictures import Picture, Recoder
from shared.pictures.recoding import MOST_PIXELS
from tests.support.pictures import (
    CAMERA,
    chunk,
    drawn,
    jpeg,
    metadata,
    noise,
    photograph,
    png,
    png_of,
)

pytestmark = pytest.mark.asyncio

SIDE, BYTES = missing.MAX_PHOTOGRAPH_SIDE, missing.MAX_PHOTOGRAPH_BYTES


def sixteen_bits() -> Image.Image:
    grey = drawn(mode="L")
    return Image.frombytes("I;16", grey.size, bytes(b for v in grey.tobytes() for b in (0, v)))


def black_and_white() -> Image.Image:
    return drawn(mode="L").point(lambda value: 255 if value > 128 else 0).convert("1")


def recoder(**changed: Path) -> Recoder:
    return Recoder(longest_side=SIDE, most_bytes=BYTES, **changed)


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.jpeg))


async def refused(given: bytes) -> str:
    with pytest.raises(Invalid) as found:
        await recoder().recoded(given)
    (fault,) = found.value.faults
    return fault.detail


async def test_what_a_phone_makes_comes_back_upright_small_and_bare() -> None:
    given = photograph()
    assert b"Exif" in given
    assert CAMERA.encode() in given

    made = await recoder().recoded(given)

    image = opened(made)
    assert (made.width, made.height) == image.size == (768, 1024)
    assert len(made.jpeg) <= BYTES
    for marker in (b"Exif", CAMERA.encode(), b"ICC_PROFILE", b"http://ns.adobe.com"):
        assert marker not in made.jpeg
    assert dict(image.getexif()) == {}
    # The red edge was at the top of the drawing, and the metadata said to turn it round.
    red, *_ = image.convert("RGB").getpixel((384, 1015))  # type: ignore[misc] # RGB has three
    assert red > 150


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_each_orientation_is_carried_out(orientation: int) -> None:
    made = await recoder().recoded(jpeg(drawn(300, 400), exif=metadata(orientation)))
    turned = orientation >= 5
    assert (made.width, made.height) == ((400, 300) if turned else (300, 400))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(png(), id="png"),
        pytest.param(png(drawn(mode="P")), id="palette"),
        pytest.param(png(drawn(mode="RGBA")), id="with transparency"),
        pytest.param(png(drawn(mode="LA")), id="grey with transparency"),
        pytest.param(png(sixteen_bits()), id="16 bit grey"),
        pytest.param(png(black_and_white()), id="black and white"),
        pytest.param(jpeg(drawn(mode="L")), id="grey"),
        pytest.param(jpeg(drawn(mode="CMYK")), id="cmyk"),
        pytest.param(jpeg(progressive=True), id="progressive"),
        pytest.param(jpeg(comment=b"taken at Quay House"), id="comment"),
        pytest.param(jpeg(exif=b"Exif\0\0" + b"\xff" * 40), id="broken metadata"),
        pytest.param(jpeg() + b"\0\0\0\x18ftypmp42" + b"film" * 500, id="with a film behind it"),
        pytest.param(jpeg() + jpeg(drawn(100, 100)), id="with a second picture behind it"),
    ],
)
async def test_every_usual_kind_is_taken(given: bytes) -> None:
    made = await recoder().recoded(given)
    image = opened(made)
    assert image.mode == "RGB"
    assert (made.width, made.height) == (480, 640)
    assert b"Quay House" not in made.jpeg
    assert b"film" not in made.jpeg
    light = image.getpixel((10, 600))
    dark = image.getpixel((240, 130))
    assert isinstance(light, tuple)
    assert isinstance(dark, tuple)
    assert sum(light) > sum(dark) + 100


async def test_a_picture_of_several_is_its_first(tmp_path: Path) -> None:
    made = io.BytesIO()
    drawn().save(made, "MPO", save_all=True, append_images=[drawn(100, 100)])
    assert (await recoder().recoded(made.getvalue())).height == 640


async def test_the_worst_picture_is_within_the_bounds() -> None:
    made = await recoder().recoded(jpeg(noise(1600, 1200), quality=70))
    assert len(made.jpeg) <= BYTES
    assert max(made.width, made.height) <= SIDE


async def test_a_small_picture_is_not_blown_up() -> None:
    made = await recoder().recoded(png(drawn(90, 120)))
    assert (made.width, made.height) == (90, 120)


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("page.html", "<p>")
    return made.getvalue()


def moving() -> bytes:
    made = io.BytesIO()
    drawn().save(made, "PNG", save_all=True, append_images=[drawn().rotate(90)])
    return made.getvalue()


def gif() -> bytes:
    made = io.BytesIO()
    drawn().save(made, "GIF", save_all=True, append_images=[drawn().rotate(90)])
    return made.getvalue()


def of_format(name: str) -> Callable[[], bytes]:
    def make() -> bytes:
        made = io.BytesIO()
        drawn().save(made, name)
        return made.getvalue()

    return make


def bomb() -> bytes:
    """Thirty thousand pixels each way, in a megabyte."""
    packer = zlib.compressobj(9)
    row = b"\0" * (30_000 * 3 + 1)
    pixels = b"".join(packer.compress(row) for _ in range(1000)) + packer.flush()
    return png_of(30_000, 30_000, pixels)


def unsaid_bomb() -> bytes:
    """It says that it is small, and unpacks to a thousand times as much."""
    return png_of(100, 100, zlib.compress(b"\0" * 300_000_000, 9))


def swollen_text() -> bytes:
    """A profile of colours that unpacks to very much more than it has."""
    whole = png()
    profile = b"icc\0\0" + zlib.compress(b"\0" * 200_000_000, 9)
    return whole[:33] + chunk(b"iCCP", profile) + whole[33:]


def large_jpeg() -> bytes:
    """A JPEG that says it is as large as one can be."""
    whole = bytearray(jpeg())
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(whole)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "one byte": (lambda: b"\xff", "no picture that is known"),
    "text": (lambda: b"a picture of a child", "no picture that is known"),
    "zeros": (lambda: b"\0" * 100_000, "no picture that is known"),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>", "no photograph"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "no photograph"),
    "svg after a mark": (lambda: b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", "no photograph"),
    "pdf": (lambda: b"%PDF-1.7\n%%EOF", "this is a PDF"),
    "gif": (gif, "this is a GIF"),
    "webp": (of_format("WEBP"), "this is a WebP"),
    "tiff": (of_format("TIFF"), "this is a TIFF"),
    "bmp": (of_format("BMP"), "this is a BMP"),
    "heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99, "Most Compatible"),
    "avif": (of_format("AVIF"), "Most Compatible"),
    "a moving png": (moving, "moves"),
    "half a jpeg": (lambda: jpeg()[: len(jpeg()) // 2], "not whole"),
    "half a png": (lambda: png()[: len(png()) // 2], "not whole"),
    "the head of a jpeg": (lambda: jpeg()[:20], "not whole"),
    "a broken jpeg": (lambda: b"\xff\xd8\xff" + b"\xe0" * 5000, "damaged"),
    "a png with a broken checksum": (
        lambda: png().replace(b"IDAT", b"IDAU", 1), "damaged"),
    "a bomb": (bomb, "million pixels"),
    "a bomb that says it is small": (unsaid_bomb, ""),
    "a swollen profile": (swollen_text, ""),
    "a jpeg of 65535 pixels each way": (large_jpeg, "million pixels"),
    "a line": (lambda: png(drawn(4000, 10)), "at least 64 pixels"),
    "one pixel": (lambda: png(drawn(1, 1)), "at least 64 pixels"),
    "a jpeg that is a zip": (lambda: jpeg() + zipped(), "something else at once"),
    "a jpeg that is a page": (
        lambda: jpeg(comment=b"<html><script>x()</script>"), "something else at once"),
    "a jpeg that is a pdf": (lambda: jpeg(comment=b"%PDF-1.4 1 0 obj"), "something else at once"),
    "a jpeg with php behind it": (lambda: jpeg() + b"<?php x();", "something else at once"),
    "a png with a zip behind it": (lambda: png() + zipped(), "something else at once"),
    "a png with anything behind it": (lambda: png() + b"x" * 20, "something follows it"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_refused_and_told_what_to_do(name: str) -> None:
    make, says = HOSTILE[name]
    given = make()
    if name in {"a bomb that says it is small", "a swollen profile"}:
        # Read as what it says it is, or refused; never unpacked beyond that.
        try:
            made = await recoder().recoded(given)
        except Invalid:
            return
        assert len(made.jpeg) <= BYTES
        return
    assert says in await refused(given)


async def test_the_largest_that_are_taken_are_read_within_the_memory_of_one() -> None:
    for kind, make in (("JPEG", jpeg), ("PNG", png)):
        width = 4000
        height = MOST_PIXELS[kind] // width
        grey = Image.new("RGB", (width, height), (90, 90, 90))
        options = {"progressive": True} if kind == "JPEG" else {"compress_level": 1}
        made = await recoder().recoded(make(grey, **options))
        assert max(made.width, made.height) <= SIDE


def a_reader(tmp_path: Path, program: str) -> Path:
    path = tmp_path / "reader.py"
    path.write_text(program)
    return path


async def test_a_reader_that_takes_all_the_memory_is_refused_its_picture(tmp_path: Path) -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28)); x = b'x' * 2**30"
    )
    with pytest.raises(Invalid, match="nothing was stored"):
        await recoder(reader=a_reader(tmp_path, program)).recoded(jpeg())


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import os; os.abort()", id="it dies"),
        pytest.param("print('no JSON')", id="it speaks nonsense"),
        pytest.param("print('[]')", id="it speaks of something else"),
        pytest.param('print(\'{"width": 9, "height": 9}\')', id="it gives no picture"),
        pytest.param(
            "import sys\nwhile True: sys.stdout.buffer.write(b'x' * 65536)", id="it never ends"
        ),
        pytest.param("import time; time.sleep(600)", id="it hangs"),
    ],
)
async def test_a_reader_that_was_taken_over_gives_nothing_and_leaves_no_process(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "SECONDS", 0.5)
    async with asyncio.timeout(20):
        with pytest.raises(Invalid):
            await recoder(reader=a_reader(tmp_path, program)).recoded(jpeg() * 50)


async def test_a_reader_is_handed_no_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "a secret")
    program = "import json, os; print(json.dumps({'refused': ' '.join(sorted(os.environ))}))"
    with pytest.raises(Invalid) as found:
        await recoder(reader=a_reader(tmp_path, program)).recoded(jpeg())
    assert "DATABASE_URL" not in found.value.faults[0].detail


async def test_others_are_served_while_a_picture_is_read() -> None:
    reading = asyncio.create_task(recoder().recoded(png(noise(1500, 1500), compress_level=0)))
    turns, longest, loop = 0, 0.0, asyncio.get_running_loop()
    while not reading.done():
        before = loop.time()
        await asyncio.sleep(0.001)
        longest = max(longest, loop.time() - before)
        turns += 1
    await reading
    assert turns > 20
