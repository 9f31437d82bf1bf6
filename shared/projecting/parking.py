"""Events that were put aside because they could not be read or dealt with, and another try at them.

Putting one aside lets the others go on. It stays listed until somebody has mended what was wrong
(the code, as a rule; events are never changed) and replays it.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from shared.contracts.refusals import Unavailable
from shared.projecting.facts import Event, Folds, LinkChange
from shared.projecting.opening import Opener

FETCH_SECONDS = 10.0


class Batches(Protocol):
    """Where another service's events come from."""

    def __call__(
        self, source: str, after: int, digest: bytes | None = None
    ) -> AsyncGenerator[list[tuple[int, bytes]], None]:
        """Batches of (position, body) after a position, contiguous, for ever.

        Args:
            digest: SHA-256 of the event at that position, if known.
        """


class PutAside(Struct, frozen=True, kw_only=True):
    """An event that waits for a person.

    Attributes:
        reason: a class of fault, never what was in the event.
    """

    source: str
    position: int
    reason: str
    parked_at: datetime


async def body_at(batches: Batches, source: str, position: int) -> bytes:
    """The bytes of another service's event, from the bus or from its owner's feed.

    Raises:
        Unavailable: neither gives it now.
    """
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            async with aclosing(batches(source, position - 1)) as found:
                async for messages in found:
                    return messages[0][1]
    except TimeoutError:
        pass
    raise Unavailable("the event cannot be fetched now; try again when the bus answers")


async def links_of_mentions(
    connection: Any, folds: Folds, opener: Opener, event: Event
) -> list[LinkChange]:
    """Every change of membership of the mentions that an event links, from the archive, in order.

    An event that is replayed comes after links that are newer than its own: only all of them
    together, in order, say where a mention stands.
    """
    mentions = {link.mention_id for link in folds.links_of(event)}
    if not mentions:
        return []
    rows = await connection.fetch(
        "SELECT DISTINCT source, position, body FROM archive.event JOIN archive.mention "
        "USING (source, position) WHERE mention_id = ANY($1) AND NOT EXISTS (SELECT FROM "
        "archive.parked p WHERE p.source = event.source AND p.position = event.position)",
        list(mentions),
    )
    archived, _ = await opener.opened([(row[0], row[1], row[2]) for row in rows])
    links = [
        link for other in archived for link in folds.links_of(other) if link.mention_id in mentions
    ]
    return sorted(links, key=lambda link: link.position)


def listed(rows: Sequence[Any]) -> list[PutAside]:
    """What was put aside, from rows of (source, position, reason, when)."""
    return [
        PutAside(source=row[0], position=row[1], reason=row[2], parked_at=row[3]) for row in rows
    ]
