"""Measures as authorities record them and read them back."""

from typing import Any
from uuid import uuid4

import pytest

from services.intelligence.api import measure_requests as bodies
from tests.intelligence.asking import apps, folder, get, of, post
from tests.support.apps import Apps

__all__ = ["apps", "folder"]

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
POLICE, LICENSING, COUNCIL = "intelligence-officer", "licensing", "social-care"


async def taken(apps: Apps, persona: str = POLICE, **changed: Any) -> str:
    response = await post(apps, "/measures", of(bodies.Taken.model_config, **changed), persona)
    assert response.status_code == 201, response.text
    found: str = response.json()["id"]
    return found


async def step(apps: Apps, measure: str, path: str, persona: str = POLICE, **changed: Any) -> int:
    body = of(bodies.STEPS[path].model_config, **changed)
    return (await post(apps, f"/measures/{measure}/{path}", body, persona)).status_code


async def listed(apps: Apps, persona: str, **params: Any) -> list[dict[str, Any]]:
    own = apps.running["intelligence"].state.measure_list
    while await own.catch_up(apps.running["intelligence"].state.stores["intelligence"]):
        pass
    response = await apps.ask("intelligence", "GET", "/measures", persona, params=params)
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["measures"]
    return rows


async def test_what_became_of_a_measure_is_read_back_by_its_agency_and_on_record(
    apps: Apps,
) -> None:
    measure = await taken(apps)
    for path in ("vary", "breach", "end"):
        assert await step(apps, measure, path) == 201
    shown = await apps.head("intelligence_disclosures", "intelligence")

    response = await get(apps, f"/measures/{measure}", POLICE)

    assert await apps.head("intelligence_disclosures", "intelligence") == shown + 1
    events = response.json()["events"]
    assert [event["type"].split(".")[1] for event in events] == [
        "measure-taken", "measure-varied", "measure-breached", "measure-ended",
    ]  # fmt: skip
    assert events[0]["data"]["conditions"]["text"].startswith("Not to contact")
    assert b"contact" not in await apps.newest(
        "intelligence", of_type="intelligence.measure-taken%"
    )
    assert b"arcade" not in await apps.newest(
        "intelligence", of_type="intelligence.measure-breached%"
    )


async def test_another_agencys_measure_is_as_if_it_were_not_there(apps: Apps) -> None:
    measure, unknown = await taken(apps), str(uuid4())
    for asked in (measure, unknown):
        assert (await get(apps, f"/measures/{asked}", LICENSING)).status_code == 404
        assert await step(apps, asked, "end", LICENSING) == 404
    assert measure not in {row["measure_id"] for row in await listed(apps, LICENSING)}
    for persona in ("school", "hotel-watch", "mash-worker", "auditor", "operator"):
        body = of(bodies.Taken.model_config)
        assert (await post(apps, "/measures", body, persona)).status_code == 403


async def test_the_next_to_run_out_is_first_and_what_holds_on_a_day_is_asked_for(
    apps: Apps,
) -> None:
    premises: dict[str, Any] = {
        "person": None, "children": [], "kind": "premises-licence-review",
        "place": {"role": "premises", "name": "Harbour Lodge", "type": "hotel"},
        "ordered_by": "licensing-sub-committee", "taken_at": "2015-06-01T09:00:00Z",
    }  # fmt: skip
    longest = await taken(apps, LICENSING, **premises, until=None)
    shortest = await taken(apps, LICENSING, **premises, until="2015-06-30")
    wrong = await taken(apps, LICENSING, **premises, until="2015-07-15")
    assert await step(apps, wrong, "mistake", LICENSING) == 201

    every = await listed(apps, LICENSING)
    assert [row["measure_id"] for row in every] == [shortest, wrong, longest]
    assert [row["in_error"] for row in every] == [False, True, False]
    assert [row["last_day"] for row in every][-1] == "9999-12-31"
    on = [row["measure_id"] for row in await listed(apps, LICENSING, on="2015-06-30")]
    assert on == [shortest, longest]
    assert [row["measure_id"] for row in await listed(apps, LICENSING, on="2015-07-01")] == [
        longest
    ]

    paged: list[str] = []
    params: dict[str, Any] = {"limit": 1}
    while True:
        response = await apps.ask("intelligence", "GET", "/measures", LICENSING, params=params)
        paged += [row["measure_id"] for row in response.json()["measures"]]
        if (cursor := response.json()["next"]) is None:
            break
        params |= {"cursor": cursor}
    assert paged == [shortest, wrong, longest]


async def test_changes_that_come_out_of_order_stand_in_the_list_by_their_own_times(
    apps: Apps,
) -> None:
    measure = await taken(apps, COUNCIL, kind="civil-injunction", children=[])
    late = {"varied_at": "2015-09-01T10:00:00Z", "until": "2016-11-05"}
    early = {"varied_at": "2015-08-01T10:00:00Z", "until": "2015-12-31"}
    assert await step(apps, measure, "vary", COUNCIL, **late) == 201
    assert await step(apps, measure, "vary", COUNCIL, **early) == 201
    (row,) = await listed(apps, COUNCIL)
    assert row["last_day"] == "2016-11-05"
    assert await step(apps, measure, "breach", COUNCIL) == 201
    assert await step(apps, measure, "end", COUNCIL) == 201
    (row,) = await listed(apps, COUNCIL)
    assert (row["last_day"], row["ended_on"], row["breaches"]) == ("2015-10-30", "2015-10-30", 1)
    told_late = {"varied_at": "2015-10-01T10:00:00Z", "until": "2017-01-01"}
    assert await step(apps, measure, "vary", COUNCIL, **told_late) == 201
    (row,) = await listed(apps, COUNCIL)
    assert row["last_day"] == "2015-10-30"


@pytest.mark.parametrize(
    "changed",
    [
        {"person": None},
        {"place": {"role": "premises", "name": "Harbour Lodge"}},
        {"kind": "closure-order"},
        {"children": []},
        {"until": "2015-05-01"},
        {"until": "2016"},
        {"taken_at": "2015-05-06T11:30:00"},
        {"taken_at": "2999-05-06T11:30:00Z"},
        {"kind": "telling-off"},
        {"conditions": "nul\x00"},
        {"conditions": "x" * 20_001},
        {"ordered_by": "Judge Ashdown"},
        {"unknown": 1},
    ],
)
async def test_a_measure_that_is_not_right_is_refused_and_nothing_is_stored(
    apps: Apps, changed: dict[str, Any]
) -> None:
    before = await apps.head("intelligence")
    response = await post(apps, "/measures", of(bodies.Taken.model_config, **changed), POLICE)
    assert response.status_code == 422, response.text
    assert "Ashdown" not in response.text
    assert await apps.head("intelligence") == before


async def test_the_same_request_is_recorded_once(apps: Apps) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    body = of(bodies.Taken.model_config)
    first = await post(apps, "/measures", body, POLICE, headers=headers)
    again = await post(apps, "/measures", body, POLICE, headers=headers)
    assert first.json() == again.json()
    other = await post(apps, "/measures", body | {"until": None}, POLICE, headers=headers)
    assert other.status_code == 422
