"""Showing an authority what it sent itself: recorded before it leaves."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Depends, Request
from fastapi.responses import Response

from services.intake.application import OwnedRecords
from shared.access.disclosure import Disclosures, Showing
from shared.contracts.refusals import NotFound
from shared.contracts.sealed import Sealed
from shared.web.caller import Caller


def disclosure_log(request: Request) -> Disclosures:
    """The record of what is shown."""
    found: Disclosures = request.app.state.disclosures
    return found


Log = Annotated[Disclosures, Depends(disclosure_log)]


async def shown_events(
    record_id: UUID, caller: Caller, use: OwnedRecords, log: Disclosures
) -> Response:
    """A record's events, opened, as the authority sent them.

    Raises:
        NotFound: there is no such record of this authority; that somebody asked is on record too.
        Unavailable: it cannot be read, or not be recorded that it is shown.
    """
    try:
        events = await use.events_of(record_id=record_id, agency=caller.actor.agency)
    except NotFound:
        await _record(log, caller, Showing(action=caller.action, outcome="nothing-found"))
        raise
    body = msgspec.json.encode(
        {
            "id": record_id,
            "events": [
                {
                    "id": event.event_id,
                    "type": event.type,
                    "recorded_at": event.recorded_at,
                    "data": event.data,
                }
                for event in events
            ],
        },
        enc_hook=_opened,
    )
    mentions = {m.mention_id for event in events for m in event.data.mentions}
    await _record(
        log,
        caller,
        Showing(action=caller.action, outcome="shown", answer=body, mentions=sorted(mentions)),
    )
    return Response(body, media_type="application/json")


async def _record(log: Disclosures, caller: Caller, showing: Showing) -> None:
    await log.record(
        showing,
        actor=caller.actor,
        correlation_id=caller.correlation_id,
        decided=caller.decided,
    )


def _opened(value: Any) -> Any:
    """A sealed field as what is inside, or as why that cannot be shown."""
    if isinstance(value, Sealed):
        return value.opened if value.opened is not None else {"state": value.state}
    raise TypeError(type(value).__name__)
