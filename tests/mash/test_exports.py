"""The statutory table over the interface and by command: who may have it, and what is on record."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from services.mash.application.inspection import MissingChildren
from services.mash.application.statutory import MissingTable
from services.mash.views.profile import Profile
from services.missing.api import examples as missing_examples
from shared.contracts import EVENTS, disclosure, envelope
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
ASKED = {"authority": "northvale-council", "year": 2016}
NHS = {"scheme": "nhs-number", "value": "943 476 5919", "verified": True}


@pytest_asyncio.fixture
async def apps(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path, "missing", "intake", "mash", bus=True) as made:
        yield made


async def told(apps: Apps) -> None:
    """A looked-after child went missing."""
    report: dict[str, Any] = missing_examples.REPORT["json_schema_extra"]["examples"][0]  # type: ignore[index,assignment]
    child = {"names": [{"full": "Wren Ashdown"}], "date_of_birth": "2001-02-15"}
    council = {"scheme": "la-child-id", "value": "NC40417", "issuer": "northvale-council",
               "verified": True}  # fmt: skip
    sent = [
        await apps.ask(
            "missing", "POST", "/episodes", "northvale-police-system",
            json=report | {"missing_since": "2015-05-02T19:00:00Z",
                           "last_seen_at": None, "reported_at": "2015-05-02T20:00:00Z",
                           "child": child | {"identifiers": [NHS]}},
        ),
        await apps.ask(
            "intake", "POST", "/statuses", "social-care",
            json={"kind": "looked-after", "since": "2015-01-05", "reference": "LAC/1",
                  "child": child | {"identifiers": [NHS, council]}},
        ),
    ]  # fmt: skip
    assert [answer.status_code for answer in sent] == [201, 201], [a.text for a in sent]
    projector = apps.running["mash"].state.projector
    await projector.reached("missing", await apps.head("missing"))
    for _ in range(400):
        if (await table(apps)).rows:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the two were never linked")


async def table(apps: Apps, persona: str = "statutory-returns") -> MissingTable:
    response = await apps.ask("mash", "POST", "/exports/missing-table", persona, json=ASKED)
    assert response.status_code == 200, response.text
    return msgspec.json.decode(response.content, type=MissingTable)


async def test_the_table_is_on_record_before_it_leaves(apps: Apps) -> None:
    await told(apps)

    found = await table(apps)

    assert [(row.child, row.mis_start) for row in found.rows] == [("NC40417", "02/05/2015")]
    stored = envelope.read(await apps.newest("mash_disclosures", "mash"))
    made = EVENTS.decode(stored.type, stored.data)
    assert isinstance(made, disclosure.DisclosureMade)
    assert (made.action, made.outcome, len(made.subjects)) == ("export-missing-table", "shown", 1)
    assert stored.purpose == "statutory-return"


async def test_the_inspectorates_list_is_on_record_before_it_leaves(apps: Apps) -> None:
    await told(apps)
    asked = {"authority": "northvale-council", "first": "2015-01-01", "last": "2015-12-31"}
    path = "/exports/annex-a-missing"

    answer = await apps.ask("mash", "POST", path, "statutory-returns", json=asked)

    assert answer.status_code == 200, answer.text
    found = msgspec.json.decode(answer.content, type=MissingChildren)
    assert [(row.child, row.standing, row.missing, row.starts) for row in found.rows] == [
        ("NC40417", "looked-after", "M", "2015-05-02")
    ]
    stored = envelope.read(await apps.newest("mash_disclosures", "mash"))
    made = EVENTS.decode(stored.type, stored.data)
    assert isinstance(made, disclosure.DisclosureMade)
    assert (made.action, made.outcome, len(made.subjects)) == ("export-missing-table", "shown", 1)
    other = asked | {"authority": "southmere-council"}
    refused = await apps.ask("mash", "POST", path, "statutory-returns", json=other)
    assert refused.status_code == 403
    async with apps.without("INSERT", "mash_disclosures.event", "mash"):
        kept = await apps.ask("mash", "POST", path, "statutory-returns", json=asked)
    assert kept.status_code == 503
    assert "NC40417" not in kept.text


async def test_times_away_are_counted_and_on_record(apps: Apps) -> None:
    await told(apps)
    asked = {"authorities": ["northvale-council"], "first": "2015-01-01", "last": "2015-12-31",
             "shared": False}  # fmt: skip
    path = "/exports/times-away"

    answer = await apps.ask("mash", "POST", path, "profile-analyst", json=asked)

    assert answer.status_code == 200, answer.text
    found = msgspec.json.decode(answer.content, type=Profile)
    assert [
        (figure.id, [(area.area, area.base) for area in figure.areas]) for figure in found.figures
    ] == [
        ("RA1", [("region", 1), ("northvale-council", 1)]),
        ("RA2", [("region", 1), ("northvale-council", 1)]),
    ]
    stored = envelope.read(await apps.newest("mash_disclosures", "mash"))
    made = EVENTS.decode(stored.type, stored.data)
    assert isinstance(made, disclosure.DisclosureMade)
    assert (made.action, made.outcome, len(made.subjects)) == (
        "export-problem-profile", "shown", 1,
    )  # fmt: skip
    refused = await apps.ask("mash", "POST", path, "statutory-returns", json=asked)
    assert refused.status_code == 403
    backwards = asked | {"last": "2014-12-31"}
    wrong = await apps.ask("mash", "POST", path, "profile-analyst", json=backwards)
    assert wrong.status_code in {400, 422}


async def test_what_is_counted_by_education_is_on_record(apps: Apps) -> None:
    await told(apps)
    asked = {"authorities": ["northvale-council"], "first": "2015-01-01", "last": "2015-12-31",
             "shared": False}  # fmt: skip
    path = "/exports/education"

    answer = await apps.ask("mash", "POST", path, "profile-analyst", json=asked)

    assert answer.status_code == 200, answer.text
    found = msgspec.json.decode(answer.content, type=Profile)
    assert [
        (figure.id, [(cell.label, cell.count) for cell in figure.areas[0].cells])
        for figure in found.figures
    ] == [
        ("ED1", [("not-recorded", 1)]),
        ("ED2", []),
        ("ED3", [("not-recorded: missing", 1)]),
    ]
    stored = envelope.read(await apps.newest("mash_disclosures", "mash"))
    made = EVENTS.decode(stored.type, stored.data)
    assert isinstance(made, disclosure.DisclosureMade)
    assert (made.action, made.outcome, len(made.subjects)) == (
        "export-problem-profile", "shown", 1,
    )  # fmt: skip
    refused = await apps.ask("mash", "POST", path, "statutory-returns", json=asked)
    assert refused.status_code == 403


async def test_nobody_else_gets_it(apps: Apps) -> None:
    path = "/exports/missing-table"
    for persona in ("social-care", "mash-worker", "auditor"):
        assert (await apps.ask("mash", "POST", path, persona, json=ASKED)).status_code == 403
    other = ASKED | {"authority": "southmere-council"}
    refused = await apps.ask("mash", "POST", path, "statutory-returns", json=other)
    assert refused.status_code == 403


async def test_what_cannot_be_recorded_as_shown_does_not_leave(apps: Apps) -> None:
    await told(apps)
    async with apps.without("INSERT", "mash_disclosures.event", "mash"):
        answer = await apps.ask(
            "mash", "POST", "/exports/missing-table", "statutory-returns", json=ASKED
        )
    assert answer.status_code == 503
    assert "NC40417" not in answer.text
