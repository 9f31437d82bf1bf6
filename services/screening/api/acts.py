"""The routes of what is done about a screening: each closes what it obliged to."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.screening.api.act_requests import (
    ACTS,
    ACTS_OF_THE_AREA,
    Act,
    LiftBody,
    OverrideBody,
)
from services.screening.api.using import Screenings, acting, acting_for_area
from services.screening.application import Acting
from shared.contracts import times
from shared.web.caller import Caller, May
from shared.web.idempotency import IdempotencyKey
from shared.web.receipts import Keyed, Receipt

router = APIRouter(tags=["acts"])

Professional = Annotated[Caller, Depends(May("act-on-screening"))]
SocialCare = Annotated[Caller, Depends(May("act-on-screening-for-area"))]


def _act(path: str, body_type: type[Act], who: Any, acts_as: Callable[[Caller], Acting]) -> None:
    async def record(
        screening_id: UUID,
        body: Any,
        request: Request,
        caller: Caller,
        use: Screenings,
        keyed: Keyed,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        now = times.now()
        return await keyed.once(
            request,
            caller,
            idempotency_key,
            lambda answer: use.change(
                screening_id=screening_id,
                acting=acts_as(caller),
                decide=lambda record: body.decide(record, now),
                context=caller.context,
                answer=answer,
            ),
        )

    record.__annotations__ |= {"body": body_type, "caller": who}
    router.add_api_route(
        f"/screenings/{{screening_id}}/{path}",
        record,
        methods=["POST"],
        status_code=201,
        response_model=Receipt,
        name=f"screening-{path}",
        summary=path.replace("-", " ").capitalize(),
        description=body_type.__doc__,
    )


for _path, _body_type in ACTS.items():
    _act(_path, _body_type, Professional, acting)
for _path, _body_type in ACTS_OF_THE_AREA.items():
    _act(_path, _body_type, SocialCare, acting_for_area)


@router.post("/screenings/{screening_id}/level", status_code=201, response_model=Receipt)
async def override(
    screening_id: UUID,
    body: OverrideBody,
    request: Request,
    caller: Professional,
    use: Screenings,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give another level to the same answers. A higher one is never blocked."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.override(
            screening_id=screening_id,
            level=body.level,
            rationale=body.rationale,
            acting=acting(caller),
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/screenings/{screening_id}/lift", status_code=201, response_model=Receipt)
async def lift(
    screening_id: UUID,
    body: LiftBody,
    request: Request,
    caller: SocialCare,
    use: Screenings,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Decide that an obligation need not be met, and say why."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.lift(
            screening_id=screening_id,
            obligation=body.obligation,
            reason=body.reason,
            acting=acting_for_area(caller),
            context=caller.context,
            answer=answer,
        ),
    )
