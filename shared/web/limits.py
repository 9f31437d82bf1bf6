"""What a request may be: read whole, checked once, before any of our code looks at it.

A file is not read here but by its route, once it is known who sends it (`shared.web.uploads`).
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.contracts.refusals import Fault
from shared.web.problems import problem_response
from shared.web.uploads import Upload, counted

MAX_BODY_BYTES: Final = 1024 * 1024
"""A missing report with everything in it has about 20 kB; a file import has a route of its own."""

MAX_DEPTH: Final = 32
"""Our deepest body has seven levels."""

MAX_URL_BYTES: Final = 2048

MAX_INTEGER_DIGITS: Final = 20
"""More than 64 bits."""

_MARKS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A whole string, or a bracket. It never goes back: a string that does not end takes all the rest.
Were its end demanded, a megabyte of `\\"` would be read anew from each quote, for an hour."""


class _Gone(Exception):
    """The client went away before its request was whole: nobody waits for an answer."""


class Unclean(Exception):
    """What came is too large, too deep, or no clean JSON; the message never repeats any of it.

    Attributes:
        problem: the name of the problem that this is.
    """

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail


class Limits:
    """ASGI middleware: refuses what is too large, too deep, or not clean JSON."""

    def __init__(self, app: ASGIApp, uploads: Sequence[Upload] = ()) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, then hand it on with its body read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = next((u for u in self._uploads if u.takes(scope["method"], scope["path"])), None)
        try:
            if upload is not None:
                _check_upload(scope, upload)
                await self._app(scope, counted(receive, upload.most_bytes), send)
                return
            body = await _checked_body(scope, receive)
        except _Gone:
            return
        except Unclean as bad:
            faults = (Fault("/", bad.detail),) if bad.problem == "invalid" else ()
            response = problem_response(
                bad.problem, bad.detail, scope["state"]["correlation_id"], faults=faults
            )
            await response(scope, receive, send)
            return
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


def _check_upload(scope: Scope, upload: Upload) -> None:
    """Refuse by its headers what need not be read."""
    _check_address(scope)
    headers = {name.lower(): value for name, value in scope["headers"]}
    _check_length(headers, upload.most_bytes, upload.too_large)
    _check_coding(headers)
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind.decode("latin-1") not in upload.types:
        raise Unclean("wrong-content-type", upload.wrong_type)


def _check_coding(headers: dict[bytes, bytes]) -> None:
    if headers.get(b"content-encoding", b"").strip().lower() not in {b"", b"identity"}:
        raise Unclean("wrong-content-type", "send the body uncompressed, without Content-Encoding")


def _check_address(scope: Scope) -> None:
    path = scope.get("raw_path") or scope["path"].encode()
    if len(path) + len(scope["query_string"]) > MAX_URL_BYTES:
        raise Unclean("request-refused", "the address is too long")


async def _checked_body(scope: Scope, receive: Receive) -> bytes:
    _check_address(scope)
    headers = {name.lower(): value for name, value in scope["headers"]}
    body = await _body(headers, receive)
    if body or scope["method"] in {"POST", "PUT", "PATCH"}:
        _check_coding(headers)
        _check_type(headers)
        check_json(body)
    return body


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    _check_length(headers, MAX_BODY_BYTES, "a request body may have at most 1 MiB")
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            # What came so far may well be JSON by itself; it is not what the client meant to send.
            raise _Gone
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise Unclean("too-large", "a request body may have at most 1 MiB")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _check_length(headers: dict[bytes, bytes], most: int, too_large: str) -> None:
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit():
        raise Unclean("request-refused", "Content-Length must be a number of bytes")
    # Python refuses to read a number of thousands of digits at all, so their count comes first.
    if len(declared) > MAX_INTEGER_DIGITS or int(declared) > most:
        raise Unclean("too-large", too_large)


def _check_type(headers: dict[bytes, bytes]) -> None:
    kind, _, parameters = headers.get(b"content-type", b"").partition(b";")
    charset = parameters.strip().lower().removeprefix(b"charset=").strip(b'"')
    if kind.strip().lower() != b"application/json" or charset not in {b"", b"utf-8"}:
        raise Unclean("wrong-content-type", "Content-Type must be application/json, in UTF-8")


def check_json(body: bytes) -> Any:
    """Refuse what parsers disagree about, and what a database cannot keep.

    Returns:
        The document.

    Raises:
        Unclean: the body is no clean JSON document.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Unclean("malformed", "the body is not UTF-8") from None
    if not body.strip():
        raise Unclean("malformed", "the body is empty")
    _check_depth(body)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_once_each,
            parse_constant=_no_constant,
            parse_int=_short_int,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        raise Unclean("malformed", "the body is not JSON") from None
    _check_text(document)
    return document


def _check_depth(body: bytes) -> None:
    depth = 0
    for mark in _MARKS.finditer(body):
        if mark[0] in {b"[", b"{"}:
            depth += 1
        elif mark[0] in {b"]", b"}"}:
            depth -= 1
        if depth > MAX_DEPTH:
            raise Unclean("malformed", f"the body is nested deeper than {MAX_DEPTH} levels")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unclean("malformed", "an object has the same key twice")
    return found


def _no_constant(_: str) -> Any:
    raise Unclean("malformed", "NaN and Infinity are not JSON")


def _short_int(digits: str) -> int:
    # Nothing of ours counts further than a database does, nor reads thousands of digits.
    if len(digits) > MAX_INTEGER_DIGITS or not -(2**63) <= int(digits) < 2**63:
        raise Unclean("invalid", "a number is too large")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Unclean("invalid", "a number is too large")
    return number


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise Unclean("invalid", "text must not hold a NUL character")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unclean("invalid", "text holds half of a character (a lone surrogate)") from None
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check_text(item)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
