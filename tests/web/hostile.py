"""Requests that no honest client sends, by what is wrong with them."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.web.app import CANARY

GOOD: dict[str, Any] = {
    "code": "northvale-police",
    "line": "Wren",
    "at": "2015-03-27T22:10:00Z",
    "inner": [{"word": "a", "number": 1}],
}
MEGABYTE = 1024 * 1024


@dataclass
class Ask:
    """A request."""

    status: int
    content: bytes | Callable[[], AsyncIterator[bytes]] = b""
    method: str = "POST"
    url: str = "/things"
    headers: dict[str, str | None] = field(default_factory=dict)


def body(**changed: Any) -> Ask:
    """A good body but for these fields."""
    return with_fields(changed)


def with_fields(changed: dict[str, Any]) -> Ask:
    """A good body but for these fields, whatever they are called."""
    return Ask(422, json.dumps(GOOD | changed).encode())


def raw(text: bytes | str, status: int = 400) -> Ask:
    """A good body whose `line` is followed by this text."""
    text = text.encode() if isinstance(text, str) else text
    return Ask(status, json.dumps(GOOD).encode()[:-1] + b", " + text + b"}")


def said(status: int, **changed: str | None) -> Ask:
    """A good body under these headers."""
    return Ask(status, json.dumps(GOOD | {"line": CANARY}).encode(), headers=dict(changed))


def get(url: str, status: int, method: str = "GET", **changed: str | None) -> Ask:
    return Ask(status, method=method, url=url, headers={"content_type": None, **changed})


async def ten_megabytes() -> AsyncIterator[bytes]:
    for _ in range(160):
        yield CANARY.encode() * 13107


QUOTES = b'{"line":"' + b'\\"' * (MEGABYTE // 2 - 8)
"""A string that never ends: a careless pattern reads it again from each of its quotes."""

HOSTILE: dict[str, Ask] = {
    # Types and fields.
    "text for a number": body(count=CANARY),
    "number for text": body(line=1),
    "true for a number": body(count=True),
    "number for true": body(sure=1),
    "text for true": body(sure="true"),
    "float for a number": body(count=1.5),
    "whole float for a number": body(count=1.0),
    "list for text": body(line=[CANARY]),
    "object for a list": body(inner={CANARY: 1}),
    "null for text": body(line=None),
    "text for an object": body(inner=[CANARY]),
    "an unknown field": with_fields({CANARY: 1}),
    "an unknown field within": body(inner=[{"word": "a", CANARY: 1}]),
    "a field named as a path": with_fields({f"../{CANARY}/~1": {}}),
    "a field missing": Ask(422, json.dumps({"code": CANARY.lower()}).encode()),
    "a list": Ask(422, f'["{CANARY}"]'.encode()),
    "a text": Ask(422, f'"{CANARY}"'.encode()),
    "null": Ask(422, b"null"),
    "a code with a space": body(code=f"{CANARY} x"),
    "a code with a line end": body(code="a\n"),
    "nothing but spaces": body(line="  \t "),
    "a line too long": body(line=CANARY * 41),
    # Times.
    "a naive time": body(at="2015-03-27T22:10:00"),
    "a day for a time": body(at="2015-03-27"),
    "seconds for a time": body(at=1427494200),
    "seconds as text for a time": body(at="1427494200"),
    "a float as text for a time": body(at="-14274942.5"),
    "words for a time": body(at=f"{CANARY} o'clock"),
    "no such day": body(at="2015-02-30T00:00:00Z"),
    "the first hour of all": body(at="0001-01-01T00:00:00+14:00"),
    "the last hour of all": body(at="9999-12-31T23:59:59-14:00"),
    "a time for a day": body(on="2015-03-27T22:10:00Z"),
    "a number for a day": body(on=0),
    "a number as text for a day": body(on="0"),
    # What parsers disagree about.
    "a NUL, raw": raw(b'"x": "\0"'),
    "a NUL, escaped": body(line=f"{CANARY}\0"),
    "a NUL in a name": raw(r'"\u0000": 1', 422),
    "half a character": raw(rf'"x": "{CANARY}\ud800"', 422),
    "half a character in a name": raw(r'"\udfff": 1', 422),
    "not UTF-8": raw(b'"x": "\xff' + CANARY.encode() + b'"'),
    "an overlong slash": raw(b'"x": "\xc0\xaf"'),
    "a byte order mark": Ask(400, b"\xef\xbb\xbf" + json.dumps(GOOD).encode()),
    "UTF-16": Ask(400, json.dumps(GOOD).encode("utf-16")),
    "a key twice": raw(f'"line": "{CANARY}"'),
    "a key twice, escaped once": raw(r'"l\u0069ne": "x"'),
    "a key twice within": raw('"inner": [{"word": "a", "word": "b"}]'),
    "NaN": raw('"count": NaN'),
    "-Infinity": raw('"x": -Infinity'),
    "an endless float": raw('"x": 1e999', 422),
    "an endless negative float": raw('"x": -1e999', 422),
    "21 digits": raw('"x": 100000000000000000000', 422),
    "5000 digits": raw('"x": ' + "9" * 5000, 422),
    "a number of 65 bits": body(count=2**65),
    "a comment": raw("/* x */ "),
    "a comma too many": raw(""),
    "two documents": Ask(400, json.dumps(GOOD).encode() * 2),
    "33 levels": raw('"x": ' + "[" * 32 + "]" * 32),
    "100000 levels": Ask(400, b"[" * 100_000 + b"]" * 100_000),
    "levels and a text that does not end": Ask(400, b'{"a":"' + b"[" * 100_000),
    "quotes without end": Ask(400, QUOTES),
    "nothing": Ask(400, b""),
    "white space": Ask(400, b" \n "),
    # Size.
    "10 MB": Ask(413, CANARY.encode() * 2_000_000),
    "10 MB in pieces": Ask(413, ten_megabytes),
    "10 MB declared": said(413, content_length="10485760"),
    "a length that lies": Ask(
        413, b" " * (MEGABYTE + 1), headers={"content_length": "12", "x_canary": CANARY}
    ),
    "a negative length": said(400, content_length="-1"),
    "a length in words": said(400, content_length=CANARY),
    "a length with a sign": said(400, content_length="+12"),
    "a length of 20 digits": said(413, content_length="9" * 20),
    "a length of 5000 digits": said(413, content_length="9" * 5000),
    "a long address": get(f"/things/{CANARY * 500}", 400),
    "a long query": get(f"/things?q={CANARY * 500}", 400),
    "a long encoded address": get("/things/" + "%C3%A9" * 400, 400),
    # Headers.
    "no content type": said(415, content_type=None),
    "a form": said(415, content_type="application/x-www-form-urlencoded"),
    "text": said(415, content_type=f"text/{CANARY}"),
    "charset UTF-16": said(415, content_type="application/json; charset=utf-16"),
    "an unknown parameter": said(415, content_type=f"application/json; {CANARY}=1"),
    "a body that is not JSON on a GET": Ask(
        415, CANARY.encode(), "GET", "/things/x", {"content_type": "text/plain"}
    ),
    "a compressed body": said(415, content_encoding="gzip"),
    "a body compressed by nobody knows what": said(415, content_encoding=CANARY),
    "no key": said(400, idempotency_key=None),
    "a short key": said(400, idempotency_key=CANARY),
    "a long key": said(400, idempotency_key=CANARY * 30),
    "a key with other characters": said(400, idempotency_key=f"{CANARY} {CANARY} {CANARY};"),
    "a key of quotes": said(400, idempotency_key='"' * 20),
    "no token": said(401, authorization=None),
    "another scheme": said(401, authorization=f"Basic {CANARY}"),
    "a token of nothing": said(401, authorization="Bearer "),
    "a token of dots": said(401, authorization=f"Bearer {CANARY}.{CANARY}.{CANARY}"),
    "a correlation id of its own making": Ask(
        400, b"", headers={"correlation_id": f"{CANARY}-{CANARY}"}
    ),
    "a correlation id that is too long": Ask(400, b"", headers={"correlation_id": CANARY * 99}),
    # Addresses and methods.
    "an unknown route": get(f"/{CANARY}", 404),
    "an unknown route with a host": get(f"/{CANARY}", 404, host=f"{CANARY}.example"),
    "a slash too many": get(f"/problems/{CANARY}/", 404, host=f"{CANARY}.example"),
    "a slash too many at a list": get(f"/things/?q={CANARY}", 404),
    "an unknown method": get("/things", 405, method=CANARY.upper()),
    "a method not for it": get(f"/things?q={CANARY}", 405, method="DELETE"),
    "encoded garbage": get(f"/things/%ff%fe%00{CANARY}", 422),
    "an encoded line end": get(f"/%0d%0aX-Injected:%20{CANARY}", 404),
    "a path upwards": get(f"/things/%2e%2e%2f{CANARY}", 404),
    "a bad id": get(f"/things/{CANARY}", 422),
    "a bad id in braces": get("/things/%7B00000000-0000-0000-0000-00000000000g%7D", 422),
    "a bad query": get(f"/things/5f2b1c0e-6f0a-4f6e-9f43-0d7b1e6f5a10?after={CANARY}", 422),
    "an unknown problem": get(f"/problems/{CANARY}", 404),
    "an unknown event type": get(f"/contracts/{CANARY}.v1.json", 404),
    "what one may not do": Ask(403, json.dumps(GOOD).encode(), url="/things/registered"),
}
