"""The routes of statuses: for children's social care, each authority its own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from services.intake.api.own import shown_events
from services.intake.api.requests import (
    CorrectBody,
    EndBody,
    EndByReferenceBody,
    StatusBody,
    WithdrawBody,
)
from services.intake.application import StatusApplication
from services.intake.domain import Status
from services.intake.store import StatusList
from services.intake.views.statuses import StatusRow
from shared.contracts import intake, times
from shared.web.body import Day
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import MAY_REHEARSE, IdempotencyKey
from shared.web.openapi import answers
from shared.web.paging import Next, Paged
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, RecordShown, show

router = APIRouter(prefix="/statuses", tags=["statuses"])

Sayer = Annotated[Caller, Depends(May("record-status"))]
Reader = Annotated[Caller, Depends(May("read-own-status"))]


Statuses = Annotated[StatusApplication, Depends(held("statuses"))]


class StatusPage(Struct, frozen=True, kw_only=True):
    """Some of the statuses that the caller's authority sent, the newest first."""

    statuses: list[StatusRow]
    next: Next


@router.post("", status_code=201, response_model=Receipt, dependencies=[MAY_REHEARSE])
async def record_status(
    body: StatusBody,
    request: Request,
    caller: Sayer,
    use: Statuses,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Say that a child has, or had, a status: looked after, on a plan, in need, worker, school.

    Say it whenever you know it: late, in any order, also when it is over.
    """
    data = body.event(authority=caller.actor.agency, now=times.now())
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.record_status(
            data=data,
            reference=body.reference,
            handling=body.handling,
            context=caller.context,
            answer=answer,
        ),
        may_rehearse=True,
    )


@router.post("/endings", status_code=201, response_model=Receipt, dependencies=[MAY_REHEARSE])
async def end_by_reference(
    body: EndByReferenceBody,
    request: Request,
    caller: Sayer,
    use: Statuses,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """End a status by your own number. An ending that comes before its status is kept for it."""
    now = times.now()
    ending = intake.StatusEnded(
        child=UUID(int=0), until=body.until, said_at=body.said_at or now, reason=None
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.end_by_reference(
            reference=body.reference,
            ending=ending,
            reason=body.why.content() if body.why is not None else None,
            context=caller.context,
            answer=answer,
        ),
        may_rehearse=True,
    )


@router.post("/{status_id}/correct", status_code=201, response_model=Receipt)
async def correct_status(
    status_id: UUID,
    body: CorrectBody,
    request: Request,
    caller: Sayer,
    use: Statuses,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Correct a status of yours. What you said first stays on record."""
    now, authority = times.now(), caller.actor.agency

    def decide(status: Status) -> None:
        status.correct(body.event(status.child, authority=authority, now=now), now=now)

    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            Status, record_id=status_id, decide=decide, context=caller.context, answer=answer
        ),
    )


@router.post("/{status_id}/end", status_code=201, response_model=Receipt)
async def end_status(
    status_id: UUID,
    body: EndBody,
    request: Request,
    caller: Sayer,
    use: Statuses,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give a status of yours its last day; again, where the first was wrong."""
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            Status,
            record_id=status_id,
            decide=lambda status: status.end(body.event(status.child, now=now), now=now),
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/{status_id}/withdraw", status_code=201, response_model=Receipt)
async def withdraw_status(
    status_id: UUID,
    body: WithdrawBody,
    request: Request,
    caller: Sayer,
    use: Statuses,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Say that a status of yours was never so, or is another child's."""
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            Status,
            record_id=status_id,
            decide=lambda status: status.withdraw(body.event(status.child, now=now), now=now),
            context=caller.context,
            answer=answer,
        ),
    )


@router.get("", response_class=Response)
@answers(StatusPage)
async def list_statuses(
    caller: Reader,
    listed: Annotated[StatusList, Depends(held("status_list"))],
    paging: Paged,
    log: Log,
    kind: Annotated[intake.StatusKind | None, Query(description="Only those.")] = None,
    on: Annotated[Day | None, Query(description="Only those that hold on this day.")] = None,
    include_withdrawn: Annotated[bool, Query(description="Also those that were never so.")] = False,
) -> Response:
    """Statuses that your authority sent, as they stand; what was recorded last first.

    Nobody's name is in it, and no details: `GET /statuses/{status_id}` has them. That you saw them
    is on record, child by child.
    """
    authority = caller.actor.agency
    scope = ("statuses", authority, kind, on, include_withdrawn)
    rows = await listed.of_authority(
        authority=authority,
        kind=kind,
        on=on,
        include_withdrawn=include_withdrawn,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.recorded_at, row.status_id), *scope)
    answer = StatusPage(statuses=page, next=following)
    return await show(answer, {row.child for row in page}, caller, log)


@router.get("/{status_id}", response_class=Response)
@answers(RecordShown)
async def own_status(status_id: UUID, caller: Reader, use: Statuses, log: Log) -> Response:
    """What your authority has sent about a status, as it was stored."""
    return await shown_events(status_id, caller, use, log)
