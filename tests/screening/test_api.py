"""The screening service as its callers meet it: forms, what they oblige to, and reading back."""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.screening.api import examples
from services.screening.api.act_requests import (
    ACTS,
    ACTS_OF_THE_AREA,
    LiftBody,
    OverrideBody,
)
from services.screening.api.tools import AdoptBody, PublishBody
from shared.contracts import EVENTS, disclosure, envelope, screening
from shared.contracts.registry import EventData
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps
from tests.support.histories import context

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

SCHOOL = "school"
COUNCIL = "social-care"
PUBLISHER = "tool-publisher"


def example(config: Any, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    return found | changed


def form(**changed: Any) -> dict[str, Any]:
    return example(examples.SCREENING, **changed)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("screening"), "screening") as made:
        yield made


async def post(
    apps: Apps, path: str, body: Any, persona: str | None = SCHOOL, **options: Any
) -> httpx.Response:
    return await apps.ask("screening", "POST", path, persona, json=body, **options)


async def get(apps: Apps, path: str, persona: str | None = SCHOOL, **params: Any) -> httpx.Response:
    return await apps.ask("screening", "GET", path, persona, params=params)


async def completed(apps: Apps, **changed: Any) -> str:
    response = await post(apps, "/screenings", form(**changed))
    assert response.status_code == 201, response.text
    found: str = response.json()["id"]
    return found


async def listed(apps: Apps) -> None:
    """The lists have caught up with the store."""
    lists, store = apps.running["screening"].state.screening_list, apps.running["screening"].state
    while await lists.catch_up(store.stores["screening"]):
        pass


async def events_of(apps: Apps, screening_id: str, persona: str = SCHOOL) -> list[dict[str, Any]]:
    response = await get(apps, f"/screenings/{screening_id}", persona)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["events"]
    return found


async def open_obligations(apps: Apps, screening_id: str) -> dict[str, dict[str, Any]]:
    await listed(apps)
    rows = (await get(apps, "/obligations", limit=200)).json()["obligations"]
    return {row["obligation"]: row for row in rows if row["screening_id"] == screening_id}


async def decoded(apps: Apps, of_type: str) -> EventData:
    body = envelope.read(await apps.newest("screening", of_type=of_type))
    return EVENTS.decode(body.type, body.data)


async def test_every_example_of_the_openapi_document_is_accepted(apps: Apps) -> None:
    document = (await get(apps, "/openapi.json", None)).json()
    shown = {
        name: schema["examples"][0]
        for name, schema in document["components"]["schemas"].items()
        if "examples" in schema
    }
    advice = await post(apps, "/screenings/advice", shown.pop("FormBody"))
    made = await post(apps, "/screenings", shown.pop("ScreeningBody"))
    path = f"/screenings/{made.json()['id']}"
    answers = [advice, made, await post(apps, f"{path}/amend", shown.pop("AmendBody"))]
    answers += [
        await post(apps, f"{path}/{name}", shown.pop(body.__name__)) for name, body in ACTS.items()
    ]
    raised = await post(apps, f"{path}/level", shown.pop(OverrideBody.__name__))
    answers += [raised, await post(apps, f"{path}/lift", shown.pop(LiftBody.__name__), COUNCIL)]
    answers += [
        await post(apps, f"{path}/{name}", shown.pop(body.__name__), COUNCIL)
        for name, body in ACTS_OF_THE_AREA.items()
    ]
    answers += [
        await post(apps, "/tools", shown.pop(PublishBody.__name__), PUBLISHER),
        await post(apps, "/tools/adoptions", shown.pop(AdoptBody.__name__), PUBLISHER),
    ]
    assert [answer.status_code for answer in answers] == [200] + [201] * (len(answers) - 1)
    # An answer of every service, and the body of a route that every service has.
    assert set(shown) <= {"Receipt", "Replay"}
    # The level was raised after these were met, so that they are open again.
    assert set(await open_obligations(apps, made.json()["id"])) == {
        "review",
        "referral-or-discussion",
        "action",
    }


async def test_a_form_says_all_that_the_printed_one_asks(apps: Apps) -> None:
    screening_id = await completed(apps)
    data = (await events_of(apps, screening_id))[0]["data"]
    child = next(m for m in data["mentions"] if m["mention_id"] == data["child"])
    referrer = next(m for m in data["mentions"] if m["mention_id"] == data["referrer"])
    assert [name["full"] for name in child["identity"]["names"]] == ["Wren Ashdown", "Birdie"]
    assert data["about_child"]["name_on_indicator_page"] == "Wren A."
    assert referrer["identity"]["names"][0]["full"] == "Ines Calloway"
    assert data["referrer_details"]["email"] == "safeguarding@quarry-bank.example"
    assert {m["role"] for m in data["mentions"]} == {
        "child", "lives_at", "used_by", "associate", "seen_in", "professional",
    }  # fmt: skip
    said = data["circumstances"]
    assert said["learning_disability"] == "no"
    assert said["lives_with"][0]["asserted_by"] == "child"
    assert said["consulted"][0]["agency"] == "School nurse"
    ticks = {tick["code"]: tick for tick in data["answers"]["ticks"]}
    assert set(ticks) == {"S4", "M2", "M9", "V6"}
    assert ticks["S4"]["columns"] == ["current_6m"]
    assert ticks["S4"]["wording"] == (
        "Unexplained amounts of money, expensive clothes or other items"
    )


@pytest.mark.parametrize("entry", ["screening-tool", "new-referral-form"])
async def test_it_comes_on_its_own_form_or_on_a_new_referrals(apps: Apps, entry: str) -> None:
    screening_id = await completed(apps, entry=entry)
    assert (await events_of(apps, screening_id))[0]["data"]["entry"] == entry


async def test_nothing_of_a_child_stands_in_the_stored_event(apps: Apps) -> None:
    await completed(apps)
    body = await apps.newest("screening", of_type="%screening-completed%")
    for word in (
        b"Wren",
        b"2001-02-15",
        b'"S4"',
        b'"M9"',
        b"Unexplained",
        b"Calloway",
        b"trainers",
    ):
        assert word not in body


async def test_what_a_medium_screening_obliges_to_is_open_until_it_is_recorded(apps: Apps) -> None:
    screening_id = await completed(apps)
    found = await open_obligations(apps, screening_id)
    assert set(found) == {"action", "referral-or-discussion", "panel-list", "review"}
    # 11 February 2015 was a Wednesday.
    assert found["referral-or-discussion"]["due_by"] == "2015-02-13T00:00:00Z"

    path = f"/screenings/{screening_id}"
    await post(apps, f"{path}/referral", example(ACTS["referral"].model_config))
    assert "referral-or-discussion" not in await open_obligations(apps, screening_id)
    await post(apps, f"{path}/outcome", example(ACTS["outcome"].model_config))
    await post(apps, f"{path}/panel", example(ACTS_OF_THE_AREA["panel"].model_config), COUNCIL)
    assert set(await open_obligations(apps, screening_id)) == {"review"}


async def test_what_must_be_done_cannot_be_lifted(apps: Apps) -> None:
    screening_id = await completed(apps, level="significant")
    body = {"obligation": "referral-or-discussion", "reason": "We think it is not needed."}
    refused = await post(apps, f"/screenings/{screening_id}/lift", body, COUNCIL)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/rule-broken")
    assert "referral-or-discussion" in await open_obligations(apps, screening_id)
    lifted = await post(
        apps, f"/screenings/{screening_id}/lift", example(LiftBody.model_config), COUNCIL
    )
    assert lifted.status_code == 201
    assert "strategy-meeting" not in await open_obligations(apps, screening_id)


async def test_time_that_ran_out_is_recorded_once(apps: Apps) -> None:
    screening_id = await completed(apps)
    await listed(apps)
    use = apps.running["screening"].state.screenings
    # The service's own clock may tick meanwhile too.
    await asyncio.gather(*(use.record_overdue(context=context("throughline")) for _ in range(3)))
    types = [event["type"] for event in await events_of(apps, screening_id)]
    assert types.count("screening.obligation-overdue.v1") == 2  # the referral and the review


async def test_a_level_below_a_floor_or_a_prompt_is_refused_at_its_field(apps: Apps) -> None:
    before = await screenings(apps)
    young = form()["child"] | {"date_of_birth": "2002-02-12"}  # 13 the day after
    refused = await post(apps, "/screenings", form(child=young, level="low"))
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/level"]
    assert "under 13" in refused.json()["errors"][0]["detail"]

    refused = await post(apps, "/screenings", form(level="low", rationale=None))
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/rationale"]
    assert await screenings(apps) == before
    assert (await post(apps, "/screenings", form(level="low"))).status_code == 201


async def screenings(apps: Apps) -> int:
    """Events of screenings; at its start the service also publishes its tools."""
    async with apps.admin("screening") as connection:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM screening.event WHERE type LIKE 'screening.screening-%'"
        )
        return found


async def test_advice_comes_before_the_level_and_stores_nothing(apps: Apps) -> None:
    before = await screenings(apps)
    advice = (await post(apps, "/screenings/advice", example(examples.ADVICE))).json()
    assert (advice["level"], advice["lowest_level"]) == ("medium", "low")
    assert {reason["rule"] for reason in advice["reasons"]} == {"RE", "RJ", "RN", "RO"}
    assert all(reason["source"] and reason["because"] for reason in advice["reasons"])
    assert "score" not in str(advice)
    assert await screenings(apps) == before


async def test_the_same_child_screened_again_makes_a_series(apps: Apps) -> None:
    first = await completed(apps, level="low")
    second = await completed(
        apps, continues=first, completed_at="2015-04-01T15:00:00Z", level="significant"
    )
    data = await decoded(apps, "%screening-completed%")
    assert isinstance(data, screening.ScreeningCompleted)
    assert data.previous is not None
    assert (str(data.previous.screening_id), data.previous.direction) == (first, "higher")
    assert "review" not in await open_obligations(apps, first)
    assert {"strategy-meeting", "protection-plan", "panel-list"} <= set(
        await open_obligations(apps, second)
    )
    series = (await get(apps, f"/screenings/{first}/series")).json()
    assert [one["id"] for one in series["screenings"]] == [first, second]
    assert "no evidence that the child is safe" in series["no_ticks"]


async def test_two_screenings_are_compared_answer_by_answer_across_versions(apps: Apps) -> None:
    tools = (await get(apps, "/tools")).json()["tools"]
    eight = next(tool["id"] for tool in tools if tool["version"] == "2014-02-eight")
    first = await completed(apps)
    second = await completed(
        apps,
        continues=first,
        completed_at="2015-04-01T15:00:00Z",
        tool_id=eight,
        level="significant",
        ticks=[
            {"code": "S4", "columns": ["current_6m", "prior_6m"]},
            {"code": "S8", "columns": ["current_6m"]},
            {"code": "M9"},
        ],
    )
    response = await get(apps, f"/screenings/{second}/changes-since/{first}")
    found = response.json()
    by_code = {difference["code"]: difference for difference in found["differences"]}
    assert (found["level_before"], found["level_after"], found["direction"]) == (
        "medium",
        "significant",
        "higher",
    )
    assert found["same_version"] is False
    assert by_code["S4"]["change"] == "other-columns"
    assert by_code["S4"]["earlier_wording"] == (
        "Unexplained amounts of money, expensive clothes or other items"
    )
    assert "phone credit" in by_code["S4"]["wording"]
    # It was not asked before, so that it is ticked now is no change.
    assert (by_code["S8"]["asked"], by_code["S8"]["change"]) == ("only-after", None)
    assert by_code["M2"]["change"] == "no-longer-ticked"
    assert by_code["M9"]["change"] == "the-same"
    assert by_code["S1"]["change"] == "not-ticked"


async def test_an_amendment_keeps_the_first_form_and_says_why(apps: Apps) -> None:
    screening_id = await completed(apps)
    body = example(examples.AMENDMENT)
    assert (await post(apps, f"/screenings/{screening_id}/amend", body)).status_code == 201
    first, *_, last = [
        event
        for event in await events_of(apps, screening_id)
        if event["type"].partition(".v")[0].endswith(("completed", "amended"))
    ]
    assert {tick["code"] for tick in first["data"]["answers"]["ticks"]} == {"S4", "M2", "M9", "V6"}
    assert "S3" in {tick["code"] for tick in last["data"]["answers"]["ticks"]}
    assert "teaching assistant" in last["data"]["reason"]["text"]
    # The agency says itself that it is the same child: intake links by that.
    assert last["data"]["about"] == [first["data"]["child"]]


async def test_another_agency_finds_nothing_and_that_it_asked_is_on_record(apps: Apps) -> None:
    screening_id = await completed(apps)
    other = apps.token_as(SCHOOL, agency="another-school")
    path = f"/screenings/{screening_id}"
    for answer in (
        await apps.ask("screening", "GET", path, None, headers=other),
        await apps.ask("screening", "GET", f"{path}/series", None, headers=other),
        await apps.ask("screening", "GET", f"{path}/changes-since/{uuid4()}", None, headers=other),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
        newest = envelope.read(await apps.newest("screening_disclosures", "screening"))
        made = EVENTS.decode(newest.type, newest.data)
        assert isinstance(made, disclosure.DisclosureMade)
        assert (made.action, made.outcome) == ("read-own-screening", "nothing-found")
    for name in ("referral", "amend"):
        body = example(ACTS["referral"].model_config if name == "referral" else examples.AMENDMENT)
        answer = await apps.ask(
            "screening",
            "POST",
            f"{path}/{name}",
            None,
            json=body,
            headers=other | {"Idempotency-Key": str(uuid4())},
        )
        assert answer.status_code == 404
    # The council of another area neither.
    elsewhere = apps.token_as(COUNCIL, agency="southmere-council")
    answer = await apps.ask(
        "screening", "POST", f"{path}/panel", None,
        json=example(ACTS_OF_THE_AREA["panel"].model_config),
        headers=elsewhere | {"Idempotency-Key": str(uuid4())},
    )  # fmt: skip
    assert answer.status_code == 404


async def test_nothing_is_shown_before_it_is_on_record(apps: Apps) -> None:
    screening_id = await completed(apps)
    async with apps.without("INSERT", "screening_disclosures.event", "screening"):
        answer = await get(apps, f"/screenings/{screening_id}")
    assert answer.status_code == 503
    assert "Wren" not in answer.text


async def test_the_same_request_twice_is_one_screening(apps: Apps) -> None:
    body, key = form(), {"Idempotency-Key": str(uuid4())}
    answers = [await post(apps, "/screenings", body, headers=key) for _ in range(2)]
    assert answers[0].content == answers[1].content
    before = await screenings(apps)
    await post(apps, "/screenings", body, headers=key)
    assert await screenings(apps) == before


async def test_an_authority_publishes_its_version_and_old_screenings_keep_theirs(
    apps: Apps,
) -> None:
    before = await completed(apps, area="eastmere-council")
    mine = example(PublishBody.model_config)
    mine["tool"]["version"] = "eastmere-1"
    mine["tool"]["groups"][0]["indicators"][0]["wording"] = "Away without leave, day or night"
    east = apps.token_as(PUBLISHER, agency="eastmere-council")
    made = await apps.ask(
        "screening", "POST", "/tools", None, json=mine,
        headers=east | {"Idempotency-Key": str(uuid4())},
    )  # fmt: skip
    adopted = await apps.ask(
        "screening", "POST", "/tools/adoptions", None,
        json={"instrument": "wm-cse-screening", "version": "eastmere-1", "since": "2015-02-11"},
        headers=east | {"Idempotency-Key": str(uuid4())},
    )  # fmt: skip
    assert (made.status_code, adopted.status_code) == (201, 201)
    ticks = [{"code": "S1", "columns": ["prior_6m"]}]
    after = await completed(apps, area="eastmere-council", ticks=ticks)
    elsewhere = await completed(apps, ticks=ticks)
    versions = []
    for screening_id in (before, after, elsewhere):
        data = (await events_of(apps, screening_id))[0]["data"]
        versions.append((data["version"], data["answers"]["ticks"][0]["wording"]))
    assert versions == [
        ("2014-02", "Unexplained amounts of money, expensive clothes or other items"),
        ("eastmere-1", "Away without leave, day or night"),
        ("2014-02", "Periods of absence/missing (day and/or night)"),
    ]
    shown = await get(apps, "/tools/in-force", area="eastmere-council", on="2015-02-11")
    assert shown.json()["tool"]["version"] == "eastmere-1"
    shown = await get(apps, "/tools/in-force", area="eastmere-council", on="2015-02-10")
    assert shown.json()["tool"]["version"] == "2014-02"
    again = await apps.ask(
        "screening", "POST", "/tools", None, json=mine,
        headers=east | {"Idempotency-Key": str(uuid4())},
    )  # fmt: skip
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"levels": []}, "/levels"),
        ({"rules": []}, "/rules"),
        ({"groups": [{"code": "x"}]}, "/tool/groups/0"),
        ({"below_age": "18"}, "/tool/below_age"),
    ],
)
async def test_a_tool_that_is_not_right_is_refused(
    apps: Apps, change: dict[str, Any], pointer: str
) -> None:
    body = example(PublishBody.model_config)
    body["tool"] |= change
    refused = await post(apps, "/tools", body, PUBLISHER)
    assert refused.status_code == 422
    assert pointer in [error["pointer"] for error in refused.json()["errors"]]
