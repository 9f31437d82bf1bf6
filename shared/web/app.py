"""Making a service's HTTP application: the same layers, health and problem pages in each."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from shared.access.tokens import Verifier
from shared.contracts.refusals import NotFound
from shared.web import contracts
from shared.web.caller import public
from shared.web.edge import Edge
from shared.web.limits import Limits
from shared.web.openapi import openapi_of
from shared.web.problems import MEDIA_TYPE, PROBLEMS, handle_problems
from shared.web.runtime import Runtime

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["live"] = "live"


class Readiness(BaseModel):
    """Whether each part that the service needs answers."""

    status: Literal["ready", "not ready"]
    checks: dict[str, bool]


class ProblemPage(BaseModel):
    """What a kind of problem means, and what to do."""

    type: str
    status: int
    title: str
    explanation: str
    media_type: str


NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {"model": Readiness, "description": "Not ready yet, or not any more"}
}


def make_app(
    title: str,
    *,
    routers: Sequence[APIRouter],
    lifespan: Lifespan,
    verifier: Verifier,
) -> FastAPI:
    """A service's application.

    Args:
        title: in the OpenAPI document.
        routers: its routes.
        lifespan: opens what it needs, sets `app.state.runtime`, and closes it.
        verifier: of tokens.
    """
    app = FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # A redirect repeats what was asked for, and the Host that it was asked of, in a header.
        redirect_slashes=False,
        # What a generated client calls the method: the route's name, and nothing beside it.
        generate_unique_id_function=lambda route: route.name.replace("-", "_"),
    )
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign] # FastAPI's documented way
    app.state.verifier = verifier
    handle_problems(app)
    for router in routers:
        app.include_router(router)
    app.include_router(_health())
    app.include_router(_problem_pages())
    app.include_router(contracts.router)
    # The last one added is the outermost: every answer, an early refusal too, goes through Edge.
    app.add_middleware(Limits)
    app.add_middleware(Edge)
    return app


def _health() -> APIRouter:
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    @public("asked by whatever restarts processes; shows nothing")
    async def live() -> Liveness:
        """The process runs."""
        return Liveness()

    @router.get("/ready", response_model=Readiness, responses=NOT_READY)
    @public("asked by load balancers; shows names of our own parts only")
    async def ready(request: Request) -> Response:
        """Everything that the service needs answers, and no part of it waits for a person."""
        runtime: Runtime = request.app.state.runtime
        found = {"database": await runtime.is_open(), "history": not runtime.fenced}
        well = all(found.values())
        return JSONResponse(
            {"status": "ready" if well else "not ready", "checks": found}, 200 if well else 503
        )

    return router


def _problem_pages() -> APIRouter:
    router = APIRouter(prefix="/problems", tags=["problems"])

    @router.get("/{name}", response_model=ProblemPage)
    @public("explains our error codes")
    async def problem(name: str, request: Request) -> dict[str, str | int]:
        """What a kind of problem means, and what to do."""
        found = PROBLEMS.get(name)
        if found is None:
            raise NotFound("there is no such kind of problem")
        return {
            "type": request.url.path,
            "status": found.status,
            "title": found.title,
            "explanation": found.explanation,
            "media_type": MEDIA_TYPE,
        }

    return router
