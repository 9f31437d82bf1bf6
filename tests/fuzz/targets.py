"""Every operation of every service, from the documents that the services give of themselves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis
from fastapi.routing import APIRoute, iter_route_contexts

from services.cli.keys import DEMO_ISSUER
from services.cli.people import PERSONAS
from services.topology import SERVICES
from shared.access.actor import Actor
from shared.access.policy import Resource, authorize
from shared.web.settings import read_settings
from tests.support.apps import MAKERS
from tests.web.test_routes import asked_of, settings_in

Operation = schemathesis.APIOperation[Any, Any, Any, Any]

SERVICE = Actor(
    f"{DEMO_ISSUER}|fuzz",
    "throughline",
    "system",
    frozenset({"service"}),
    "operations",
    "sharing-agreement",
    "uk-gdpr",
)


@schemathesis.serializer("image/jpeg", "image/png")
def as_it_is(context: Any, value: Any) -> bytes:
    """A file's bytes, or whatever was generated in their place."""
    return value if isinstance(value, bytes) else str(value).encode()


ACTORS = {
    **{name: persona.actor for name, persona in PERSONAS.items()},
    "service": SERVICE,
    "other-council": replace(PERSONAS["social-care"].actor, agency="southmere-council"),
}
"""Whoever asks: everybody of the demonstration, a service of ours, and a council beside."""


@dataclass(frozen=True)
class File:
    """A body that is a file, by the address from which a service gives it as an example."""

    kind: str
    address: str


@dataclass(frozen=True)
class Target:
    """An operation of a service.

    Attributes:
        action: what policy calls it; none where anybody may ask.
        callers: who may do it at all, of `ACTORS`.
        examples: of its body.
        given: examples of parameters that it needs, but for ids.
        headers: examples of headers of its own that it needs.
    """

    service: str
    method: str
    path: str
    action: str | None
    callers: tuple[str, ...]
    examples: tuple[Any, ...]
    given: dict[str, str]
    headers: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def operation(self) -> Operation:
        found: Operation = schemas()[self.service][self.path][self.method]
        return found


@cache
def documents() -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each service. Nothing is opened for it."""
    with TemporaryDirectory() as folder:
        paths = settings_in(Path(folder))
        return {name: make(read_settings(paths[name])).openapi() for name, make in MAKERS.items()}


@cache
def schemas() -> dict[str, Any]:
    return {name: schemathesis.openapi.from_dict(found) for name, found in documents().items()}


@cache
def targets() -> tuple[Target, ...]:
    """Every operation, those that all services share once."""
    return tuple(_targets())


def _targets() -> Iterator[Target]:
    seen: set[Any] = set()
    with TemporaryDirectory() as folder:
        paths = settings_in(Path(folder))
        for service in SERVICES:
            app = MAKERS[service](read_settings(paths[service]))
            for route in iter_route_contexts(app.routes):
                if not isinstance(route.original_route, APIRoute) or route.endpoint is None:
                    continue
                code = (route.path, route.endpoint.__module__, route.endpoint.__qualname__)
                if code in seen:
                    continue
                seen.add(code)
                asked = next(asked_of(route), None)
                action = asked.action if asked is not None else None
                for method in sorted(route.methods or ()):
                    path = str(route.path)
                    yield Target(
                        service,
                        method,
                        path,
                        action,
                        tuple(_who_may(action)),
                        tuple(_examples(documents()[service], path, method.lower())),
                        dict(_given(documents()[service]["paths"][path][method.lower()])),
                        dict(_headers(documents()[service]["paths"][path][method.lower()])),
                    )


def _who_may(action: str | None) -> Iterator[str]:
    for name, actor in ACTORS.items():
        if action is None or authorize(actor, action, Resource(agency=actor.agency)).allowed:
            yield name


def _examples(document: dict[str, Any], path: str, method: str) -> Iterator[Any]:
    body = document["paths"][path][method].get("requestBody")
    if body is None:
        return
    if "application/json" not in body["content"]:
        for kind, content in body["content"].items():
            for found in content["examples"].values():
                yield File(kind, found["externalValue"])
    else:
        name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        yield from document["components"]["schemas"][name].get("examples", ())


def _headers(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for parameter in operation.get("parameters", ()):
        examples = parameter["schema"].get("examples") or parameter.get("examples")
        if examples and parameter["in"] == "header" and parameter["required"]:
            yield parameter["name"], examples[0]


def _given(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for parameter in operation.get("parameters", ()):
        examples = parameter["schema"].get("examples") or parameter.get("examples")
        if examples and parameter["in"] in {"path", "query"} and parameter["required"]:
            yield parameter["name"], examples[0]
