"""Whether a service lives, is ready, and how it is doing: for machines and for a person."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from shared.web import metrics
from shared.web.caller import Caller, May, public
from shared.web.condition import Condition
from shared.web.openapi import answers
from shared.web.runtime import Runtime

router = APIRouter(tags=["health"])

Operator = Annotated[Caller, Depends(May("read-condition"))]


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["live"] = "live"


class Readiness(BaseModel):
    """Whether each part that the service needs answers."""

    status: Literal["ready", "not ready"]
    checks: dict[str, bool]


NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {"model": Readiness, "description": "Not ready yet, or not any more"}
}
NUMBERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Numbers", "content": {metrics.MEDIA_TYPE: {"schema": {"type": "string"}}}}
}


@router.get("/health/live")
@public("asked by whatever restarts processes; shows nothing")
async def live() -> Liveness:
    """The process runs."""
    return Liveness()


@router.get("/health/ready", response_model=Readiness, responses=NOT_READY)
@public("asked by load balancers; shows names of our own parts only")
async def ready(request: Request) -> Response:
    """Whether it can answer rightly.

    Its database answers, no part of it waits for a person, and its lists and views have everything.
    """
    runtime: Runtime = request.app.state.runtime
    found = {"database": await runtime.is_open(), "history": not runtime.fenced}
    found |= {"lists": runtime.lists_whole, "views": runtime.views_whole}
    well = all(found.values())
    return JSONResponse(
        {"status": "ready" if well else "not ready", "checks": found}, 200 if well else 503
    )


@router.get("/health/condition", response_class=Response)
@answers(Condition)
async def condition(request: Request, caller: Operator) -> Response:  # noqa: ARG001 (the permission)
    """How far everything is, what it waits for, and what to do. Nothing in it is about anybody."""
    runtime: Runtime = request.app.state.runtime
    return Response(msgspec.json.encode(await runtime.condition()), media_type="application/json")


@router.get("/metrics", response_class=Response, responses=NUMBERS)
async def page(request: Request, caller: Operator) -> Response:  # noqa: ARG001 (the permission)
    """The same as numbers, in Prometheus' format."""
    runtime: Runtime = request.app.state.runtime
    counted: metrics.Metrics = request.app.state.metrics
    return Response(counted.page(await runtime.condition()), media_type=metrics.MEDIA_TYPE)
