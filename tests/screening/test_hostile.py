"""Screenings that are wrong, huge, doubled, out of order, or sent by whoever means harm."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from services.screening.api.act_requests import ACTS, PanelBody
from services.topology import VAULT_DATABASE
from shared.embedded import Postgres
from tests.screening.test_api import (
    COUNCIL,
    SCHOOL,
    completed,
    example,
    form,
    get,
    post,
    screenings,
)
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("hostile"), "screening") as made:
        await made.running["screening"].state.tools.publish_shipped()
        yield made


HOSTILE = "'; DROP TABLE lists.screening; -- <script>\u202e\u0000"

WRONG: dict[str, dict[str, Any]] = {
    "no learning disability answered": {"learning_disability": None},
    "an answer that is none": {"additional_needs": "maybe"},
    "a level of no tool": {"level": "extreme"},
    "a level as a number": {"level": 3},
    "a score": {"score": 7},
    "a tick of no indicator": {"ticks": [{"code": "X99"}]},
    "a tick in a column of another group": {"ticks": [{"code": "M1", "columns": ["prior_6m"]}]},
    "the same tick twice": {"ticks": [{"code": "M1"}, {"code": "M1"}]},
    "too many ticks": {"ticks": [{"code": f"M{n}"} for n in range(1, 300)]},
    "a time without a zone": {"completed_at": "2015-02-11T15:30:00"},
    "a time in the future": {"completed_at": "2099-02-11T15:30:00Z"},
    "a birth after the form": {"child": {"date_of_birth": "2015-03-01"}},
    "an age that is none": {"other_ages": [{"asserted_by": "child"}]},
    "ages in the wrong order": {
        "other_ages": [{"asserted_by": "child", "age_from": 15, "age_to": 12}]
    },
    "no reason": {"reason": ""},
    "no referrer": {"referrer": {}},
    "hostile codes": {"area": HOSTILE},
    "a day that is none": {"agencies_consulted": [{"agency": "Nurse", "on": "2015-02-30"}]},
    "an item of nobody": {"phones": [{"number": "1", "of": "nobody"}]},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_form_is_refused_at_its_field_and_changes_nothing(
    apps: Apps, wrong: str
) -> None:
    before = await screenings(apps)
    refused = await post(apps, "/screenings", form(**WRONG[wrong]))
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"]
    assert "DROP TABLE" not in refused.text
    assert await screenings(apps) == before


async def test_hostile_words_are_kept_as_they_are(apps: Apps) -> None:
    words = HOSTILE.replace("\u0000", "")
    screening_id = await completed(
        apps, reason=words, child=form()["child"] | {"names": [{"full": words}]}
    )
    data = (await get(apps, f"/screenings/{screening_id}")).json()["events"][0]["data"]
    assert data["circumstances"]["reason"] == words
    rows = (await get(apps, "/screenings")).json()["screenings"]
    assert all(words not in str(row) for row in rows)


async def test_an_earlier_screening_that_is_not_there_or_not_yours_is_not_found(
    apps: Apps,
) -> None:
    mine = await completed(apps)
    for continues in (str(uuid4()), mine):
        who = apps.token_as(SCHOOL, agency="another-school")
        answer = await apps.ask(
            "screening", "POST", "/screenings", None, json=form(continues=continues),
            headers=who | {"Idempotency-Key": str(uuid4())},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


async def test_acts_at_the_same_moment_are_all_recorded(apps: Apps) -> None:
    path = f"/screenings/{await completed(apps)}"
    answers = await asyncio.gather(
        *(post(apps, f"{path}/{name}", example(body.model_config)) for name, body in ACTS.items()),
        post(apps, f"{path}/panel", example(PanelBody.model_config), COUNCIL),
        post(apps, f"{path}/level", {"level": "significant", "rationale": "Coercion."}),
    )
    assert [answer.status_code for answer in answers] == [201] * 4
    types = [event["type"] for event in (await get(apps, path)).json()["events"]]
    assert {
        "screening.referral-made.v1",
        "screening.outcome-recorded.v1",
        "screening.panel-listed.v1",
        "screening.level-overridden.v1",
    } <= set(types)


async def test_two_that_continue_one_at_the_same_moment_are_both_in_its_series(apps: Apps) -> None:
    first = await completed(apps)
    later = [
        form(continues=first, completed_at=f"2015-03-0{day}T10:00:00Z", level="significant")
        for day in (2, 3)
    ]
    answers = await asyncio.gather(*(post(apps, "/screenings", body) for body in later))
    assert [answer.status_code for answer in answers] == [201, 201]
    series = (await get(apps, f"/screenings/{first}/series")).json()["screenings"]
    assert [one["id"] for one in series] == [first, *(answer.json()["id"] for answer in answers)]
    types = [event["type"] for event in (await get(apps, f"/screenings/{first}")).json()["events"]]
    assert types.count("screening.review-done.v1") == 1


async def test_two_publish_one_version_at_the_same_moment_and_one_is_refused(apps: Apps) -> None:
    tool = (await get(apps, "/tools/in-force", area="northvale-council", on="2015-02-11")).json()
    tool = tool["tool"] | {"version": "raced"}
    answers = await asyncio.gather(
        *(post(apps, "/tools", {"tool": tool}, "tool-publisher") for _ in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_without_the_vault_nothing_is_stored_and_nothing_shown(apps: Apps) -> None:
    screening_id = await completed(apps)
    before = await screenings(apps)
    async with apps.away(VAULT_DATABASE):
        refused = await post(apps, "/screenings", form())
        assert refused.status_code == 503
    assert await screenings(apps) == before
    shown = await get(apps, f"/screenings/{screening_id}")
    assert shown.status_code == 200


async def test_only_a_practitioner_fills_in_and_only_a_publisher_publishes(apps: Apps) -> None:
    for persona in ("northvale-police-system", "mash-worker", "auditor", "registrar", None):
        answer = await post(apps, "/screenings", form(), persona)
        assert answer.status_code == (403 if persona else 401)
    assert (await post(apps, "/tools", {"tool": {}}, SCHOOL)).status_code == 403


async def test_pages_of_the_list_have_every_screening_once(apps: Apps) -> None:
    who = apps.token_as(SCHOOL, agency="paged-school")
    made = []
    for _ in range(5):
        answer = await apps.ask(
            "screening", "POST", "/screenings", None, json=form(),
            headers=who | {"Idempotency-Key": str(uuid4())},
        )  # fmt: skip
        made.append(answer.json()["id"])
    lists = apps.running["screening"].state.screening_list
    while await lists.catch_up(apps.running["screening"].state.stores["screening"]):
        pass
    found: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = await apps.ask("screening", "GET", "/screenings", None, params=params, headers=who)
        found += [row["screening_id"] for row in page.json()["screenings"]]
        if page.json()["next"] is None:
            break
        params["cursor"] = page.json()["next"]
    assert sorted(found) == sorted(made)
    assert len(set(found)) == 5
