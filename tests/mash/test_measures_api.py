"""Measures with every service running: recorded by an authority, shown in three views, as then."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from services.intelligence.api import measure_requests as bodies
from services.missing.api import examples
from shared.embedded import Postgres
from tests.intelligence.asking import of
from tests.mash.test_nodes_api import asked, settled
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
POLICE, LICENSING, FORCE = "intelligence-officer", "licensing", "northvale-police-system"
WREN = {"scheme": "nhs-number", "value": "9434765919", "verified": True}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("measures")
    services = ("missing", "intake", "intelligence", "mash")
    async with running_apps(postgres, folder, *services, bus=True) as made:
        child = {"names": [{"full": "Wren Ashdown"}], "identifiers": [WREN]}
        body = of(examples.REPORT, force_reference="NV/1", child=child)
        response = await made.ask("missing", "POST", "/episodes", FORCE, json=body)
        assert response.status_code == 201, response.text
        await settled(made)
        yield made


async def record(apps: Apps, path: str, body: Any, persona: str) -> str:
    response = await apps.ask("intelligence", "POST", path, persona, json=body)
    assert response.status_code == 201, response.text
    await apps.consumed("intelligence")
    await settled(apps)
    projector = apps.running["mash"].state.projector
    await projector.reached("intelligence", await apps.head("intelligence"))
    await projector.reached("intake", await apps.head("intake"))
    found: str = response.json()["id"]
    return found


async def test_a_notice_is_shown_with_the_man_and_the_child_whom_it_protects(apps: Apps) -> None:
    before = datetime.now(UTC)
    measure = await record(apps, "/measures", of(bodies.Taken.model_config), POLICE)

    found = await asked(apps, "/perpetrators/search", json={"name": "Marlon Pike"})
    subject = found["candidates"][0]["subject_id"]
    answer = await asked(apps, f"/perpetrators/{subject}")
    (line,) = answer["view"]["measures"]
    assert (line["measure_id"], line["until"]) == (measure, "2016-05-05")
    assert line["conditions"]["content"]["text"].startswith("Not to contact")
    assert answer["in_force"] == []  # it ran out in 2016

    # The child is she whom a force reported, by her number.
    (child,) = (await asked(apps, "/children/search", json={"name": "Wren Ashdown"}))["candidates"]
    shown = await asked(apps, f"/children/{child['subject_id']}")
    assert [one["measure_id"] for one in shown["view"]["measures"]] == [measure]
    assert shown["now"]["measures"] == []

    # Longer, and for ever: in force today, and not as it was known before.
    varied = of(bodies.VaryBody.model_config, until=None)
    await record(apps, f"/measures/{measure}/vary", varied, POLICE)
    assert (await asked(apps, f"/perpetrators/{subject}"))["in_force"] == [measure]
    shown = await asked(apps, f"/children/{child['subject_id']}")
    assert shown["now"]["measures"] == [measure]
    then = {"as_at": before.isoformat()}
    await asked(apps, f"/perpetrators/{subject}", 404, params=then)


async def test_what_licensing_does_about_premises_is_shown_with_the_place(apps: Apps) -> None:
    body = of(
        bodies.Taken.model_config, person=None, children=[], kind="premises-licence-review",
        place={"role": "premises", "name": "Harbour Lodge", "postcode": "WS1 1TP",
               "address": ["12 Quay Street"], "type": "hotel", "uprn": "100071417680"},
        ordered_by="licensing-sub-committee", taken_at="2015-06-01T09:00:00Z", until=None,
        conditions="No cash bookings; a register of guests.",
    )  # fmt: skip
    measure = await record(apps, "/measures", body, LICENSING)
    found = await asked(apps, "/places/search", json={"name": "Harbour Lodge"})
    subject = found["candidates"][0]["subject_id"]
    answer = await asked(apps, f"/places/{subject}")
    assert [one["measure_id"] for one in answer["view"]["measures"]] == [measure]
    assert answer["in_force"] == [measure]
    assert answer["licensed"]

    # Kept with conditions it is for its own agency: nobody else is told that there is one.
    kept = await record(apps, "/measures", body | {"handling": "C"}, LICENSING)
    answer = await asked(apps, f"/places/{subject}")
    assert kept not in {one["measure_id"] for one in answer["view"]["measures"]}
    assert answer["withheld"] > 0
