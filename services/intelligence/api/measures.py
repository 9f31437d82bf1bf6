"""The routes of measures: what was done against somebody or somewhere, and what became of it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from services.intelligence.api.measure_requests import STEPS, MeasureStep, Taken
from services.intelligence.application import MeasureApplication
from services.intelligence.store import MeasureList
from services.intelligence.views import MeasureRow
from shared.contracts import times
from shared.contracts.refusals import NotFound
from shared.web.body import Day
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.paging import Next, Paged
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, RecordShown, show_nothing, show_record

router = APIRouter(tags=["measures"])

Recorder = Annotated[Caller, Depends(May("record-measure"))]
OwnReader = Annotated[Caller, Depends(May("read-own-measure"))]
Measures = Annotated[MeasureApplication, Depends(held("measures"))]
Listed = Annotated[MeasureList, Depends(held("measure_list"))]


class MeasurePage(Struct, frozen=True, kw_only=True):
    """Some of your agency's measures, the next to run out first."""

    measures: list[MeasureRow]
    next: Next


@router.post("/measures", status_code=201, response_model=Receipt)
async def take_measure(
    body: Taken,
    request: Request,
    caller: Recorder,
    use: Measures,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record that a measure was taken against somebody or somewhere."""
    measure = body.event(caller.actor.agency, times.now())
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.take(
            measure, handling=body.handling, context=caller.context, answer=answer
        ),
    )


@router.get("/measures", response_class=Response)
@answers(MeasurePage)
async def list_measures(
    caller: OwnReader,
    listed: Listed,
    paging: Paged,
    on: Annotated[Day | None, Query(description="Only those that hold on this day.")] = None,
) -> Response:
    """Your agency's measures, the next to run out first: kinds and days, and nobody's name."""
    agency = caller.actor.agency
    scope = ("measures", agency, on)
    rows = await listed.of_agency(
        agency, on=on, after=paging.after(tuple[date, UUID], *scope), limit=paging.limit + 1
    )
    page, following = paging.cut(rows, lambda row: (row.last_day, row.measure_id), *scope)
    answer = MeasurePage(measures=page, next=following)
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.get("/measures/{measure_id}", response_class=Response)
@answers(RecordShown)
async def read_measure(
    measure_id: UUID, caller: OwnReader, use: Measures, disclosures: Log
) -> Response:
    """A measure of your agency, and what became of it. That you read it is on record before."""
    try:
        events = await use.own(measure_id=measure_id, agency=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, disclosures)
        raise
    return await show_record(measure_id, events, caller, disclosures)


def _step(path: str, body_type: type[MeasureStep]) -> None:
    """What became of a measure of the caller's agency."""

    async def record(
        measure_id: UUID,
        body: Any,
        request: Request,
        caller: Recorder,
        use: Measures,
        keyed: Keyed,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        now = times.now()
        return await keyed.once(
            request,
            caller,
            idempotency_key,
            lambda answer: use.change(
                measure_id=measure_id,
                agency=caller.actor.agency,
                decide=lambda measure: body.decide(measure, now),
                context=caller.context,
                answer=answer,
            ),
        )

    record.__annotations__["body"] = body_type
    router.add_api_route(
        f"/measures/{{measure_id}}/{path}",
        record,
        methods=["POST"],
        status_code=201,
        response_model=Receipt,
        name=f"measure-{path}",
        summary=path.capitalize(),
        description=body_type.__doc__,
    )


for _path, _body_type in STEPS.items():
    _step(_path, _body_type)
