"""Files that are not what they should be: each gives a clear sentence, and repeats none of it.

The same files are sent to a running service in `test_importing.py`, which stores nothing of them.
"""

import asyncio
import bz2
import gzip
import io
import json
import lzma
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from services.cli.importing.kinds import KINDS
from services.cli.importing.rows import BadFile
from services.cli.importing.run import Plan, run
from services.cli.importing.source import MAX_ROW_BYTES
from services.cli.importing.telling import Teller
from services.cli.progress import progress_on
from tests.cli.importing.files import CANARY, cells, example, kept, lines, small_report, table

GOOD = cells("report")


def one(**changed: str) -> bytes:
    """A table of a good row, and one with other cells."""
    return table([GOOD, GOOD | {"force_reference": "NV/15/2"} | changed])


def without(*names: str) -> bytes:
    return table([{name: cell for name, cell in GOOD.items() if name not in names}])


def with_header(old: str, new: str) -> bytes:
    header, rest = one().decode().split("\r\n", 1)
    return f"{header.replace(old, new, 1)}\r\n{rest}".encode()


def document(**changed: Any) -> bytes:
    return lines([example("report"), example("report", force_reference="NV/15/2", **changed)])


def raw(text: str) -> bytes:
    """A good line, and one of these."""
    return lines([example("report")]) + text.encode("utf-8", "surrogatepass") + b"\n"


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", CANARY * 100_000)
    return made.getvalue()


FILES: dict[str, tuple[bytes, str]] = {
    # Not a text that we read.
    "empty": (b"", "it is empty"),
    "blank": (b" \r\n\r\n  \n", "it is empty"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "it is empty"),
    "UTF-16": (one().decode().encode("utf-16"), "UTF-16"),
    "UTF-16, the other way round": (b"\xfe\xff" + one().decode().encode("utf-16-be"), "UTF-16"),
    "UTF-16 without a mark": (one().decode().encode("utf-16-le"), "UTF-16"),
    "UTF-16 without a mark, the other way round": (one().decode().encode("utf-16-be"), "UTF-16"),
    "UTF-32": (one().decode().encode("utf-32"), "UTF-32"),
    "Windows-1252": (
        one(circumstances=f"{CANARY} à la gare").decode().encode("cp1252"),
        "row 3 has letters that are not UTF-8, perhaps Windows-1252",
    ),
    "Windows-1252 in NDJSON": (raw(f'{{"a":"{CANARY}"}}')[:-3] + b'\xe9"}\n', "not UTF-8"),
    "a gzip bomb": (gzip.compress(CANARY.encode() * 2_000_000), "compressed (gzip)"),
    "bzip2": (bz2.compress(one()), "compressed (bzip2)"),
    "xz": (lzma.compress(one()), "compressed (xz)"),
    "a workbook": (zipped(), "it is a workbook"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old spreadsheet"),
    "a PDF": (b"%PDF-1.7\n" + one(), "PDF"),
    "lines that end in CR": (one().replace(b"\r\n", b"\r") * 8, "CR alone"),
    "short lines that end in CR": (b"force\rnorthvale-police\r", "row 1 is no CSV"),
    "zeros": (b"\0" * 5000, "must be the names of the columns"),
    "random bytes": (bytes(range(250, 127, -1)) * 40, "not UTF-8"),
    # Headers.
    "no header": (one().split(b"\r\n", 1)[1], "must be the names of the columns"),
    "a header alone": (one().split(b"\r\n")[0], "it has no rows"),
    "a column twice": (with_header("last_seen_at", "force"), "two columns force"),
    "a column twice, in capitals": (with_header("last_seen_at", "FORCE "), "two columns force"),
    "a column that is not there": (without("force", "report_version"), "force, report_version"),
    "a column that nobody knows": (
        with_header("last_seen_at", CANARY), "column G has a name that is not known",
    ),
    "a column that is nearly known": (
        with_header("child.names.1.given", "child.name.1.given"), "child.names.N.given",
    ),
    "an item too many": (with_header("places.2.role", "places.21.role"), "column AO has a name"),
    "a cell below no name": (with_header("last_seen_at", ""), "column G: this column has no name"),
    "too many columns": (
        table([GOOD | {f"{CANARY}{number}": "" for number in range(600)}]), "more than 500 columns",
    ),
    "a very long name": (with_header("last_seen_at", "x" * 100_000), "column G has a name"),
    # The form of rows.
    "a cell too few": (one()[:-9] + b"\r\n", "this row has"),
    "a cell too many": (one()[:-2] + f",{CANARY}\r\n".encode(), "has no name in the header"),
    "a quotation mark that never ends": (
        one() + b'"' + b"northvale-police,\r\n" * 200_000, "is longer than 1024 KiB",
    ),
    "a quotation mark that never ends, in a short file": (one() + b'"abc', "row 4 is no CSV"),
    "a quotation mark in the middle": (one() + b'"a"b,c\r\n', "row 4 is no CSV"),
    "a line without an end": (one() + b"x" * (3 * MAX_ROW_BYTES), "longer than 1024 KiB"),
    "a NUL in a cell": (one(circumstances=f"{CANARY}\0"), "row 3: this row holds a NUL"),
    "half of a letter in a cell": (one() + b"\xed\xa0\x80,\r\n", "not UTF-8"),
    # What cells say.
    "a local time": (one(missing_since="27/03/2015 18:00"), "missing_since: this is a local time"),
    "an American time": (one(missing_since="3/27/15 6:00 PM"), "missing_since: this is a local"),
    "a time without a zone": (
        one(missing_since="2015-03-27T18:00:00"), "missing_since: this is a local time",
    ),
    "a day for a time": (one(missing_since="2015-03-27"), "missing_since: this is a local time"),
    "a spreadsheet's day number": (one(missing_since="42090.75"), "missing_since: write this as"),
    "a time that never was": (one(missing_since="2015-03-27T25:00:00Z"), "missing_since:"),
    "the year 9999": (one(missing_since="9999-12-31T23:59:59-23:59"), "missing_since:"),
    "a local day of birth": (
        one(**{"child.date_of_birth": "15/02/2001"}), "child.date_of_birth: write a date as",
    ),
    "a number in words": (one(report_version=CANARY), "report_version: this must be a whole"),
    "a huge number": (one(report_version="9" * 5000), "report_version: this must be a whole"),
    "a number too large": (one(report_version="10001"), "report_version: this is too large"),
    "a truth in another language": (
        one(**{"child.identifiers.1.verified": "WAHR"}), "verified: this must be true or false",
    ),
    "an NHS number that cannot be": (
        one(**{"child.identifiers.1.value": "943 476 5918"}), "identifiers.1.value: not an NHS",
    ),
    "an NHS number as a spreadsheet spoils it": (
        one(**{"child.identifiers.1.value": "9.43477E+09"}), "identifiers.1.value: not an NHS",
    ),
    "an unknown code": (one(concern=CANARY), "concern: this must be one of"),
    "a code that is no code": (one(force=f"{CANARY} Police"), "force: this has characters"),
    "a risk factor that nobody knows": (one(risk_factors=f"self;{CANARY}"), "risk_factors: this"),
    "text that is too long": (one(circumstances=CANARY * 5000), "circumstances: this is too long"),
    "too little": (one(force="", concern="", circumstances=" "), "row 3: concern: this is needed"),
    "a risk without a level": (one(**{"risk.level": "", "risk.scheme": "x"}), "risk.level: this"),
    "a formula for a time": (one(missing_since="=NOW()"), "missing_since: this must be a time"),
    "the same report in other words": (
        table([GOOD, GOOD, GOOD | {"circumstances": CANARY}]), "row 4: row 2 has the same force",
    ),
    # NDJSON.
    "no JSON": (raw(f'{{"force": "{CANARY}"'), "row 2: this line is not JSON"),
    "a list of objects": (json.dumps([example("report")]).encode(), "it is one JSON list"),
    "an object over many lines": (
        json.dumps(example("report"), indent=1).encode(), "its objects run over many lines",
    ),
    "a number": (raw("12"), "row 2: this line is no JSON object"),
    "a field twice": (raw('{"force":"a","force":"b"}'), "the same key twice"),
    "a field that nobody knows": (document(**{CANARY: CANARY}), "a field here that is not known"),
    "deep JSON": (raw('{"child":' + "[" * 50_000 + "]" * 50_000 + "}"), "nested deeper than 32"),
    "a deep string of brackets left open": (raw('{"child":' + "[" * 5000), "nested deeper than"),
    "a huge number in JSON": (raw('{"report_version":' + "9" * 5000 + "}"), "a number is too"),
    "a number beyond numbers": (raw('{"report_version":1e999}'), "a number is too large"),
    "no number": (raw('{"report_version":NaN}'), "NaN"),
    "a NUL in JSON": (document(circumstances=f"{CANARY}\0"), "must not hold a NUL"),
    "half of a character": (raw('{"circumstances":"\\ud800"}'), "half of a character"),
    "text for a number": (document(report_version="1"), "report_version: this must be a whole"),
    "a time without a zone in JSON": (
        document(missing_since="2015-03-27 18:00"), "missing_since: this is a local time",
    ),
    "a list for a child": (document(child=[CANARY]), "child"),
    "too many people": (
        document(people=[{"role": "carer", "person": {}}] * 21), "people: this list is too long",
    ),
    "a line that is too long": (
        lines([example("report"), {"circumstances": CANARY * 300_000}]),
        "row 2: this line is longer than 1024 KiB",
    ),
    "a line that was no JSON in an exception file": (
        lines([{"import_line": CANARY}]), "in place of the one with import_line",
    ),
}  # fmt: skip
"""What stands in a file, and some of what is said about it."""


async def checked(path: Path, kind: str = "report") -> tuple[bool, str]:
    """Whether a file is right, and everything that was said."""
    said = io.StringIO()
    console = Console(file=said, width=200, highlight=False)
    plan = Plan(file=path, kind=KINDS[kind], secret=b"secret")
    try:
        with progress_on(console) as told:
            well = await run(plan, told, Teller(console))
    except BadFile as reason:
        return False, str(reason)
    return well, said.getvalue()


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_with_a_clear_sentence(name: str, tmp_path: Path) -> None:
    content, words = FILES[name]
    well, said = asyncio.run(checked(kept(tmp_path, content)))
    assert not well
    assert words in said
    assert CANARY not in said
    assert len(said) < 2000
    assert list(tmp_path.iterdir()) == [tmp_path / "file.csv"]


def named_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def a_link(path: Path) -> None:
    (path.parent / "real.csv").write_bytes(one())
    path.symlink_to(path.parent / "real.csv")


NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda _path: None, "cannot be read: No such file"),
    "a folder": (lambda path: path.mkdir(), "it is a folder"),
    "a pipe": (named_pipe, "no ordinary file"),
    "a socket": (a_socket, "cannot be read"),
    "a symbolic link": (a_link, "it is a symbolic link"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "it is a symbolic link"),
    "a loop of links": (lambda path: path.symlink_to(path), "it is a symbolic link"),
}


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_refused_at_once(name: str, tmp_path: Path) -> None:
    make, words = NO_FILES[name]
    make(tmp_path / "file.csv")
    well, said = asyncio.run(checked(tmp_path / "file.csv"))
    assert not well
    assert words in said


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom", "/dev/stdin"])
def test_a_device_is_no_file(device: str) -> None:
    well, said = asyncio.run(checked(Path(device)))
    assert not well
    assert "no ordinary file" in said or "symbolic link" in said


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000], ids=["nul", "long"])
def test_a_name_that_cannot_be_is_said_so(name: str) -> None:
    well, said = asyncio.run(checked(Path(name)))
    assert not well
    assert "no file of that name" in said or "File name too long" in said


def test_a_file_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cli.importing.source.MAX_FILE_BYTES", 5000)
    well, said = asyncio.run(checked(kept(tmp_path, table([GOOD] * 20))))
    assert not well
    assert "split it" in said


@pytest.mark.parametrize(
    "content", [table([GOOD] * 3), lines([example("report")] * 3)], ids=["csv", "ndjson"]
)
def test_too_many_rows_are_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("csv_rows", "json_rows"):
        monkeypatch.setattr(f"services.cli.importing.{module}.MAX_ROWS", 2)
    well, said = asyncio.run(checked(kept(tmp_path, content)))
    assert not well
    assert "split it" in said


def accented() -> bytes:
    return one(circumstances='Left the café,\r\nsaid "later";\nnot back\t– yet.')


FINE: dict[str, bytes] = {
    "as it is": accented(),
    "with a byte order mark": b"\xef\xbb\xbf" + accented(),
    "with LF": table([GOOD], end="\n"),
    "with semicolons": table([GOOD], delimiter=";"),
    "with tabs": table([GOOD], delimiter="\t"),
    "with a separator line": b"sep=;\r\n" + table([GOOD], delimiter=";"),
    "without a last line end": accented()[:-2],
    "with blank lines and rows": accented() + b"\r\n" + b"," * (len(GOOD) - 1) + b"\r\n",
    "with empty columns at the end": table([GOOD | {"": "", " ": ""}]),
    "all quoted": table([GOOD]).replace(b"northvale-police", b'"northvale-police"'),
    "the same row twice": table([GOOD, GOOD]),
    "as NDJSON": lines([small_report(n) for n in range(3)]),
    "as NDJSON with CRLF, blank lines and a mark": b"\xef\xbb\xbf\r\n"
    + lines([small_report(1)]).replace(b"\n", b"\r\n")
    + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", FINE)
def test_what_spreadsheets_and_systems_write_is_read(name: str, tmp_path: Path) -> None:
    well, said = asyncio.run(checked(kept(tmp_path, FINE[name])))
    assert well, said
