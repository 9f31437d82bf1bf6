"""The alerts: what asks to be looked at, and that somebody looked."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from services.mash.api.asking import leaving
from services.mash.application import AlertApplication, AlertsAnswer
from services.mash.rules import Rules, in_force
from shared.contracts import mash
from shared.web.body import Body, Code, Paragraph, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.receipts import Keyed, Receipt

router = APIRouter(prefix="/alerts", tags=["alerts"])

Viewer = Annotated[Caller, Depends(May("list-alerts"))]
Answerer = Annotated[Caller, Depends(May("acknowledge-alert"))]
MOST = 200


Alerts = Annotated[AlertApplication, Depends(held("alerts"))]


class Acknowledge(Body):
    """What becomes of an alert."""

    outcome: mash.AlertOutcome = Field(
        description="`passed-on`: to whoever it is for; say to whom in the note."
    )
    note: Paragraph | None = None

    model_config = example(outcome="acting-on-it", note="Strategy discussion called for Thursday.")


@router.get("", response_class=Response)
@answers(AlertsAnswer)
async def list_alerts(
    caller: Viewer,
    alerts: Alerts,
    include_acknowledged: Annotated[
        bool, Query(description="All of them, the newest first; else those that wait for somebody.")
    ] = False,
    rule: Annotated[Code | None, Query(description="Of one rule.")] = None,
    authority: Annotated[
        Code | None,
        Query(description="For this council, and those of which nobody knows for whom they are."),
    ] = None,
    after: Annotated[UUID | None, Query(description="The last id of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """What asks to be looked at, the most pressing first. They name whom by id only."""
    answered = await alerts.alerts(
        only_open=not include_acknowledged,
        rule=rule,
        authority=authority,
        after=after,
        limit=limit,
        rules=in_force(),
        asker=caller,
    )
    return leaving(answered)


@router.get("/rules", response_class=Response)
@answers(Rules)
async def list_rules(caller: Viewer) -> Response:  # noqa: ARG001 (the permission)
    """The rules in force: what each says, its version, and where it is from."""
    return Response(msgspec.json.encode(in_force()), media_type="application/json")


@router.post("/{alert_id}/acknowledge", response_model=Receipt)
async def acknowledge(
    alert_id: UUID,
    body: Acknowledge,
    request: Request,
    caller: Answerer,
    alerts: Alerts,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Say that somebody looked, and what becomes of it."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: alerts.acknowledge(
            alert_id=alert_id,
            outcome=body.outcome,
            note=body.note,
            context=caller.context,
            answer=answer,
        ),
        status=200,
    )
