"""The routes of decisions on what is returned to the government about a child missing or away."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.intake.api.own import shown_events
from services.intake.api.requests import ChangePeriodBody, PeriodBody, WithdrawPeriodBody
from services.intake.application import MissingPeriodApplication
from services.intake.domain import MissingPeriod
from shared.contracts import intake, times
from shared.contracts.sealed import Sealed
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, RecordShown

router = APIRouter(prefix="/missing-periods", tags=["missing-periods"])

Decider = Annotated[Caller, Depends(May("decide-missing-period"))]
Reader = Annotated[Caller, Depends(May("read-own-status"))]


Periods = Annotated[MissingPeriodApplication, Depends(held("missing_periods"))]


@router.post("", status_code=201, response_model=Receipt)
async def decide_period(
    body: PeriodBody,
    request: Request,
    caller: Decider,
    use: Periods,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Decide what your authority returns for a time away: who decided, and why, is on record."""
    data = body.event(times.now())
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.decide(data=data, context=caller.context, answer=answer),
    )


@router.post("/{period_id}/change", status_code=201, response_model=Receipt)
async def change_period(
    period_id: UUID,
    body: ChangePeriodBody,
    request: Request,
    caller: Decider,
    use: Periods,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Change a decision of your authority, as when the child was found."""
    now = times.now()

    def decide(period: MissingPeriod) -> None:
        data = intake.MissingPeriodChanged(about=(period.child,), **body.fields(period.child, now))
        period.change(data, now=now)

    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            MissingPeriod, record_id=period_id, decide=decide, context=caller.context, answer=answer
        ),
    )


@router.post("/{period_id}/withdraw", status_code=201, response_model=Receipt)
async def withdraw_period(
    period_id: UUID,
    body: WithdrawPeriodBody,
    request: Request,
    caller: Decider,
    use: Periods,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take a decision of your authority back: the reports speak for themselves again."""
    now = times.now()

    def decide(period: MissingPeriod) -> None:
        data = intake.MissingPeriodWithdrawn(
            about=(period.child,),
            child=period.child,
            decided_at=now,
            reason=Sealed.of(period.child, intake.DecisionReason(text=body.reason)),
        )
        period.withdraw(data, now=now)

    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            MissingPeriod, record_id=period_id, decide=decide, context=caller.context, answer=answer
        ),
    )


@router.get("/{period_id}", response_class=Response)
@answers(RecordShown)
async def own_period(period_id: UUID, caller: Reader, use: Periods, log: Log) -> Response:
    """A decision of your authority, as it was stored."""
    return await shown_events(period_id, caller, use, log)
