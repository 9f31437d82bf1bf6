"""The network around anybody or anything."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from services.mash.api.answers import an_answer
from services.mash.api.asking import AsAt, leaving
from services.mash.application import MAX_STEPS, NetworkAnswer, NetworkApplication
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.openapi import answers

router = APIRouter(tags=["network"])

Viewer = Annotated[Caller, Depends(May("view-network"))]


@router.get("/network/{subject_id}", response_class=Response)
@answers(NetworkAnswer, example=an_answer("network"))
async def network(
    subject_id: UUID,
    caller: Viewer,
    networks: Annotated[NetworkApplication, Depends(held("networks"))],
    steps: Annotated[int, Query(ge=1, le=MAX_STEPS, description="How far out.")] = 2,
    start: Annotated[
        Literal["child", "perpetrator"] | None,
        Query(
            description="Where the same person is a child in one report and accused in another: "
            "from which reports to start. What is said of the one leads nowhere to the other.",
        ),
    ] = None,
    as_at: AsAt = None,
) -> Response:
    """Who and what stands together in reports, step by step, with the reports of each edge."""
    answered = await networks.network(
        asked_for=subject_id,
        steps=steps,
        accused=start == "perpetrator",
        as_at=as_at,
        asker=caller,
    )
    return leaving(answered)
