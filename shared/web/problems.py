"""Every error as an RFC 9457 problem, in one table. Nothing that was sent is ever repeated.

A problem's text is written for an integrator at three in the morning: what is wrong, and what to
do. The value that was wrong, a name of a field that is not ours, a database's message: none of them
is in it, for any of them may be somebody's data.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from shared.access.tokens import NotAuthenticated
from shared.contracts import refusals
from shared.contracts.refusals import Fault, Refused
from shared.eventstore.append import AlreadyAnswered, Claimed

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 50


@dataclass(frozen=True)
class Problem:
    """A kind of problem: its stable name, status, title, and what its page says."""

    name: str
    status: int
    title: str
    explanation: str


PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("not-authenticated", 401, "We do not know who is asking",
                "Send a valid, unexpired token: Authorization: Bearer <token>."),
        Problem("not-permitted", 403, "You may not do this",
                "Your roles, agency or purpose do not allow it. Ask who issues your tokens."),
        Problem("not-found", 404, "There is nothing here that you may see",
                "The id is unknown, or you may not know of the record: the two look the same."),
        Problem("method-not-allowed", 405, "This address does not take that method",
                "See the Allow header and /openapi.json."),
        Problem("conflict", 409, "Somebody changed the record meanwhile",
                "Nothing was stored. Send the same request again with the same key."),
        Problem("rule-broken", 409, "The record does not allow this",
                "Nothing was stored. The detail says which rule, and what the record says."),
        Problem("in-flight", 409, "The first request with this key is not answered yet",
                "Wait a moment and send the same request again with the same key."),
        Problem("too-large", 413, "The request is too large",
                "A request body may have at most 1 MiB; a file as much as its address says."),
        Problem("wrong-content-type", 415, "This is not what the address takes",
                "Content-Type must be application/json, in UTF-8; where a file is taken, one of "
                "the types that /openapi.json tells."),
        Problem("malformed", 400, "This cannot be read as JSON",
                "Send one JSON document in UTF-8, at most 32 levels deep, with each key once."),
        Problem("missing-idempotency-key", 400, "Send an Idempotency-Key",
                "Every POST needs a key of 16 to 128 letters, digits, - and _, new for each thing "
                "you report and the same whenever you repeat it. A UUID is a good one."),
        Problem("invalid", 422, "What you sent is not right",
                "Nothing was stored. Each entry of errors points at a field and says what to do."),
        Problem("key-reused", 422, "This key was used for another request",
                "Nothing was stored. Use a new Idempotency-Key for each thing you report."),
        Problem("unavailable", 503, "We cannot do this just now",
                "Nothing was acknowledged. Send the same request again, with the same key, after "
                "the time in Retry-After."),
        Problem("fault", 500, "Something went wrong on our side",
                "Send the same request again with the same key. If it stays, tell us the number at "
                "the end of instance."),
        Problem("request-refused", 400, "The request was refused",
                "See /openapi.json for what this address takes."),
    )
}  # fmt: skip

BY_REFUSAL: dict[type[Refused], str] = {
    refusals.Invalid: "invalid",
    refusals.RuleBroken: "rule-broken",
    refusals.Conflict: "conflict",
    refusals.KeyReused: "key-reused",
    refusals.InFlight: "in-flight",
    refusals.TooLarge: "too-large",
    refusals.MissingKey: "missing-idempotency-key",
    refusals.NotFound: "not-found",
    refusals.NotPermitted: "not-permitted",
    refusals.Unavailable: "unavailable",
    NotAuthenticated: "not-authenticated",
    Claimed: "rule-broken",
    AlreadyAnswered: "in-flight",
}
BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 400: "malformed"}


def problem_response(
    name: str,
    detail: str,
    correlation_id: object,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as a response."""
    problem = PROBLEMS[name]
    body: dict[str, Any] = {
        "type": f"/problems/{name}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": f"/requests/{correlation_id}",
    }
    if faults:
        body["errors"] = [
            {"pointer": fault.pointer, "detail": fault.detail} for fault in faults[:MAX_FAULTS]
        ]
    return Response(
        json.dumps(body), problem.status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def refusal_response(reason: Refused, correlation_id: object) -> Response:
    """A refusal as a response."""
    name = next(BY_REFUSAL[kind] for kind in type(reason).__mro__ if kind in BY_REFUSAL)
    headers = {}
    if isinstance(reason, refusals.Unavailable):
        headers["Retry-After"] = str(reason.retry_after_seconds)
    if isinstance(reason, NotAuthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="throughline"'
    faults = reason.faults if isinstance(reason, refusals.Invalid) else ()
    return problem_response(name, str(reason), correlation_id, faults=faults, headers=headers)


def handle_problems(app: FastAPI) -> None:
    """Answer every error of an application as a problem."""

    async def refused(request: Request, reason: Exception) -> Response:
        assert isinstance(reason, Refused)  # noqa: S101 (registered for it below)
        return refusal_response(reason, request.state.correlation_id)

    async def invalid(request: Request, reason: Exception) -> Response:
        assert isinstance(reason, RequestValidationError)  # noqa: S101 (registered for it below)
        faults = [fault_of(error) for error in reason.errors()]
        if any(error["type"] == "json_invalid" for error in reason.errors()):
            return problem_response(
                "malformed", "the body is not JSON", request.state.correlation_id
            )
        return problem_response(
            "invalid",
            f"{len(faults)} thing{'s are' if len(faults) > 1 else ' is'} not right; "
            "nothing was stored",
            request.state.correlation_id,
            faults=faults,
        )

    async def http(request: Request, reason: Exception) -> Response:
        assert isinstance(reason, HTTPException)  # noqa: S101 (registered for it below)
        name = BY_STATUS.get(reason.status_code, "request-refused")
        headers = dict(reason.headers or {})
        if name == "method-not-allowed":
            headers["Allow"] = ", ".join(sorted(_methods_at(request)))
        return problem_response(
            name, PROBLEMS[name].explanation, request.state.correlation_id, headers=headers
        )

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


def _methods_at(request: Request) -> set[str]:
    """What an address takes: each method is a route, and the framework names the first one's."""
    path = request.url.path
    return {
        method
        for route in iter_route_contexts(request.app.routes)
        if (pattern := getattr(route, "path_regex", None)) is not None and pattern.match(path)
        for method in route.methods or ()
    }


MESSAGES = {
    "missing": "this is needed",
    "extra_forbidden": "there is a field here that is not known: see /openapi.json for those that "
    "are",
    "string_type": "this must be text",
    "string_too_short": "this must not be empty",
    "string_too_long": "this is too long",
    "string_pattern_mismatch": "this has characters that are not allowed here",
    "int_type": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "bool_type": "this must be true or false",
    "list_type": "this must be a list",
    "tuple_type": "this must be a list",
    "dict_type": "this must be an object",
    "model_type": "this must be an object",
    "model_attributes_type": "this must be an object",
    "too_long": "this list is too long",
    "too_short": "this list is too short",
    "timezone_aware": "a time needs its zone: write 2015-03-27T22:10:00Z or +01:00",
    "datetime_type": "this must be a time as text: 2015-03-27T22:10:00Z",
    "datetime_parsing": "this must be a time: 2015-03-27T22:10:00Z",
    "datetime_from_date_parsing": "this must be a time, not only a day: 2015-03-27T22:10:00Z",
    "datetime_object_invalid": "there is no such time",
    "date_from_datetime_parsing": "this must be a day: 2015-03-27",
    "date_parsing": "this must be a day: 2015-03-27",
    "date_type": "this must be a day as text: 2015-03-27",
    "uuid_parsing": "this must be an id that we gave",
    "uuid_type": "this must be an id that we gave",
    "greater_than_equal": "this is too small",
    "less_than_equal": "this is too large",
}
"""What to do, for each kind of fault that pydantic finds."""


def fault_of(error: Any) -> Fault:
    """A validation error without what was sent: our own field names, and our own words."""
    location = [str(part) for part in error["loc"] if part != "body"]
    kind = error["type"]
    if kind == "extra_forbidden":
        # The last part is a name that the caller made up, and might be anything.
        location = location[:-1]
    if kind in {"literal_error", "enum"}:
        detail = f"this must be one of: {error['ctx']['expected']}"
    elif kind == "value_error" and isinstance(error.get("ctx", {}).get("error"), ValueError):
        # Raised by our own validators, whose messages never repeat a value (shared.reference).
        detail = str(error["ctx"]["error"])
    else:
        detail = MESSAGES.get(kind, "this is not right: see /openapi.json")
    return Fault("/" + "/".join(location), detail)
