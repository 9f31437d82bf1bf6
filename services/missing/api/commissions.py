"""The routes of commissions: for the councils that give them."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from services.missing.api.interview_requests import CommissionBody, EndBody
from services.missing.api.interviews import Interviews
from services.missing.store import CommissionList
from services.missing.views import CommissionRow
from shared.access.policy import Resource
from shared.web.body import Day
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.paging import Next, Paged
from shared.web.receipts import Keyed, Receipt

router = APIRouter(tags=["interviews"])

Commissioner = Annotated[Caller, Depends(May("commission-provider"))]


class CommissionPage(Struct, frozen=True, kw_only=True):
    """Some of the commissions of the caller's area, the one that begins last first."""

    commissions: list[CommissionRow]
    next: Next


@router.post("/commissions", status_code=201, response_model=Receipt)
async def commission(
    body: CommissionBody,
    request: Request,
    caller: Commissioner,
    use: Interviews,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Commission a provider for your area."""
    caller = caller.allowed(Resource(agency=body.area))
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.commission(
            provider=body.provider,
            area=body.area,
            since=body.since,
            until=body.until,
            context=caller.context,
            answer=answer,
        ),
    )


@router.get("/commissions", response_class=Response)
@answers(CommissionPage)
async def list_commissions(
    caller: Commissioner,
    listed: Annotated[CommissionList, Depends(held("commission_list"))],
    paging: Paged,
    on: Annotated[Day | None, Query(description="Only those in force on this day.")] = None,
) -> Response:
    """Commissions that your council gave, the one that begins last first; those that ended too.

    By `commission_id` one is ended. Codes and days only: nobody is named in it.
    """
    scope = ("commissions", caller.actor.agency, on)
    rows = await listed.rows(
        area=caller.actor.agency,
        on=on,
        after=paging.after(tuple[date, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.since, row.commission_id), *scope)
    return Response(
        msgspec.json.encode(CommissionPage(commissions=page, next=following)),
        media_type="application/json",
    )


@router.post("/commissions/{commission_id}/end", response_model=Receipt)
async def end_commission(
    commission_id: UUID,
    body: EndBody,
    request: Request,
    caller: Commissioner,
    use: Interviews,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give a commission of yours a last day. Interviews allocated before stay where they are."""
    await use.own_commission(commission_id=commission_id, area=caller.actor.agency)
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.end_commission(
            commission_id=commission_id, until=body.until, context=caller.context, answer=answer
        ),
        status=200,
    )
