"""Showing an authority what it sent itself: recorded before it leaves."""

from uuid import UUID

from fastapi.responses import Response

from services.intake.application import OwnedRecords
from shared.access.disclosure import Disclosures
from shared.contracts.refusals import NotFound
from shared.web.caller import Caller
from shared.web.records import show_nothing, show_record


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
        await show_nothing(caller, log)
        raise
    return await show_record(record_id, events, caller, log)
