"""The routes of statuses: for children's social care, each authority its own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

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
from shared.contracts import intake, times
from shared.web.caller import Caller, May
from shared.web.idempotency import MAY_REHEARSE, IdempotencyKey
from shared.web.openapi import answers
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, RecordShown

router = APIRouter(prefix="/statuses", tags=["statuses"])

Sayer = Annotated[Caller, Depends(May("record-status"))]
Reader = Annotated[Caller, Depends(May("read-own-status"))]


def statuses(request: Request) -> StatusApplication:
    """The use cases."""
    found: StatusApplication = request.app.state.statuses
    return found


Statuses = Annotated[StatusApplication, Depends(statuses)]


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


@router.get("/{status_id}", response_class=Response)
@answers(RecordShown)
async def own_status(status_id: UUID, caller: Reader, use: Statuses, log: Log) -> Response:
    """What your authority has sent about a status, as it was stored."""
    return await shown_events(status_id, caller, use, log)
