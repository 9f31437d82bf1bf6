"""The OpenAPI document of a service: what each route takes, and every answer that it can give.

Which problems a route can answer follows from what it asks: a token, an id, a body, an idempotency
key. So no route lists them, and none can forget one. `tests/fuzz` asks every route and fails on an
answer that its document does not tell of.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel

from shared.web.caller import May
from shared.web.idempotency import DRY_RUN, KEY, KEY_HEADER
from shared.web.problems import MEDIA_TYPE, PROBLEMS
from shared.web.shapes import described

F = TypeVar("F", bound=Callable[..., Any])
Document = dict[str, Any]

ANYWHERE: Final = frozenset({400, 413, 415, 500})
"""What the layers around every route can answer: an address too long, a body that is none."""
GUARDED: Final = frozenset({401, 403, 503})
"""Of a route that asks who calls: no token, not permitted, or something that it needs is away."""
KEYED: Final = frozenset({409})
"""Of a route that changes a record: its state, or another request, stands against it."""
WITH_ID: Final = frozenset({404})
CHECKED: Final = frozenset({422})


class FieldFault(BaseModel):
    """One thing wrong with what was sent: where, as a JSON pointer, and what to do."""

    pointer: str
    detail: str


class ProblemBody(BaseModel):
    """A problem (RFC 9457).

    `type` leads to a page that explains it, `instance` holds the number to tell us, and nothing
    repeats what was sent.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldFault] = []


def answers(shape: Any, *, example: Any = None, status: int = 200) -> Callable[[F], F]:
    """Say what a route answers that writes its bytes itself: the msgspec type they are of.

    Args:
        shape: the struct.
        example: an answer as it is sent; a test reads it as that struct.
        status: of the answer.
    """

    def mark(function: F) -> F:
        function.answers = (status, shape, example)  # type: ignore[attr-defined] # read below
        return function

    return mark


def answers_file(media_type: str) -> dict[int | str, dict[str, Any]]:
    """A route's `responses=` that answers with a file."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "The file", "content": content}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """A route's `responses=`: problems that do not follow from what it asks."""
    return {status: {"description": "see the problem"} for status in statuses}


def openapi_of(app: FastAPI) -> Document:
    """The document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version=app.openapi_version,
            description=ABOUT,
            routes=app.routes,
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        _tell_answers(app, document, schemas)
        _tell_problems(app, document, components)
        app.openapi_schema = document
    return app.openapi_schema


ABOUT: Final = (
    "Every answer that is no success is a problem (RFC 9457, application/problem+json) whose "
    "`type` leads to a page that says what to do. A method that an address does not take is "
    "answered 405 with an Allow header. Send `Correlation-Id`, a UUID, to find your request in our "
    "logs; each answer has one. What events hold is at /contracts/asyncapi.json."
)


def _tell_problems(app: FastAPI, document: Document, components: Document) -> None:
    told: set[int] = set()
    for route in _routes(app):
        statuses = _statuses(route)
        for method in sorted(route.methods or ()):
            operation = document["paths"][route.path][method.lower()]
            answered = operation["responses"]
            # The framework tells of its own 422, which is never sent: ours stands in its place.
            answered.pop("422", None)
            for status in sorted(statuses):
                if "content" not in answered.get(str(status), {}):
                    answered[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
            _tell_headers(operation)
            if _asks_who(route):
                operation["security"] = [{"bearer": []}]
        told |= statuses
    components["responses"] = {f"Problem{status}": _problem(status) for status in sorted(told)}
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    schemas = components["schemas"]
    # Told only by ours: the framework's own are never sent.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for model in (ProblemBody, FieldFault):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema


def _routes(app: FastAPI) -> Iterator[RouteContext]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            yield route


def _statuses(route: RouteContext) -> set[int]:
    """Every problem that a route can answer."""
    found = {*ANYWHERE, *(int(code) for code in route.responses if str(code)[0] in "45")}
    dependants = list(_dependants(route))
    if _asks_who(route):
        found |= GUARDED
    if any(dependant.path_params for dependant in dependants):
        found |= WITH_ID
    if any(p.alias == KEY_HEADER for d in dependants for p in d.header_params):
        found |= KEYED
    if route.body_field is not None or any(
        dependant.path_params or dependant.query_params for dependant in dependants
    ):
        found |= CHECKED
    return found


def _asks_who(route: RouteContext) -> bool:
    return any(isinstance(dependant.call, May) for dependant in _dependants(route))


def _dependants(route: RouteContext) -> Iterator[Any]:
    waiting = [route.dependant]
    while waiting:
        dependant: Any = waiting.pop()
        yield dependant
        waiting.extend(dependant.dependencies)


def _tell_headers(operation: Document) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == KEY_HEADER:
            # Where it is left out we say so in our own words: to the framework it may be.
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "pattern": KEY.pattern}
        elif parameter["name"] == DRY_RUN:
            operation["responses"]["200"] = REHEARSED


REHEARSED: Final = {
    "description": "With `dry-run: true`: what would have been stored; nothing was",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"would_store": {"type": "array", "items": {"type": "string"}}},
            },
            "example": {"would_store": ["missing.episode-reported.v1"]},
        }
    },
}


def _problem(status: int) -> Document:
    kinds = [problem for problem in PROBLEMS.values() if problem.status == status]
    headers = {
        401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
        503: {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds."}},
    }
    return {
        "description": "; ".join(f"{kind.title} (`{kind.name}`)" for kind in kinds),
        "headers": headers.get(status, {}),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemBody"},
                "examples": {
                    kind.name: {
                        "summary": kind.title,
                        "value": {
                            "type": f"/problems/{kind.name}",
                            "title": kind.title,
                            "status": status,
                            "detail": kind.explanation,
                            "instance": "/requests/01920000-0000-7000-8000-00000000002a",
                        },
                    }
                    for kind in kinds
                },
            }
        },
    }


def _tell_answers(app: FastAPI, document: Document, schemas: Document) -> None:
    """What `answers` says of routes that write their own bytes."""
    told = [
        (document["paths"][route.path][method.lower()], *said)
        for route in _routes(app)
        if (said := getattr(route.endpoint, "answers", None)) is not None
        for method in route.methods or ()
    ]
    shapes, components = described([shape for _, _, shape, _ in told], taken=schemas)
    schemas.update(components)
    for (operation, status, _, example), schema in zip(told, shapes, strict=True):
        content: Document = {"schema": schema}
        if example is not None:
            content["example"] = example
        answered = operation["responses"].setdefault(str(status), {"description": "Shown"})
        answered["content"] = {"application/json": content}
