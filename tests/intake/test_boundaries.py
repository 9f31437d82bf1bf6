"""Notices across boundaries, with the services running: each once, and on record."""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.intake.api.requests import StatusBody
from services.missing.api import examples
from services.topology import REFERENCE_DATABASE
from shared.contracts.context import Context
from shared.embedded import Postgres
from tests.crash.work import nhs_number
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

CARE, FORCE = "social-care", "northvale-police-system"
HOME, HOST = "northvale-council", "southmere-council"
HERE, THERE = "WS1 1TP", "B1 1BB"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("boundaries")
    async with running_apps(postgres, folder, "missing", "intake", bus=True) as made:
        await made.know_postcodes(
            (HERE, 401_000, 298_000, "E08000030"), (THERE, 406_000, 287_000, "E08000025")
        )
        for code, area in ((HOME, "E08000030"), (HOST, "E08000025")):
            agency = {"code": code, "name": code, "kind": "local-authority", "since": "2014-07-01"}
            response = await made.ask(
                "intake", "POST", "/agencies", "registrar", json=agency | {"areas": [area]}
            )
            assert response.status_code == 201, response.text
        yield made


def child(number: str) -> dict[str, Any]:
    identifier = {"scheme": "nhs-number", "value": number, "verified": True}
    return {"names": [{"full": "Somebody"}], "identifiers": [identifier]}


async def placed(apps: Apps, number: str, **changed: Any) -> dict[str, Any]:
    config: Any = StatusBody.model_config
    body: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    body |= {"reference": f"LAC/{uuid4()}", "responsible_authority": HOME, "host_authority": HOST}
    body |= {"child": child(number), "until": None} | changed
    response = await apps.ask("intake", "POST", "/statuses", CARE, json=body)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


async def reported(apps: Apps, number: str, lives_at: str | None) -> str:
    config: Any = examples.REPORT
    body: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    body |= {"people": [], "vehicles": [], "force_reference": f"NV/{uuid4()}"}
    body["places"] = [{"role": "lives_at", "postcode": lives_at}] if lives_at else []
    body["child"] = child(number)
    response = await apps.ask("missing", "POST", "/episodes", FORCE, json=body)
    assert response.status_code == 201, response.text
    reference: str = body["force_reference"]
    return reference


async def returned(apps: Apps, reference: str, found_at: str) -> None:
    config: Any = examples.RETURN_BY_REFERENCE
    body: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    body |= {"force_reference": reference}
    body["places"] = [{"role": "found_at", "postcode": found_at}]
    response = await apps.ask("missing", "POST", "/returns", FORCE, json=body)
    assert response.status_code == 201, response.text


async def settled(apps: Apps) -> None:
    """Wait until everything was taken in: what was told is itself an event that is followed."""
    async with asyncio.timeout(30), apps.admin("intake") as connection:
        quiet = 0
        while quiet < 3:
            heads = {store: await apps.head(store) for store in ("missing", "intake")}
            rows = await connection.fetch("SELECT name, source, position FROM public.follower")
            read = {(name, source): position for name, source, position in rows}
            there = all(
                read.get((name, source), 0) >= head
                for source, head in heads.items()
                for name in ("link-mentions", "notice-boundaries")
            )
            quiet = quiet + 1 if there else 0
            await asyncio.sleep(0.05)


async def notices(apps: Apps, agency: str, **params: Any) -> list[dict[str, Any]]:
    await settled(apps)
    return await listed(apps, agency, **params)


async def listed(apps: Apps, agency: str, **params: Any) -> list[dict[str, Any]]:
    response = await ask(apps, "GET", "/boundary-notices", agency, params={"limit": 200} | params)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["notices"]
    return found


async def ask(apps: Apps, method: str, path: str, agency: str, **options: Any) -> httpx.Response:
    headers = apps.token_as(CARE, agency=agency)
    return await apps.ask("intake", method, path, None, headers=headers, **options)


async def test_the_host_is_told_once_of_a_child_who_is_placed_there(apps: Apps) -> None:
    number = nhs_number(943_476_100)
    before = len(await notices(apps, HOST))
    first = await placed(apps, number)
    await placed(apps, number, kind="child-protection-plan", legal_status=None,
                 placement_type=None, placement=None)  # fmt: skip
    found = (await notices(apps, HOST))[before:]

    assert [(row["reason"], row["other"], row["record_id"]) for row in found] == [
        ("living-in", HOME, first["id"])
    ]
    assert await notices(apps, HOME) == []

    # Everything is followed again, by all who follow: nobody is told twice.
    head = await apps.head("intake")
    watcher = apps.running["intake"].state.boundaries
    child_id = found[0]["child"]
    await asyncio.gather(*(watcher.look_at(child_id, context=a_context()) for _ in range(4)))
    assert await apps.head("intake") == head


async def test_the_place_that_a_status_names_says_whose_area_it_is(apps: Apps) -> None:
    before = len(await notices(apps, HOST))
    await placed(apps, nhs_number(943_476_200), host_authority=None,
                 placement={"name": "Saltmarsh House", "postcode": THERE})  # fmt: skip
    assert [row["reason"] for row in (await notices(apps, HOST))[before:]] == ["living-in"]


async def test_an_authority_is_told_of_each_time_a_child_of_another_is_found_there(
    apps: Apps,
) -> None:
    number = nhs_number(943_476_300)
    before = len(await notices(apps, HOST))
    for _ in range(2):
        await returned(apps, await reported(apps, number, HERE), THERE)
    await returned(apps, await reported(apps, number, HERE), HERE)
    found = (await notices(apps, HOST))[before:]
    assert [(row["reason"], row["other"]) for row in found] == [("found-in", HOME)] * 2
    assert len({row["record_id"] for row in found}) == 2


async def test_a_notice_is_read_by_whom_it_is_for_and_that_is_on_record(apps: Apps) -> None:
    before = len(await notices(apps, HOST))
    await placed(apps, nhs_number(943_476_400))
    (row,) = (await notices(apps, HOST))[before:]
    path = f"/boundary-notices/{row['notice_id']}/acknowledge"

    shown = await apps.head("intake_disclosures", "intake")
    assert await notices(apps, HOME) == []
    assert await apps.head("intake_disclosures", "intake") == shown + 1
    assert (await ask(apps, "POST", path, HOME, json={})).status_code == 404
    assert (await ask(apps, "POST", path, HOST, json={})).status_code == 201
    assert (await ask(apps, "POST", path, HOST, json={})).status_code == 409
    assert row["notice_id"] not in {one["notice_id"] for one in await notices(apps, HOST)}
    kept = await notices(apps, HOST, include_acknowledged=True)
    (read,) = [one for one in kept if one["notice_id"] == row["notice_id"]]
    assert read["acknowledged_at"] is not None
    for persona in ("school", "auditor", FORCE, "operator"):
        refused = await apps.ask("intake", "GET", "/boundary-notices", persona)
        assert refused.status_code == 403


async def test_while_the_directory_is_away_everything_else_goes_on_and_nothing_is_left_out(
    apps: Apps,
) -> None:
    before = len(await notices(apps, HOST))
    async with apps.away(REFERENCE_DATABASE):
        reference = await reported(apps, nhs_number(943_476_500), HERE)
        await returned(apps, reference, THERE)
        await placed(apps, nhs_number(943_476_600))
        async with asyncio.timeout(30):
            while not (found := (await listed(apps, HOST))[before:]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert [row["reason"] for row in found] == ["living-in"]
    found = (await notices(apps, HOST))[before:]
    assert sorted(row["reason"] for row in found) == ["found-in", "living-in"]


def a_context() -> Context:
    return Context(
        actor="throughline|test",
        agency="throughline",
        purpose="operations",
        basis="sharing-agreement",
        regime="uk-gdpr",
        correlation_id=uuid4(),
    )
