"""The route by which an interview becomes a draft of an information report, in one step."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from msgspec import Struct

from services.missing.application import Draft, Drafts
from shared.contracts.refusals import NotFound
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.openapi import answers, problems
from shared.web.records import Log, show, show_nothing

router = APIRouter(tags=["interviews"])

Drafter = Annotated[Caller, Depends(May("draft-information-report"))]

NOTICE = (
    "A draft is sent to nobody. Read it, change it, and send it to the intelligence service's "
    "/reports yourself. It is not a referral to the police or to children's services: in an "
    "emergency call 999."
)


class DraftsShown(Struct, frozen=True, kw_only=True):
    """Drafts of information reports from one interview."""

    interview_id: UUID
    notice: str
    drafts: tuple[Draft, ...]


@router.get(
    "/interviews/{interview_id}/information-report",
    response_class=Response,
    responses=problems(409),
)
@answers(DraftsShown)
async def draft_report(
    interview_id: UUID, caller: Drafter, use: Annotated[Drafts, Depends(held("drafts"))], log: Log
) -> Response:
    """What was said in an interview of yours, as a draft of an information report for the police.

    One of the interview, and one of each time a carer told something. That you read it is on record
    first.
    """
    try:
        found = await use.of_interview(interview_id=interview_id, provider=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, log)
        raise
    answer = DraftsShown(interview_id=interview_id, notice=NOTICE, drafts=found.drafts)
    return await show(answer, set(found.mentions), caller, log)
