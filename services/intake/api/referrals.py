"""The routes of referrals: for whoever refers, and for the councils that decide."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from services.intake.api.requests.referrals import (
    DecisionBody,
    FeedbackBody,
    NotReferredBody,
    RatingBody,
    ReferralBody,
    SharingBody,
    TakeBody,
)
from services.intake.application import ReferralApplication
from services.intake.store import ReferralList
from services.intake.views.referrals import ReferralRow
from shared.contracts import times
from shared.contracts.refusals import NotFound
from shared.web.body import Moment
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.paging import Next, Paged, Paging
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, RecordShown, show_nothing, show_record

router = APIRouter(tags=["referrals"])

Referring = Annotated[Caller, Depends(May("make-referral"))]
Sender = Annotated[Caller, Depends(May("read-own-referral"))]
Deciding = Annotated[Caller, Depends(May("work-referral"))]
Reader = Annotated[Caller, Depends(May("read-referral"))]


Referrals = Annotated[ReferralApplication, Depends(held("referrals"))]
Listed = Annotated[ReferralList, Depends(held("referral_list"))]


class ReferralPage(Struct, frozen=True, kw_only=True):
    """Some of the referrals, the next due first.

    Attributes:
        now: when this was answered: what is due before it is overdue.
    """

    now: datetime
    referrals: list[ReferralRow]
    next: Next


@router.post("/referrals", status_code=201, response_model=Receipt)
async def refer(
    body: ReferralBody,
    request: Request,
    caller: Referring,
    use: Referrals,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Refer a child to a council's children's social care; due within one working day."""
    given = body.event(caller.actor.agency)
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.refer(given=given, to=body.to, context=caller.context, answer=answer),
    )


@router.post("/referrals-not-made", status_code=201, response_model=Receipt)
async def do_not_refer(
    body: NotReferredBody,
    request: Request,
    caller: Referring,
    use: Referrals,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record that you considered a referral and decided against it, and why."""
    data = body.event()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.do_not_refer(data=data, context=caller.context, answer=answer),
    )


@router.get("/referrals", response_class=Response)
@answers(ReferralPage)
async def list_referrals(
    caller: Deciding,
    listed: Listed,
    paging: Paged,
    due_before: Annotated[Moment | None, Query(description="Only those due before.")] = None,
    include_decided: Annotated[bool, Query(description="Also those that are decided.")] = False,
) -> Response:
    """Referrals that your council is to decide, and those of nobody yet; the next due first.

    `due_before` with the present is the list of what is overdue. Nobody's name is in it.
    """
    council = caller.actor.agency
    scope = ("referrals", council, due_before, include_decided)
    rows = await listed.for_council(
        council=council,
        only_open=not include_decided,
        due_before=due_before,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    return _page(rows, paging, *scope)


@router.get("/referrals/sent", response_class=Response)
@answers(ReferralPage)
async def list_sent(caller: Sender, listed: Listed, paging: Paged) -> Response:
    """Referrals that come from your agency, and what became of them. Nobody's name is in it."""
    scope = ("referrals/sent", caller.actor.agency)
    rows = await listed.sent_by(
        agency=caller.actor.agency,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    return _page(rows, paging, *scope)


@router.get("/referrals/sent/{referral_id}", response_class=Response)
@answers(RecordShown)
async def read_sent(referral_id: UUID, caller: Sender, use: Referrals, log: Log) -> Response:
    """What your agency sent of a referral, and what you were told."""
    try:
        events = await use.for_referrer(referral_id=referral_id, agency=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, log)
        raise
    return await show_record(referral_id, events, caller, log)


@router.get("/referrals/{referral_id}", response_class=Response)
@answers(RecordShown)
async def read_referral(referral_id: UUID, caller: Reader, use: Referrals, log: Log) -> Response:
    """A referral that your council is to decide, or that nobody has yet: all that happened."""
    try:
        events = await use.for_council(referral_id=referral_id, council=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, log)
        raise
    return await show_record(referral_id, events, caller, log)


@router.post("/referrals/{referral_id}/take", status_code=201, response_model=Receipt)
async def take(
    referral_id: UUID,
    body: TakeBody,  # noqa: ARG001 (nothing more is to be said)
    request: Request,
    caller: Deciding,
    use: Referrals,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take on a referral that is directed to nobody yet."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.take(referral_id=referral_id, context=caller.context, answer=answer),
    )


@router.post("/referrals/{referral_id}/rating", status_code=201, response_model=Receipt)
async def rate(
    referral_id: UUID,
    body: RatingBody,
    request: Request,
    caller: Deciding,
    use: Referrals,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Rate a referral by your area's table, or rate it anew: the final decision's time follows."""
    now = times.now()
    table = use.table(caller.actor.agency, now)
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.work(
            referral_id=referral_id,
            decide=lambda referral: body.decide(referral, table, now),
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/referrals/{referral_id}/decision", status_code=201, response_model=Receipt)
async def decide(
    referral_id: UUID,
    body: DecisionBody,
    request: Request,
    caller: Deciding,
    use: Referrals,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Decide on a course of action, with why and what happens next."""
    now = times.now()
    await use.check_first_responder(body.first_responder)
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.work(
            referral_id=referral_id,
            decide=lambda referral: body.decide(referral, now),
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/referrals/{referral_id}/feedback", status_code=201, response_model=Receipt)
async def feed_back(
    referral_id: UUID,
    body: FeedbackBody,
    request: Request,
    caller: Deciding,
    use: Referrals,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Tell whoever referred what was decided."""
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.work(
            referral_id=referral_id,
            decide=lambda referral: body.decide(referral, now),
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/referrals/{referral_id}/sharing", status_code=201, response_model=Receipt)
async def decide_sharing(
    referral_id: UUID,
    body: SharingBody,
    request: Request,
    caller: Deciding,
    use: Referrals,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record that it was decided to share with an agency, or not to, and why."""
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.work(
            referral_id=referral_id,
            decide=lambda referral: body.decide(referral, now),
            context=caller.context,
            answer=answer,
        ),
    )


def _page(rows: list[ReferralRow], paging: Paging, *scope: object) -> Response:
    shown, following = paging.cut(rows, lambda row: (row.due_by, row.referral_id), *scope)
    page = ReferralPage(now=times.now(), referrals=shown, next=following)
    return Response(msgspec.json.encode(page), media_type="application/json")
