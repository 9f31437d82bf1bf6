"""The routes of responsibility: one authority asks, the other answers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.intake.api.requests import AcceptBody, DeclineBody, RequestBody, TakeBackBody
from services.intake.application import ResponsibilityApplication
from services.intake.domain import Responsibility
from shared.contracts import intake, times
from shared.contracts.ids import new_mention_id
from shared.contracts.sealed import Sealed
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.mentions import child_mention
from shared.web.receipts import Keyed, Receipt

router = APIRouter(prefix="/responsibility-requests", tags=["responsibility"])

Asker = Annotated[Caller, Depends(May("request-responsibility"))]
Answerer = Annotated[Caller, Depends(May("answer-responsibility"))]


Requests = Annotated[ResponsibilityApplication, Depends(held("responsibility"))]


@router.post("", status_code=201, response_model=Receipt)
async def request_responsibility(
    body: RequestBody,
    request: Request,
    caller: Asker,
    use: Requests,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask another authority to take responsibility for a child; you keep it until they accept."""
    child = new_mention_id()
    data = intake.ResponsibilityRequested(
        mentions=(child_mention(body.child, child),),
        child=child,
        matter=body.matter,
        held_by=caller.actor.agency,
        asked=body.asked,
        requested_at=body.requested_at or times.now(),
        reason=_words(child, body.reason),
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.request(data=data, context=caller.context, answer=answer),
    )


@router.post("/{request_id}/accept", status_code=201, response_model=Receipt)
async def accept_responsibility(
    request_id: UUID,
    body: AcceptBody,
    request: Request,
    caller: Answerer,
    use: Requests,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Accept, in writing: from this moment your authority is responsible for the child."""
    now = times.now()

    def decide(asked: Responsibility) -> None:
        data = intake.ResponsibilityAccepted(
            about=(asked.child,),
            child=asked.child,
            matter=asked.matter,
            held_by=asked.held_by,
            accepted_by=asked.asked,
            accepted_at=body.at or now,
            words=_words(asked.child, body.words) if body.words is not None else None,
        )
        asked.accept(data, now=now)

    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.go_on(
            record_id=request_id,
            party="asked",
            decide=decide,
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/{request_id}/decline", status_code=201, response_model=Receipt)
async def decline_responsibility(
    request_id: UUID,
    body: DeclineBody,
    request: Request,
    caller: Answerer,
    use: Requests,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Decline, and say why: whoever asked stays responsible."""
    now = times.now()

    def decide(asked: Responsibility) -> None:
        data = intake.ResponsibilityDeclined(
            about=(asked.child,),
            child=asked.child,
            declined_at=body.at or now,
            reason=_words(asked.child, body.reason),
        )
        asked.decline(data, now=now)

    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.go_on(
            record_id=request_id,
            party="asked",
            decide=decide,
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/{request_id}/withdraw", status_code=201, response_model=Receipt)
async def withdraw_request(
    request_id: UUID,
    body: TakeBackBody,
    request: Request,
    caller: Asker,
    use: Requests,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take a request of yours back, before it is answered."""
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.go_on(
            record_id=request_id,
            party="held_by",
            decide=lambda asked: asked.withdraw(at=body.at or now, now=now),
            context=caller.context,
            answer=answer,
        ),
    )


def _words(child: UUID, text: str) -> Sealed[intake.ResponsibilityWords]:
    return Sealed.of(child, intake.ResponsibilityWords(text=text))
