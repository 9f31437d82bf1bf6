"""The routes that show: an agency's own screenings, what changed, and what is to be done.

An answer with content is recorded before it leaves. Lists have ids, codes and times only.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from services.screening.api.using import Listed, Log, Screenings, acting
from services.screening.domain import compare
from shared.access.disclosure import Disclosures, Showing
from shared.contracts import screening
from shared.contracts.refusals import NotFound, RuleBroken
from shared.contracts.sealed import Sealed
from shared.web.caller import Caller, May

router = APIRouter(tags=["reading"])

Reader = Annotated[Caller, Depends(May("read-own-screening"))]
Lister = Annotated[Caller, Depends(May("list-screenings"))]
Seeker = Annotated[Caller, Depends(May("list-obligations"))]

MAX_ROWS = 200


@router.get("/screenings", response_class=Response)
async def list_screenings(
    caller: Lister,
    listed: Listed,
    after: Annotated[UUID | None, Query(description="The last id of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 50,
) -> Response:
    """Your agency's screenings, the newest first. Nobody's name is in it."""
    rows = await listed.screenings(agency=caller.actor.agency, after=after, limit=limit)
    return Response(msgspec.json.encode({"screenings": rows}), media_type="application/json")


@router.get("/obligations", response_class=Response)
async def list_obligations(
    caller: Seeker,
    listed: Listed,
    obligation: Annotated[screening.Obligation | None, Query(description="Only these.")] = None,
    due_before: Annotated[AwareDatetime | None, Query(description="Only those due before.")] = None,
    include_closed: Annotated[bool, Query(description="Also what was done.")] = False,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """What is to be done, the next due first: for your screenings; for a council, in its area.

    `obligation=review` with `due_before` is the list of reviews due.
    """
    who = acting(caller)
    rows = await listed.obligations(
        agency=who.agency if who.for_own else None,
        area=who.agency if who.for_area else None,
        obligation=obligation,
        due_before=due_before,
        only_open=not include_closed,
        limit=limit,
        offset=offset,
    )
    return Response(msgspec.json.encode({"obligations": rows}), media_type="application/json")


@router.get("/screenings/{screening_id}", response_class=Response)
async def own_screening(
    screening_id: UUID, caller: Reader, use: Screenings, disclosures: Log
) -> Response:
    """A screening that your agency filled in, as it was stored, with all that followed."""
    try:
        events = await use.own_screening(screening_id=screening_id, agency=caller.actor.agency)
    except NotFound:
        await _nothing(caller, disclosures)
        raise
    body = {
        "id": screening_id,
        "events": [
            {
                "id": event.event_id,
                "type": event.type,
                "agency": event.agency,
                "recorded_at": event.recorded_at,
                "data": event.data,
            }
            for event in events
        ],
    }
    mentions = {m.mention_id for event in events for m in event.data.mentions}
    return await _shown(body, mentions, caller, disclosures)


@router.get("/screenings/{screening_id}/series", response_class=Response)
async def series(screening_id: UUID, caller: Reader, use: Screenings, disclosures: Log) -> Response:
    """Your agency's screenings of the same child, oldest first: the direction, not only the last.

    "Current" ticks are current to the day of their screening, which stands beside them.
    """
    try:
        found = await use.own_series(screening_id=screening_id, agency=caller.actor.agency)
    except NotFound:
        await _nothing(caller, disclosures)
        raise
    body = {
        "series": found[0][0].series,
        "no_ticks": "An indicator that is not ticked is no evidence that the child is safe.",
        "screenings": [
            {
                "id": record.id,
                "completed_at": record.completed_at,
                "version": record.fields.version,
                "level": record.level,
                "previous": getattr(fields, "previous", None),
                "answers": fields.answers,
                "open": record.open,
            }
            for record, fields in found
        ],
    }
    return await _shown(body, {record.child for record, _ in found}, caller, disclosures)


@router.get("/screenings/{screening_id}/changes-since/{earlier_id}", response_class=Response)
async def changes(
    screening_id: UUID, earlier_id: UUID, caller: Reader, use: Screenings, disclosures: Log
) -> Response:
    """What changed between two screenings of one child, answer by answer.

    Indicators are compared by their codes across versions of the tool. Where a version words one
    otherwise, or does not ask, it says so: an answer that was never asked for is no change.
    """
    agency = caller.actor.agency
    try:
        later, later_form, later_tool = await use.own_form(screening_id=screening_id, agency=agency)
        earlier, form, tool = await use.own_form(screening_id=earlier_id, agency=agency)
        if earlier.series != later.series:
            raise NotFound("there is no such record")  # noqa: TRY301 (the same as if it were none)
    except NotFound:
        await _nothing(caller, disclosures)
        raise
    if form.answers.opened is None or later_form.answers.opened is None:
        raise RuleBroken("what one of them says was erased: they cannot be compared")
    body = compare((earlier.level, form, tool), (later.level, later_form, later_tool))
    return await _shown(body, {earlier.child, later.child}, caller, disclosures)


async def _shown(
    body: Any, mentions: set[UUID], caller: Caller, disclosures: Disclosures
) -> Response:
    encoded = msgspec.json.encode(body, enc_hook=_opened)
    await disclosures.record(
        Showing(action=caller.action, outcome="shown", answer=encoded, mentions=sorted(mentions)),
        actor=caller.actor,
        correlation_id=caller.correlation_id,
        decided=caller.decided,
    )
    return Response(encoded, media_type="application/json")


async def _nothing(caller: Caller, disclosures: Disclosures) -> None:
    """That somebody asked is on record too, whether there is another agency's or none."""
    await disclosures.record(
        Showing(action=caller.action, outcome="nothing-found"),
        actor=caller.actor,
        correlation_id=caller.correlation_id,
        decided=caller.decided,
    )


def _opened(value: Any) -> Any:
    """A sealed field as what is inside, or as why that cannot be shown."""
    if isinstance(value, Sealed):
        return value.opened if value.opened is not None else {"state": value.state}
    raise TypeError(type(value).__name__)
