"""The front door as its callers meet it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.intake.domain import NewMention
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps
from tests.support.histories import context

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

WORKER, REGISTRAR = "mash-worker", "registrar"
CANARY = "Zqxwv"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("intake"), "intake") as made:
        yield made


async def post(
    apps: Apps, path: str, body: Any, persona: str | None = WORKER, **options: Any
) -> httpx.Response:
    return await apps.ask("intake", "POST", path, persona, json=body, **options)


async def mention(apps: Apps) -> UUID:
    """A mention that was linked to a subject of its own."""
    new = NewMention(uuid4(), "person")
    application = apps.running["intake"].state.application
    await application.link_mentions([new], context=context("throughline"))
    return new.mention_id


async def subject(apps: Apps, mention_id: UUID) -> str | None:
    response = await apps.ask("intake", "GET", f"/links/{mention_id}", WORKER)
    assert response.status_code == 200, response.text
    found: str | None = response.json()["subject_id"]
    return found


async def test_the_example_is_accepted_once(apps: Apps) -> None:
    document = (await apps.ask("intake", "GET", "/openapi.json", None)).json()
    (example,) = document["components"]["schemas"]["Agency"]["examples"]

    first = await post(apps, "/agencies", example, REGISTRAR)
    again = await post(apps, "/agencies", example, REGISTRAR)

    assert first.status_code == 201, first.text
    assert set(first.json()) == {"id", "events", "recorded_at"}
    assert (again.status_code, again.json()["type"]) == (409, "/problems/rule-broken")
    listed = await apps.ask("intake", "GET", "/agencies", "northvale-police-system")
    assert example in listed.json()


async def test_a_link_is_taken_back_and_made_again(apps: Apps) -> None:
    first, second = await mention(apps), await mention(apps)
    hers = await subject(apps, first)

    back = await post(apps, f"/links/{first}/unlink", {"reason": "wrong-person"})
    assert (back.status_code, await subject(apps, first)) == (200, None)
    again = await post(apps, f"/links/{first}/unlink", {"reason": "wrong-person"})
    assert again.status_code == 409
    move = {"subject_id": await subject(apps, second), "reason": "same-person"}
    assert (await post(apps, f"/links/{first}/move", move)).status_code == 200
    assert await subject(apps, first) == move["subject_id"]
    undo = {"subject_id": hers, "reason": "undo"}
    assert (await post(apps, f"/links/{first}/move", undo)).status_code == 200
    assert await subject(apps, first) == hers


@pytest.mark.parametrize("persona", [None, "registrar", "auditor", "northvale-police-system"])
async def test_only_mash_staff_decide_links(apps: Apps, persona: str | None) -> None:
    first = await mention(apps)
    head = await apps.head("intake")
    expected = 401 if persona is None else 403
    response = await post(apps, f"/links/{first}/unlink", {"reason": "wrong-person"}, persona)
    assert response.status_code == expected
    assert (await apps.ask("intake", "GET", f"/links/{first}", persona)).status_code == expected
    assert await apps.head("intake") == head


AGENCY = {"code": "any", "name": "Any", "kind": "police", "since": "2014-07-01"}


@pytest.mark.parametrize(
    "changed",
    [
        {"code": CANARY},
        {"code": ""},
        {"kind": CANARY},
        {"name": ""},
        {"name": CANARY * 50},
        {"since": CANARY},
        {"since": "2014-02-30"},
        {"since": 1},
        {CANARY: CANARY},
    ],
)
async def test_a_hostile_agency_is_refused_and_not_repeated(
    apps: Apps, changed: dict[str, Any]
) -> None:
    head = await apps.head("intake")
    response = await post(apps, "/agencies", AGENCY | changed, REGISTRAR)
    assert response.status_code == 422
    assert CANARY not in response.text
    assert await apps.head("intake") == head


@pytest.mark.parametrize("path", ["unlink", "move"])
async def test_a_hostile_decision_is_refused_and_not_repeated(apps: Apps, path: str) -> None:
    first = await mention(apps)
    head = await apps.head("intake")
    for body in ({}, {"reason": CANARY}, {"subject_id": CANARY, "reason": "undo"}):
        response = await post(apps, f"/links/{first}/{path}", body)
        assert response.status_code == 422
        assert CANARY not in response.text
    assert (await apps.ask("intake", "GET", f"/links/{uuid4()}", WORKER)).status_code == 404
    assert await apps.head("intake") == head
