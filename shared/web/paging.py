"""Lists in pages: a cursor says where the page before ended, whatever was added since.

A page ends at a row's own key (a time and an id), never at a count of rows: what is added between
two pages moves nothing. A cursor is opaque to whoever holds it, and signed for the one list, caller
and filters that it was given for, so that nobody can point one into a list that they may not see.
"""

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Query, Request

from shared.contracts.refusals import Fault, Invalid
from shared.vault.keyring import Keyring

MOST_ROWS = 200
TAG_SIZE = 16

K = TypeVar("K")
Row = TypeVar("Row")


class Cursors:
    """Writes and reads the cursors of a service."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def write(self, key: object, scope: Sequence[object]) -> str:
        """A cursor after the row with this key; `scope` says of which list, for whom, how filtered.

        A key is a time and an id, or the like: what the list is ordered by, unique to its row.
        """
        body = msgspec.json.encode(key)
        return base64.urlsafe_b64encode(self._tag(body, scope) + body).rstrip(b"=").decode()

    def read(self, given: str, kind: type[K], scope: Sequence[object]) -> K:
        """The key that a cursor holds.

        Raises:
            Invalid: it is no cursor of ours, or was given for another list, caller or filter.
        """
        try:
            raw = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
            tag, body = raw[:TAG_SIZE], raw[TAG_SIZE:]
            if hmac.compare_digest(tag, self._tag(body, scope)):
                return msgspec.json.decode(body, type=kind)
        except (ValueError, msgspec.MsgspecError):
            pass  # Not of the alphabet, or the key of another list.
        raise Invalid(
            "this cursor is not of this list",
            (
                Fault(
                    "/query/cursor", "begin without a cursor, and keep the filters while you page"
                ),
            ),
        )

    def _tag(self, body: bytes, scope: Sequence[object]) -> bytes:
        said = (msgspec.json.encode(part).decode() for part in scope)
        return self._keyring.index("cursor", body.hex(), *said)[:TAG_SIZE]


@dataclass(frozen=True)
class Paging:
    """Which page is asked for.

    Attributes:
        limit: rows at most.
    """

    cursors: Cursors
    limit: int
    _given: str | None

    def after(self, kind: type[K], *scope: object) -> K | None:
        """The key after which the page begins; none at the beginning.

        Raises:
            Invalid: see `Cursors.read`.
        """
        if self._given is None:
            return None
        return self.cursors.read(self._given, kind, scope)

    def cut(
        self, rows: Sequence[Row], key_of: Callable[[Row], object], *scope: object
    ) -> tuple[list[Row], str | None]:
        """A page of rows, of which one more than `limit` was asked for, and the cursor after it.

        The cursor is none where there is nothing more.
        """
        page = list(rows[: self.limit])
        if len(rows) <= self.limit:
            return page, None
        return page, self.cursors.write(key_of(page[-1]), scope)


def _paging(
    request: Request,
    cursor: Annotated[
        str | None,
        Query(
            max_length=500,
            description="`next` of the page before, as it was given; with the same filters.",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page.")] = 50,
) -> Paging:
    cursors: Cursors = request.app.state.runtime.cursors
    return Paging(cursors, limit, cursor)


Paged = Annotated[Paging, Depends(_paging)]
"""A route's pages: `cursor` and `limit` in its address."""

Next = Annotated[
    str | None,
    msgspec.Meta(description="Send it as `cursor` for the next page; null after the last row."),
]
