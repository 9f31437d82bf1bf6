"""Making a service's HTTP application: the same layers, health and problem pages in each."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel

from shared.access.tokens import Verifier
from shared.contracts.refusals import NotFound
from shared.web import contracts, health, parked
from shared.web.caller import public
from shared.web.edge import Edge
from shared.web.limits import Limits
from shared.web.metrics import Metrics
from shared.web.openapi import openapi_of
from shared.web.problems import MEDIA_TYPE, PROBLEMS, handle_problems
from shared.web.runtime import Runtime
from shared.web.uploads import Upload

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class ProblemPage(BaseModel):
    """What a kind of problem means, and what to do."""

    type: str
    status: int
    title: str
    explanation: str
    media_type: str


def make_app(
    title: str,
    *,
    routers: Sequence[APIRouter],
    lifespan: Lifespan,
    verifier: Verifier,
    uploads: Sequence[Upload] = (),
) -> FastAPI:
    """A service's application.

    Args:
        title: in the OpenAPI document.
        routers: its routes.
        lifespan: opens what it needs, sets `app.state.runtime`, and closes it.
        verifier: of tokens.
        uploads: addresses that take a file as it is, and no JSON.
    """
    app = FastAPI(
        title=title,
        version="1",
        lifespan=_counting(lifespan),
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
    app.state.metrics = Metrics()
    handle_problems(app)
    for router in routers:
        app.include_router(router)
    app.include_router(health.router)
    app.include_router(parked.router)
    app.include_router(_problem_pages())
    app.include_router(contracts.router)
    # The last one added is the outermost: every answer, an early refusal too, goes through Edge.
    app.add_middleware(Limits, uploads=uploads)
    app.add_middleware(Edge, metrics=app.state.metrics)
    return app


def _counting(lifespan: Lifespan) -> Lifespan:
    """The same, with what it opens counted."""

    @asynccontextmanager
    async def counting(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(app):
            runtime: Runtime | None = getattr(app.state, "runtime", None)
            if runtime is not None:
                metrics: Metrics = app.state.metrics
                for store in runtime.stores.values():
                    store.observe = metrics.append_seconds.labels(store.name).observe
                runtime.on_disclosure_failure = metrics.disclosure_failures.inc
            yield

    return counting


def _problem_pages() -> APIRouter:
    router = APIRouter(prefix="/problems", tags=["problems"])

    @router.get("/{name}", response_model=ProblemPage)
    @public("explains our error codes")
    async def problem(
        name: Annotated[str, Path(examples=["rule-broken"])], request: Request
    ) -> dict[str, str | int]:
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
