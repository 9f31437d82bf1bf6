"""Who was shown a report of intelligence: for the bureau whose report it is."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.mash.application import ShowingApplication, ShownAnswer
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.openapi import answers

router = APIRouter(prefix="/intelligence", tags=["intelligence"])

Bureau = Annotated[Caller, Depends(May("list-shown"))]


@router.get("/{report_id}/shown", response_class=Response)
@answers(ShownAnswer)
async def shown(
    report_id: UUID, caller: Bureau, use: Annotated[ShowingApplication, Depends(held("showings"))]
) -> Response:
    """Everybody who was shown a report of your bureau here, in which version, when and why.

    When it is withdrawn, they are the ones to tell. Whoever looked at the same child, and could not
    see the report then, is not among them.
    """
    answered = await use.shown(report_id=report_id, asker=caller)
    return Response(answered.body, media_type="application/json")
