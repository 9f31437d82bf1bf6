"""Showing whoever sent a record what they sent: recorded before it leaves, whatever the record."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Depends
from fastapi.responses import Response
from msgspec import Meta, Struct

from shared.access.disclosure import Disclosures, Showing
from shared.contracts.sealed import Sealed
from shared.eventstore.repository import Happened
from shared.web.caller import Caller
from shared.web.held import held

Log = Annotated[Disclosures, Depends(held("disclosures"))]

Data = Annotated[
    Any,
    Meta(
        description="Its fields, as /contracts/{type}.json tells; the sealed ones opened, as "
        "/contracts/sealed.json tells what is inside. Where one cannot be shown, "
        '`{"state": "erased"}` or `{"state": "withheld"}` says why.',
        extra_json_schema={"type": "object"},
    ),
]


class EventShown(Struct, frozen=True, kw_only=True):
    """Something that happened to a record.

    Attributes:
        agency: whose information it is.
    """

    id: UUID
    type: str
    agency: str
    recorded_at: str
    data: Data


class RecordShown(Struct, frozen=True, kw_only=True):
    """A record: everything that happened to it, in order."""

    id: UUID
    events: list[EventShown]


async def show_record(
    record_id: UUID, events: Sequence[Happened], caller: Caller, log: Disclosures
) -> Response:
    """Answer with a record.

    Raises:
        Unavailable: it cannot be recorded that it is shown, so it is not.
    """
    record = RecordShown(
        id=record_id,
        events=[
            EventShown(
                id=event.event_id,
                type=event.type,
                agency=event.agency,
                recorded_at=event.recorded_at,
                data=event.data,
            )
            for event in events
        ],
    )
    mentions = {m for event in events for m in event.data.about}
    mentions |= {m.mention_id for event in events for m in event.data.mentions}
    return await show(record, mentions, caller, log)


async def show(answer: Any, mentions: Iterable[UUID], caller: Caller, log: Disclosures) -> Response:
    """Answer with content about these mentions.

    Raises:
        Unavailable: it cannot be recorded that it is shown, so it is not.
    """
    body = msgspec.json.encode(answer, enc_hook=opened)
    await _record(
        Showing(action=caller.action, outcome="shown", answer=body, mentions=sorted(mentions)),
        caller,
        log,
    )
    return Response(body, media_type="application/json")


async def show_file(
    content: bytes, media_type: str, mentions: Iterable[UUID], caller: Caller, log: Disclosures
) -> Response:
    """Answer with a file about these mentions.

    Raises:
        Unavailable: it cannot be recorded that it is shown, so it is not.
    """
    showing = Showing(
        action=caller.action, outcome="shown", answer=content, mentions=sorted(mentions)
    )
    await _record(showing, caller, log)
    return Response(content, media_type=media_type)


async def show_nothing(caller: Caller, log: Disclosures) -> None:
    """Record that somebody asked for what is not there, or is another's: the two look the same.

    Raises:
        Unavailable: it cannot be recorded.
    """
    await _record(Showing(action=caller.action, outcome="nothing-found"), caller, log)


def opened(value: Any) -> Any:
    """Encoding hook: a sealed field as what is inside, or as why that cannot be shown."""
    if isinstance(value, Sealed):
        return value.opened if value.opened is not None else {"state": value.state}
    raise TypeError(type(value).__name__)


async def _record(showing: Showing, caller: Caller, log: Disclosures) -> None:
    await log.record(
        showing, actor=caller.actor, correlation_id=caller.correlation_id, decided=caller.decided
    )
