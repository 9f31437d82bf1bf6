"""Every refusal has its status, every fault one sentence, and nobody's data is in either."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI, Request

import services
import shared
from shared.access.policy import Resource, authorize
from shared.access.tokens import NotAuthenticated
from shared.contracts import refusals
from shared.contracts.refusals import Fault, Refused
from shared.eventstore.append import AlreadyAnswered, Claimed
from shared.web.caller import Caller, public
from shared.web.problems import PROBLEMS, refusal_response
from tests.access.decisions import asking
from tests.web.app import CANARY, client, headers, is_problem, logged, small_app

REFUSALS: dict[type[Refused], tuple[Refused, int, str]] = {
    type(reason): (reason, status, name)
    for reason, status, name in (
        (refusals.Invalid("no", (Fault("/a", "b"),)), 422, "invalid"),
        (refusals.TooLarge("no"), 413, "too-large"),
        (refusals.RuleBroken("no"), 409, "rule-broken"),
        (refusals.Conflict("no"), 409, "conflict"),
        (refusals.KeyReused("no"), 422, "key-reused"),
        (refusals.InFlight("no"), 409, "in-flight"),
        (refusals.MissingKey("no"), 400, "missing-idempotency-key"),
        (refusals.NotFound("no"), 404, "not-found"),
        (refusals.NotPermitted("no"), 403, "not-permitted"),
        (refusals.Unavailable("no", 7), 503, "unavailable"),
        (NotAuthenticated(), 401, "not-authenticated"),
        (Claimed("force-report", uuid4()), 409, "rule-broken"),
        (AlreadyAnswered("no"), 409, "in-flight"),
    )
}


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_has_its_status(kind: type[Refused]) -> None:
    reason, status, name = REFUSALS[kind]
    number = uuid4()

    response = refusal_response(reason, number)

    body = json.loads(bytes(response.body))
    assert (response.status_code, body["status"]) == (status, status)
    assert (body["type"], body["detail"]) == (f"/problems/{name}", str(reason))
    assert body["instance"] == f"/requests/{number}"
    assert ("errors" in body) == (kind is refusals.Invalid)
    assert response.headers.get("retry-after") == ("7" if status == 503 else None)
    assert ("www-authenticate" in response.headers) == (status == 401)


def every_refusal(root: type[Refused] = Refused) -> Iterator[type[Refused]]:
    for kind in root.__subclasses__():
        yield kind
        yield from every_refusal(kind)


def test_no_refusal_of_the_product_was_forgotten() -> None:
    for package in (services, shared):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    ours = {kind for kind in every_refusal() if kind.__module__.startswith(("services", "shared"))}

    assert ours >= set(REFUSALS)
    for kind in ours - set(REFUSALS):
        assert kind.__mro__[1] is not Refused, f"{kind} has no status of its own"


router = APIRouter(prefix="/refuses")


@router.get("/{name}")
@public("for tests")
async def refuse(name: str, request: Request) -> None:
    raise next(reason for kind, (reason, _, _) in REFUSALS.items() if kind.__name__ == name)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    from tests.web import app as small  # noqa: PLC0415 (its name is taken here)

    return small_app(tmp_path_factory.mktemp("keys"), (small.router, router))


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
async def test_a_refusal_that_a_route_raises_is_a_problem(
    app: FastAPI, kind: type[Refused]
) -> None:
    async with client(app) as sender:
        response = await sender.get(f"/refuses/{kind.__name__}")
    is_problem(response, "", REFUSALS[kind][1])


@pytest.mark.asyncio
async def test_a_fault_is_answered_in_one_sentence_and_logged_without_its_text(
    app: FastAPI,
) -> None:
    with logged() as log:
        async with client(app) as sender:
            response = await sender.get(
                f"/things/fault/now?q={CANARY}", headers={"x-canary": CANARY}
            )

    problem = is_problem(response, log.getvalue(), 500)
    assert problem["detail"] == PROBLEMS["fault"].explanation
    fault, request = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (fault["event"], fault["fault"]) == ("fault", "RuntimeError")
    assert all(":" in place and "/" in place for place in fault["at"])
    assert fault["request"] == request["request"] == response.headers["correlation-id"]
    assert (request["route"], request["status"]) == ("/things/fault/now", 500)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", PROBLEMS)
async def test_every_problem_has_a_page(app: FastAPI, name: str) -> None:
    async with client(app) as sender:
        page = (await sender.get(f"/problems/{name}")).json()
    assert page["type"] == f"/problems/{name}"
    assert (page["status"], page["title"]) == (PROBLEMS[name].status, PROBLEMS[name].title)


@pytest.mark.asyncio
async def test_health_says_whether_to_send_requests(app: FastAPI) -> None:
    runtime = app.state.runtime
    async with client(app) as sender:
        assert (await sender.get("/health/live")).json() == {"status": "live"}
        assert (await sender.get("/health/ready")).status_code == 200
        runtime.fenced["relay:missing"] = CANARY
        fenced = await sender.get("/health/ready")
        runtime.fenced.clear()
        runtime.opened = False
        closed = await sender.get("/health/ready")
        runtime.opened = True
        runtime.lists_whole = False
        lacking = await sender.get("/health/ready")
        runtime.lists_whole = True

    assert (fenced.status_code, closed.status_code) == (503, 503)
    assert fenced.json()["checks"] == {
        "database": True,
        "history": False,
        "lists": True,
        "views": True,
    }
    assert (lacking.status_code, lacking.json()["checks"]["lists"]) == (503, False)
    assert CANARY not in fenced.text


@pytest.mark.asyncio
async def test_who_may_do_it_to_nothing_of_this_is_refused_once_it_is_known() -> None:
    actor = asking("police-reporter", agency="northvale-police")
    own = Resource(agency="northvale-police")
    caller = Caller(actor, "report-missing", authorize(actor, "report-missing", own), uuid4())

    assert caller.allowed(own).decided.policy_ids == ("police-report-for-their-own-force",)
    assert caller.context.correlation_id == caller.correlation_id
    with pytest.raises(refusals.NotPermitted):
        caller.allowed(Resource(agency="eastmere-police"))


@pytest.mark.asyncio
async def test_a_refusal_is_told_to_who_records_it(app: FastAPI) -> None:
    seen: list[Caller] = []

    async def record(caller: Caller) -> None:
        seen.append(caller)

    app.state.on_refusal = record
    async with client(app) as sender:
        response = await sender.post("/things/registered", content=b"{}", headers=headers(app))
    del app.state.on_refusal

    is_problem(response, "", 403)
    assert [(caller.action, caller.decided.allowed) for caller in seen] == [
        ("register-agency", False)
    ]
