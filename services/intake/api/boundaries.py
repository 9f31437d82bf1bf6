"""The routes of notices across boundaries, for the authority that is told."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from services.intake.application import BoundaryApplication
from services.intake.store import BoundaryList, NoticeRow
from shared.web.body import Body, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.paging import Next, Paged
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, show

router = APIRouter(prefix="/boundary-notices", tags=["boundary notices"])

Reader = Annotated[Caller, Depends(May("list-boundary-notices"))]
Answerer = Annotated[Caller, Depends(May("acknowledge-boundary-notice"))]


class NoticePage(Struct, frozen=True, kw_only=True):
    """Some of the notices to the caller's authority, the oldest first."""

    notices: list[NoticeRow]
    next: Next


class ReadBody(Body):
    """Nothing more is to be said."""

    model_config = example()


@router.get("", response_class=Response)
@answers(NoticePage)
async def list_notices(
    caller: Reader,
    listed: Annotated[BoundaryList, Depends(held("boundary_list"))],
    log: Log,
    paging: Paged,
    include_acknowledged: Annotated[
        bool, Query(description="All of them; else those that nobody has read.")
    ] = False,
) -> Response:
    """Children of whom your authority was told: living in your area, placed by you, or found.

    Nobody's name is in it: by `child` the child's view is found.
    """
    scope = ("boundary-notices", caller.actor.agency, include_acknowledged)
    rows = await listed.notices(
        to=caller.actor.agency,
        only_open=not include_acknowledged,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.raised_at, row.notice_id), *scope)
    answer = NoticePage(notices=page, next=following)
    return await show(answer, {row.child for row in page}, caller, log)


@router.post("/{notice_id}/acknowledge", status_code=201, response_model=Receipt)
async def acknowledge(
    notice_id: UUID,
    body: ReadBody,  # noqa: ARG001 (nothing more is to be said)
    request: Request,
    caller: Answerer,
    use: Annotated[BoundaryApplication, Depends(held("boundaries"))],
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Say that your authority has read it. That moves no responsibility: an acceptance does."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.acknowledge(notice_id=notice_id, context=caller.context, answer=answer),
    )
