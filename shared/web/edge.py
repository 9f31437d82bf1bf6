"""The outermost layer of every service: a number for the request, one log line, safe headers."""

import time
from typing import Final
from uuid import UUID, uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import failpoints, tracing
from shared.web.logs import where
from shared.web.metrics import Metrics
from shared.web.problems import PROBLEMS, problem_response

HEADERS: Final = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=63072000"),
    (b"x-content-type-options", b"nosniff"),
]


METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
"""A method is a word that the caller chooses; only these are logged."""


class Edge:
    """ASGI middleware around everything else.

    An exception that nobody handled ends here: it is logged by its class and place, and answered
    with a fixed sentence. Its text may hold anything, so nobody prints it.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Number a request, hand it on, and log what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = _given(scope) or uuid4()
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        status = 0
        asked = not scope["path"].startswith("/health/")
        began = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    *HEADERS,
                    (b"correlation-id", str(correlation_id).encode()),
                ]
            if not asked:
                await send(message)
                return
            async with failpoints.step("answer"):
                await send(message)

        try:
            with tracing.span(f"{method(scope)} request", correlation_id) as span:
                await self._app(scope, receive, answer)
                span["http.route"] = route_of(scope)
                span["http.response.status_code"] = status
        except Exception as reason:  # noqa: BLE001 (the last place to answer)
            self._log.error("fault", request=correlation_id, fault=type(reason).__name__,
                            at=where(reason))  # fmt: skip
            if not status:
                response = problem_response("fault", PROBLEMS["fault"].explanation, correlation_id)
                await response(scope, receive, answer)
        finally:
            took = time.perf_counter() - began
            self._log.info(
                "request",
                request=correlation_id,
                method=method(scope),
                route=route_of(scope),
                status=status,
                milliseconds=round(took * 1000, 2),
            )
            self._metrics.requests.labels(method(scope), route_of(scope), status).inc()
            self._metrics.request_seconds.labels(method(scope), route_of(scope)).observe(took)


def method(scope: Scope) -> str:
    """The request's method, if it is one of HTTP's."""
    return scope["method"] if scope["method"] in METHODS else "other"


def route_of(scope: Scope) -> str:
    """The template of the route that was found; never the address that was asked for."""
    return getattr(scope.get("route"), "path", "none")


def _given(scope: Scope) -> UUID | None:
    """The caller's own correlation id, if it is a UUID and so cannot hold anything else."""
    for name, value in scope["headers"]:
        if name == b"correlation-id":
            try:
                return UUID(value.decode("ascii"))
            except ValueError:
                return None
    return None
