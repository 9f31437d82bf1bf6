"""Each service's OpenAPI document is well formed, tells of problems, and its examples are taken."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from tests.support.apps import MAKERS
from tests.web.app import client
from tests.web.test_routes import apps

__all__ = ["apps"]

Document = dict[str, Any]
STORE_NOTHING = {
    "/exports/missing-table", "/exports/problem-profile", "/exports/times-away",
    "/exports/education",
    "/exports/annex-a-missing", "/children/search", "/perpetrators/search", "/places/search",
    "/places/hot-spots", "/vehicles/search", "/phones/search", "/screenings/advice",
    "/parked/replay",
}  # fmt: skip
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
TYPES = {"null", "boolean", "object", "array", "number", "string", "integer"}
STATUS = re.compile(r"[1-5][0-9]{2}")
COMPONENT = re.compile(r"[a-zA-Z0-9._-]+")


def faults(document: Document) -> Iterator[str]:
    """What OpenAPI 3.1 does not allow, of the parts that our documents have."""
    if not re.fullmatch(r"3\.1\.\d+", document.get("openapi", "")):
        yield "it is not OpenAPI 3.1"
    if not {"title", "version"} <= set(document.get("info", {})):
        yield "info lacks a title or a version"
    if unknown := set(document) - {"openapi", "info", "paths", "components", "tags", "servers"}:
        yield f"unknown fields {unknown}"
    yield from _bad_references(document)
    yield from _bad_schemas(document)
    ids = [operation.get("operationId") for _, _, operation in operations(document)]
    if len(set(ids)) != len(ids) or None in ids:
        yield "operationIds are not unique"
    for path, method, operation in operations(document):
        yield from (f"{method} {path}: {fault}" for fault in _bad_operation(path, operation))


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within, but for examples, which may be anything."""
    if isinstance(value, dict):
        yield value
        for name, item in value.items():
            if name not in {"example", "examples", "default", "const", "enum"}:
                yield from parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)


def _bad_references(document: Document) -> Iterator[str]:
    for part in parts(document):
        target: Any = document
        if isinstance(part.get("$ref"), str):
            for step in part["$ref"].removeprefix("#/").split("/"):
                target = target.get(step) if isinstance(target, dict) else None
            if target is None:
                yield f"{part['$ref']} leads nowhere"
    for name in document.get("components", {}).get("schemas", {}):
        if not COMPONENT.fullmatch(name):
            yield f"{name} is no name of a component"


def _bad_schemas(document: Document) -> Iterator[str]:
    schemas = [part["schema"] for part in parts(document) if "schema" in part]
    schemas += document.get("components", {}).get("schemas", {}).values()
    for part in parts(schemas):
        kind = part.get("type", "null")
        if isinstance(kind, str) and "properties" not in part and kind not in TYPES:
            yield f"{kind} is no type"
        if "properties" in part and not set(part.get("required", [])) <= set(part["properties"]):
            yield "a required property is not described"
        if isinstance(part.get("pattern"), str):
            re.compile(part["pattern"])
        if part.get("nullable") is not None:
            yield "nullable is OpenAPI 3.0's"


def _bad_operation(path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from _bad_parameters(path, operation.get("parameters", []))
    if not operation.get("responses"):
        yield "no answers"
    for status, response in operation.get("responses", {}).items():
        if not STATUS.fullmatch(status) or not {"description", "$ref"} & set(response):
            yield f"a bad answer {status}"
    for status, response in operation.get("responses", {}).items():
        problem = {"$ref": f"#/components/responses/Problem{status}"}
        if status[0] in "45" and path != "/health/ready" and response != problem:
            yield f"{status} is no problem"
        if status[0] == "2" and not any(
            content.get("schema") for content in response.get("content", {}).values()
        ):
            yield f"{status} does not say what it holds"
    if not operation.get("description", "").strip():
        yield "nobody says what it does"


def _bad_parameters(path: str, given: list[dict[str, Any]]) -> Iterator[str]:
    keys = [(parameter["name"], parameter["in"]) for parameter in given]
    if len(set(keys)) != len(keys):
        yield "a parameter twice"
    in_path = {parameter["name"] for parameter in given if parameter["in"] == "path"}
    if in_path != set(re.findall(r"\{([^}]+)\}", path)):
        yield "its path and its parameters differ"
    for parameter in given:
        if parameter["in"] not in {"path", "query", "header", "cookie"}:
            yield "a parameter that is nowhere"
        if parameter["in"] == "path" and parameter.get("required") is not True:
            yield "a path parameter that may be missing"
        if "schema" not in parameter:
            yield "a parameter without a schema"


async def document_of(app: FastAPI) -> Document:
    async with client(app) as asking:
        response = await asking.get("/openapi.json")
    assert response.status_code == 200
    found: Document = json.loads(response.content)
    return found


@pytest.mark.asyncio
@pytest.mark.parametrize("service", MAKERS)
async def test_the_document_is_well_formed(service: str, apps: dict[str, FastAPI]) -> None:
    document = await document_of(apps[service])
    assert list(faults(document)) == []
    assert "HTTPValidationError" not in document["components"]["schemas"]


@pytest.mark.asyncio
@pytest.mark.parametrize("service", MAKERS)
async def test_every_body_has_examples_and_its_model_takes_them(
    service: str, apps: dict[str, FastAPI]
) -> None:
    document = await document_of(apps[service])
    for route in iter_route_contexts(apps[service].routes):
        if not isinstance(route.original_route, APIRoute) or route.body_field is None:
            continue
        assert route.path is not None
        content = document["paths"][route.path]["post"]["requestBody"]["content"]
        assert set(content) == {"application/json"}
        name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
        assert schema["additionalProperties"] is False
        model = TypeAdapter(route.body_field.field_info.annotation)
        for example in schema.get("examples", []):
            model.validate_json(json.dumps(example))


def told_answers(app: FastAPI) -> dict[str, tuple[Any, Any]]:
    """What each route that writes its own bytes says it answers, with its example."""
    return {
        f"{method} {route.path}": (said[1], said[2])
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        if (said := getattr(route.endpoint, "answers", None)) is not None
        for method in route.methods or ()
    }


@pytest.mark.parametrize("service", MAKERS)
def test_every_example_of_an_answer_is_such_an_answer(
    service: str, apps: dict[str, FastAPI]
) -> None:
    """Whole: with no field that there is no more, and every one that there is."""
    for name, (shape, example) in told_answers(apps[service]).items():
        if example is not None:
            written = json.dumps(example, default=str).encode()
            answer = msgspec.json.decode(written, type=shape)
            again = msgspec.json.decode(msgspec.json.encode(answer))
            assert again == json.loads(written), name


def test_each_view_and_search_has_an_example_of_its_answer(apps: dict[str, FastAPI]) -> None:
    told = told_answers(apps["mash"])
    for kind in ("children", "perpetrators", "places", "vehicles", "phones"):
        ids = "child_id" if kind == "children" else "subject_id"
        assert told[f"GET /{kind}/{{{ids}}}"][1] is not None
        assert told[f"POST /{kind}/search"][1] is not None
    for name in ("POST /places/hot-spots", "GET /network/{subject_id}"):
        assert told[name][1] is not None


@pytest.mark.asyncio
@pytest.mark.parametrize("service", MAKERS)
async def test_every_post_that_stores_takes_a_key(service: str, apps: dict[str, FastAPI]) -> None:
    for path, method, operation in operations(await document_of(apps[service])):
        if method == "post" and path not in STORE_NOTHING:
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert "Idempotency-Key" in names, path


BROKEN: dict[str, Any] = {
    "an older version": lambda d: d.update(openapi="3.0.2"),
    "no title": lambda d: d["info"].pop("title"),
    "a lost schema": lambda d: d["components"]["schemas"].pop("ProblemBody"),
    "a lost parameter": lambda d: d["paths"]["/problems/{name}"]["get"].pop("parameters"),
    "an id twice": lambda d: d["paths"]["/health/live"]["get"].update(
        operationId=d["paths"]["/health/ready"]["get"]["operationId"]
    ),
    "problems of another type": lambda d: d["paths"]["/health/live"]["get"]["responses"].update(
        {"400": {"description": "x", "content": {"application/json": {}}}}
    ),
    "an answer of nobody knows what": lambda d: d["paths"]["/health/live"]["get"]["responses"][
        "200"
    ].pop("content"),
    "an unknown type": lambda d: d["components"]["schemas"].update(X={"type": "text"}),
    "no description": lambda d: d["paths"]["/health/live"]["get"].pop("description"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("broken", BROKEN)
async def test_the_check_sees_a_fault(broken: str, apps: dict[str, FastAPI]) -> None:
    document = deepcopy(await document_of(apps["missing"]))
    BROKEN[broken](document)
    assert list(faults(document))
