"""Checking rows before anything is sent: by the models of the interface, and against each other."""

import hmac
import json
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from pydantic import ValidationError

from services.cli.importing.columns import column_of, document_of
from services.cli.importing.kinds import Kind
from services.cli.importing.rows import Document, Row, Wrong
from services.cli.importing.source import MAX_ROW_BYTES
from shared.web.problems import fault_of

LOCAL_TIME: Final = re.compile(
    r"\s*\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}(?:[ T,]+\d{1,2}[:.]\d{2}.*)?\s*"
)
HOW_TO_WRITE_A_TIME: Final = (
    "this is a local time, and nobody here guesses its zone: write 2015-03-27T22:10:00Z, or "
    "2015-07-01T22:10:00+01:00 while the clocks are forward"
)
HOW_TO_WRITE_A_DAY: Final = "this is a local form of a day: write 2015-03-27"
TIME_FAULTS: Final = {
    "datetime_parsing", "datetime_from_date_parsing", "timezone_aware", "datetime_object_invalid",
}  # fmt: skip
DAY_FAULTS: Final = {"date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A row, and what would be sent for it.

    Attributes:
        body: the request; empty where something is wrong.
        key: its idempotency key.
        record: rows with the same are sent in the order of the file.
        same_as: an earlier row that says the very same, which is then sent only once.
    """

    row: Row
    body: bytes = b""
    key: str = ""
    record: bytes = b""
    wrong: tuple[Wrong, ...] = ()
    same_as: int | None = None


class Checker:
    """Checks the rows of one file, in one reading of it.

    Args:
        kind: of its rows.
        secret: the key from which idempotency keys are made.
    """

    def __init__(self, kind: Kind, secret: bytes) -> None:
        self._kind = kind
        self._secret = secret
        self._seen = _Seen()

    def check(self, rows: Iterable[Row]) -> Iterator[Checked]:
        """Each row, checked."""
        for row in rows:
            yield self._check(row)

    def _check(self, row: Row) -> Checked:
        if row.tree is None:
            return Checked(row, wrong=row.wrong)
        document: Document = document_of(row.tree)
        if wrong := self._wrong(row, document):
            return Checked(row, wrong=wrong)
        body = written(document)
        if len(body) > MAX_ROW_BYTES:
            return Checked(row, wrong=(Wrong("", "this row is too long for one request"),))
        seen, same = self._seen.before(
            self._naming(document, self._kind.once), body, number=row.number
        )
        if seen is not None and not same:
            names = ", ".join(self._kind.once)
            what = f"row {seen} has the same {names}, and says something else"
            return Checked(row, wrong=(Wrong("", what),))
        return Checked(
            row,
            body=body,
            key=key_of(self._secret, self._kind.path, body),
            record=self._naming(document, self._kind.one_record),
            same_as=seen,
        )

    def _wrong(self, row: Row, document: Document) -> tuple[Wrong, ...]:
        try:
            self._kind.body.model_validate(document)
        except ValidationError as reason:
            return tuple(_wrong(error, row.tree) for error in reason.errors(include_url=False))
        return ()

    @staticmethod
    def _naming(document: Document, names: tuple[str, ...]) -> bytes:
        """What names the record or thing that a row is about; empty where nothing does."""
        said = [document.get(name) for name in names]
        return written(["".join(str(part).split()).upper() for part in said]) if said else b""


def written(document: Any) -> bytes:
    """A document as it is sent: the same words make the same bytes, in whatever order they came."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def key_of(secret: bytes, path: str, body: bytes) -> str:
    """The idempotency key of a row.

    Made from what the row says and a secret, so that the same row has the same key, and nobody who
    sees the key can try out what the row may have said.
    """
    return "import-" + hmac.digest(secret, path.encode() + b"\0" + body, "sha256").hex()


def _wrong(error: Any, tree: Any) -> Wrong:
    fault = fault_of(error)
    where, what = column_of(fault.pointer, tree), fault.detail
    given = error.get("input")
    if isinstance(given, str) and LOCAL_TIME.fullmatch(given):
        if error["type"] in TIME_FAULTS:
            what = HOW_TO_WRITE_A_TIME
        elif error["type"] in DAY_FAULTS:
            what = HOW_TO_WRITE_A_DAY
    return Wrong(where, what)


class _Seen:
    """What stood in earlier rows, as digests, in a file that nobody else can open."""

    def __init__(self) -> None:
        # An unnamed database of SQLite's lies in a temporary file once it outgrows its cache.
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute(
            "CREATE TABLE seen (thing BLOB PRIMARY KEY, words BLOB, number INTEGER) WITHOUT ROWID"
        )
        self._rows.execute("BEGIN")
        self._salt = secrets.token_bytes(16)

    def before(self, thing: bytes, words: bytes, *, number: int) -> tuple[int | None, bool]:
        """The earlier row about the same thing, and whether it said the same; remember this one.

        A thing without a name is what it says.
        """
        digest = self._digest(words)
        name = self._digest(thing) if thing else digest
        found = self._rows.execute("SELECT words, number FROM seen WHERE thing = ?", (name,))
        if (row := found.fetchone()) is not None:
            return row[1], row[0] == digest
        self._rows.execute("INSERT INTO seen VALUES (?, ?, ?)", (name, digest, number))
        return None, False

    def _digest(self, content: bytes) -> bytes:
        return blake2b(content, key=self._salt, digest_size=16).digest()
