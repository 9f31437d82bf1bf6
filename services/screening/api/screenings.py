"""The routes that take screenings in: advice, the filled form, its amendment, another level."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from msgspec import Struct

from services.screening.api.requests import AmendBody, FormBody, ScreeningBody
from services.screening.api.using import Screenings
from shared.contracts.screening import Advised, Level
from shared.web.caller import Caller, May
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers, problems
from shared.web.receipts import Keyed, Receipt

router = APIRouter(tags=["screenings"])

Screener = Annotated[Caller, Depends(May("complete-screening"))]


class AdviceShown(Struct, frozen=True, kw_only=True):
    """What the tool says about a form. There is no score.

    Attributes:
        level: the highest level that a reason points to; none where none does.
        lowest_level: no lower one may be given.
        age: what was taken for the child's age, in words.
        reasons: every floor and prompt that spoke, with what made it speak.
        levels: what each level means.
    """

    tool_id: UUID
    version: str
    level: str | None
    lowest_level: str
    age: str
    reasons: tuple[Advised, ...]
    levels: tuple[Level, ...]


@router.post("/screenings/advice", response_class=Response, responses=problems(404))
@answers(AdviceShown)
async def advise(
    body: FormBody,
    caller: Screener,  # noqa: ARG001 (the permission)
    use: Screenings,
) -> Response:
    """What the tool says about a form before you give a level. Nothing is stored.

    Every reason is spelt out with its source. There is no score: no number of ticks sets a level.
    """
    tool, facts, advice = await use.advise(form=body.form(), tool_id=body.tool_id)
    answer = AdviceShown(
        tool_id=tool.id,
        version=tool.definition.version,
        level=advice.level,
        lowest_level=advice.lowest,
        age=facts.age.says,
        reasons=advice.reasons,
        levels=tool.definition.levels,
    )
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.post("/screenings", status_code=201, response_model=Receipt)
async def complete(
    body: ScreeningBody,
    request: Request,
    caller: Screener,
    use: Screenings,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send a filled screening tool. It opens what its level obliges to."""
    form = body.filled()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.complete(
            form=form,
            tool_id=body.tool_id,
            continues=body.continues,
            handling=body.handling,
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/screenings/{screening_id}/amend", status_code=201, response_model=Receipt)
async def amend(
    screening_id: UUID,
    body: AmendBody,
    request: Request,
    caller: Screener,
    use: Screenings,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Put a form of your agency right. What it obliged to stays open until it is done."""
    form = body.filled()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.amend(
            screening_id=screening_id,
            form=form,
            reason=body.why,
            tool_id=body.tool_id,
            context=caller.context,
            answer=answer,
        ),
    )
