"""A service's events in order, for other services: what the bus has lost is fetched here.

The events leave as they are stored, sealed; so nothing is disclosed.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from shared.contracts.refusals import NotFound
from shared.eventstore.store import PAGE, EventStore
from shared.web.caller import Caller, May
from shared.web.openapi import problems

router = APIRouter(tags=["feed"])

LAST_POSITION = 2**63 - 1
"""The largest number that the database can hold; it takes a larger one for a broken statement."""

Service = Annotated[Caller, Depends(May("read-feed"))]


EVENTS = "application/x-ndjson"
TOLD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events, one JSON document a line, as /contracts/asyncapi.json tells",
        "content": {EVENTS: {"schema": {"type": "string"}}},
    },
    **problems(404),
}


@router.get("/feed", response_class=Response, responses=TOLD)
async def feed(
    request: Request,
    caller: Service,  # noqa: ARG001 (the permission)
    store: Annotated[
        str, Query(max_length=64, description="The store's name.", examples=["missing"])
    ],
    after: Annotated[
        int, Query(ge=0, le=LAST_POSITION, description="The position after which to read.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE, description="At most so many events.")] = PAGE,
) -> Response:
    """The events after a position, one JSON document a line, as stored."""
    stores: dict[str, EventStore] = request.app.state.stores
    if store not in stores:
        raise NotFound("this service has no such store")
    events = await stores[store].after(after, limit)
    return Response(b"".join(event.body + b"\n" for event in events), media_type=EVENTS)
