"""The missing service as its callers meet it. With no bus, reports are accepted too."""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.missing.api import examples
from services.topology import VAULT_DATABASE
from shared.contracts import EVENTS, disclosure, envelope
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

FORCE = "northvale-police-system"
NEIGHBOUR = "southmere-police-system"


def example(config: Any, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    return found | changed


def report(**changed: Any) -> dict[str, Any]:
    """A report with a reference of its own."""
    return example(examples.REPORT, **({"force_reference": f"NV/{uuid4()}"} | changed))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("missing"), "missing") as made:
        yield made


async def post(
    apps: Apps, path: str, body: Any, persona: str | None = FORCE, **options: Any
) -> httpx.Response:
    return await apps.ask("missing", "POST", path, persona, json=body, **options)


async def get(apps: Apps, path: str, persona: str | None = FORCE) -> httpx.Response:
    return await apps.ask("missing", "GET", path, persona)


def without_number(response: httpx.Response) -> dict[str, Any]:
    """A problem without the number of its request, to compare."""
    found: dict[str, Any] = response.json()
    assert found.pop("instance").startswith("/requests/")
    return found


async def reported(apps: Apps, **changed: Any) -> tuple[str, dict[str, Any]]:
    body = report(**changed)
    response = await post(apps, "/episodes", body)
    assert response.status_code == 201, response.text
    return response.json()["id"], body


async def test_every_example_of_the_openapi_document_is_accepted(apps: Apps) -> None:
    document = (await get(apps, "/openapi.json", None)).json()
    shown = {
        name: schema["examples"][0]
        for name, schema in document["components"]["schemas"].items()
        if "examples" in schema
    }
    # The bodies of later steps need a record to happen to: see test_steps.py.
    assert {"Report", "Return", "ReturnByReference"} <= set(shown)

    first = await post(apps, "/episodes", shown["Report"])
    by_reference = await post(apps, "/returns", shown["ReturnByReference"])
    episode_id, _ = await reported(apps)
    by_id = await post(apps, f"/episodes/{episode_id}/return", shown["Return"])

    for response in (first, by_reference, by_id):
        assert response.status_code == 201, response.text
        # A position would tell how much others report.
        assert set(response.json()) == {"id", "events", "recorded_at"}
    assert by_reference.json()["id"] == first.json()["id"]


async def test_the_same_request_twice_is_done_once_and_answered_alike(apps: Apps) -> None:
    body, key = report(), {"Idempotency-Key": str(uuid4())}
    first = await post(apps, "/episodes", body, headers=key)
    head = await apps.recorded("missing")

    again = await post(apps, "/episodes", body, headers=key)
    other = await post(apps, "/episodes", report(), headers=key)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert await apps.recorded("missing") == head


async def test_two_versions_at_the_same_moment_are_one_episode(apps: Apps) -> None:
    reference = f"NV/{uuid4()}"
    bodies = [report(force_reference=reference, report_version=n) for n in (1, 2, 3)]

    answers = await asyncio.gather(*(post(apps, "/episodes", body) for body in bodies))

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    same = await post(apps, "/episodes", bodies[0])
    assert (same.status_code, same.json()["type"]) == (409, "/problems/rule-broken")


async def test_a_force_writes_its_number_in_many_ways(apps: Apps) -> None:
    episode_id, _ = await reported(apps, force_reference="nv 15  a7")
    again = await post(apps, "/episodes", report(force_reference="NV15 A7", report_version=2))
    assert again.json()["id"] == episode_id


async def test_a_later_version_names_the_child_of_the_first(apps: Apps) -> None:
    _, body = await reported(apps)
    first = EVENTS.decode(*_typed(await apps.newest("missing", of_type="missing.episode-%")))
    await post(apps, "/episodes", body | {"report_version": 2})
    second = EVENTS.decode(*_typed(await apps.newest("missing", of_type="missing.report-%")))
    assert second.about == (first.mentions[0].mention_id,)
    assert second.mentions[0].mention_id != first.mentions[0].mention_id


def _typed(body: bytes) -> tuple[str, Any]:
    found = envelope.read(body)
    return found.type, found.data


async def test_another_force_may_neither_report_nor_return_nor_read(apps: Apps) -> None:
    episode_id, body = await reported(apps)
    returned = example(examples.RETURN)
    by_reference = example(examples.RETURN_BY_REFERENCE, force_reference=body["force_reference"])

    # The same number at another force is another number: its return waits for a report of its own.
    kept = await post(apps, "/returns", by_reference, NEIGHBOUR)
    assert kept.status_code == 201
    assert kept.json()["id"] != episode_id
    head = await apps.recorded("missing")

    foreign = await post(apps, "/episodes", report(), NEIGHBOUR)
    assert (foreign.status_code, foreign.json()["type"]) == (403, "/problems/not-permitted")
    for not_mine, not_there in (
        (
            await post(apps, f"/episodes/{episode_id}/return", returned, NEIGHBOUR),
            await post(apps, f"/episodes/{uuid4()}/return", returned, NEIGHBOUR),
        ),
        (
            await get(apps, f"/episodes/{episode_id}", NEIGHBOUR),
            await get(apps, f"/episodes/{uuid4()}", NEIGHBOUR),
        ),
    ):
        assert (not_mine.status_code, not_there.status_code) == (404, 404)
        assert without_number(not_mine) == without_number(not_there)
    assert await apps.recorded("missing") == head


@pytest.mark.parametrize("persona", [None, "mash-worker", "registrar", "auditor"])
async def test_only_a_force_reports(apps: Apps, persona: str | None) -> None:
    episode_id, _ = await reported(apps)
    head = await apps.recorded("missing")
    expected = 401 if persona is None else 403
    assert (await post(apps, "/episodes", report(), persona)).status_code == expected
    assert (await get(apps, f"/episodes/{episode_id}", persona)).status_code == expected
    assert await apps.recorded("missing") == head


async def disclosed(apps: Apps) -> disclosure.DisclosureMade:
    found = EVENTS.decode(*_typed(await apps.newest("missing_disclosures", "missing")))
    assert isinstance(found, disclosure.DisclosureMade)
    return found


async def test_a_force_reads_what_it_sent_and_that_is_on_record(apps: Apps) -> None:
    episode_id, body = await reported(apps)
    await post(apps, f"/episodes/{episode_id}/return", example(examples.RETURN))

    response = await get(apps, f"/episodes/{episode_id}")

    assert response.status_code == 200
    first, second = response.json()["events"]
    assert first["data"]["narrative"]["circumstances"] == body["circumstances"]
    assert first["data"]["mentions"][0]["identity"]["names"][0]["full"] == "Wren Ashdown"
    assert second["data"]["mentions"][0]["place"]["name"] == "Harbour Lodge Hotel"
    on_record = await disclosed(apps)
    assert (on_record.action, on_record.outcome) == ("read-own-report", "shown")
    mentions = {m["mention_id"] for event in (first, second) for m in event["data"]["mentions"]}
    assert {str(mention_id) for mention_id in on_record.about} == mentions

    await get(apps, f"/episodes/{episode_id}", NEIGHBOUR)
    assert (await disclosed(apps)).outcome == "nothing-found"


async def test_a_refused_reader_is_on_record(apps: Apps) -> None:
    await get(apps, f"/episodes/{uuid4()}", "auditor")
    assert (await disclosed(apps)).outcome == "refused"


async def test_what_cannot_be_recorded_is_not_shown(apps: Apps) -> None:
    episode_id, _ = await reported(apps)

    async with apps.without("INSERT", "missing_disclosures.event", "missing"):
        response = await get(apps, f"/episodes/{episode_id}")

    assert response.status_code == 503
    assert response.json()["type"] == "/problems/unavailable"
    assert "Wren" not in response.text
    assert (await get(apps, f"/episodes/{episode_id}")).status_code == 200


async def test_without_the_vault_nothing_is_stored(apps: Apps) -> None:
    head = await apps.recorded("missing")
    key, body = {"Idempotency-Key": str(uuid4())}, report()

    async with apps.away(VAULT_DATABASE):
        response = await post(apps, "/episodes", body, headers=key)

    assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")
    assert response.headers["retry-after"]
    assert await apps.recorded("missing") == head
    assert (await post(apps, "/episodes", body, headers=key)).status_code == 201


@pytest.mark.parametrize("may_know", [True, False])
async def test_where_a_child_was_keeps_to_the_agency_unless_the_family_may_know(
    apps: Apps, *, may_know: bool
) -> None:
    episode_id, _ = await reported(apps)
    body = example(
        examples.RETURN,
        family_may_know_place=may_know,
        places=[
            {"role": role, "name": "Harbour Lodge"}
            for role in ("found_at", "said_visited", "premises")
        ],
        organisations=[{"role": "premises", "name": "Harbour Lodge"}],
        people=[{"role": "seen_with", "person": {"names": [{"full": "Dex"}]}}],
    )
    await post(apps, f"/episodes/{episode_id}/return", body)
    data = EVENTS.decode(*_typed(await apps.newest("missing", of_type="missing.child-%")))
    handling = {type(mention).__name__: mention.handling for mention in data.mentions}
    kept = "P" if may_know else "C"
    assert handling == {
        "PlaceMention": kept,
        "OrganisationMention": kept,
        "PersonMention": "P",
    }
    assert {m.handling for m in data.mentions if m.role in {"found_at", "premises"}} == {kept}


@pytest.mark.parametrize("setting", ["home", "care", "education"])
async def test_a_child_is_missing_from_home_from_care_or_from_education(
    apps: Apps, setting: str
) -> None:
    episode_id, _ = await reported(apps, missing_from=setting)
    read = await get(apps, f"/episodes/{episode_id}")
    assert read.json()["events"][0]["data"]["missing_from"] == setting


async def test_an_absent_child_with_no_level_keeps_the_scheme_that_was_in_force(apps: Apps) -> None:
    for force, kept in ((FORCE, "college-2013"), (NEIGHBOUR, "acpo-2010")):
        # On that day the neighbour still used the older scheme, which knows nobody as absent.
        absent = {"concern": "absent", "risk": None, "definition": "college-2013-absent"}
        changed = absent if force == FORCE else {"definition": "acpo-2010-missing"}
        body = report(
            force=force.removesuffix("-system"),
            missing_since="2013-05-01T18:00:00Z",
            last_seen_at=None,
            reported_at="2013-05-01T19:00:00Z",
            at_risk_of_exploitation="not_asked",
            known_to_social_care="not_asked",
            **changed,
        )
        made = await post(apps, "/episodes", body, force)
        assert made.status_code == 201, made.text
        read = await get(apps, f"/episodes/{made.json()['id']}", force)
        data = read.json()["events"][0]["data"]
        assert (data["risk_scheme"], data["definition"]) == (kept, body["definition"])


async def test_a_definition_of_something_else_is_refused_at_its_place(apps: Apps) -> None:
    response = await post(apps, "/episodes", report(definition="college-2013-absent"))
    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["/definition"]
