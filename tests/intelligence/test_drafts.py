"""What an interview told becomes a draft of an information report, and whoever held it sends it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.missing.api.interview_requests import STEPS, CommissionBody
from shared.contracts import EVENTS, disclosure, envelope, intelligence
from shared.contracts.mentions import PersonMention, VehicleMention
from shared.embedded import Postgres
from tests.intelligence.asking import get, of, post
from tests.missing.test_api import reported
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

COUNCIL, PROVIDER, HANDLER = "social-care", "interviewer", "source-handler"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("drafts")
    async with running_apps(postgres, folder, "missing", "intelligence") as made:
        body = of(CommissionBody.model_config, since="2014-04-01")
        response = await made.ask("missing", "POST", "/commissions", COUNCIL, json=body)
        assert response.status_code == 201, response.text
        yield made


async def interview(apps: Apps, *steps: str) -> str:
    """An interview that has gone so far."""
    episode_id, _ = await reported(apps)
    interview_id = await apps.running["missing"].state.application.interview_of(
        episode_id=UUID(episode_id)
    )
    body = {"area": "northvale-council", "on": "2015-03-28T09:00:00Z"}
    path = f"/interviews/{interview_id}"
    await apps.ask("missing", "POST", f"{path}/allocate", COUNCIL, json=body)
    for step in steps:
        body = of(STEPS[step].model_config)
        response = await apps.ask("missing", "POST", f"{path}/{step}", PROVIDER, json=body)
        assert response.status_code == 200, response.text
    return str(interview_id)


async def drafted(apps: Apps, interview_id: str, persona: str = PROVIDER) -> Any:
    return await apps.ask(
        "missing", "GET", f"/interviews/{interview_id}/information-report", persona
    )


async def test_an_interview_is_a_draft_that_is_taken_as_it_is(apps: Apps) -> None:
    interview_id = await interview(apps, "offer", "accept", "conduct")
    response = await drafted(apps, interview_id)
    assert response.status_code == 200, response.text
    (draft,) = response.json()["drafts"]
    report = draft["report"]
    assert draft["what"] == "interview-conducted"
    assert report["bureau"] == "northvale-police"
    assert "In the child's own words: He said he would take me" in report["account"]
    assert report["victims"][0]["person"]["names"][0]["full"] == "Wren Ashdown"
    assert "not a referral" in response.json()["notice"]

    sent = await post(apps, "/reports", report, PROVIDER)
    assert sent.status_code == 201, sent.text
    body = envelope.read(await apps.newest("intelligence", of_type="%report-submitted%"))
    data = EVENTS.decode(body.type, body.data)
    assert isinstance(data, intelligence.ReportSubmitted)
    people = [m.role for m in data.mentions if isinstance(m, PersonMention)]
    assert sorted(people) == ["associate", "child"]
    car = next(m for m in data.mentions if isinstance(m, VehicleMention))
    assert car.of in {m.mention_id for m in data.mentions if m.role == "associate"}


async def test_where_it_came_from_stands_with_the_source_and_in_no_event(apps: Apps) -> None:
    interview_id = await interview(apps, "offer", "accept", "conduct")
    (draft,) = (await drafted(apps, interview_id)).json()["drafts"]
    report_id = (await post(apps, "/reports", draft["report"], PROVIDER)).json()["id"]
    stored = await apps.newest("intelligence", of_type="%report-submitted%")
    assert interview_id.encode() not in stored
    assert b"lantern-trust" not in stored
    source = (await get(apps, f"/reports/{report_id}/source", HANDLER)).json()["source"]
    assert source["interview_id"] == interview_id
    assert source["signed_in_for"] == "lantern-trust"


async def test_what_a_carer_told_is_a_draft_of_its_own(apps: Apps) -> None:
    interview_id = await interview(apps, "offer", "decline", "carer-information")
    (draft,) = (await drafted(apps, interview_id)).json()["drafts"]
    assert draft["what"] == "carer-informed"
    assert draft["report"]["account"].startswith("A parent or carer said: He waits")
    assert (await post(apps, "/reports", draft["report"], PROVIDER)).status_code == 201


async def test_reading_a_draft_is_on_record_first(apps: Apps) -> None:
    interview_id = await interview(apps, "offer", "accept", "conduct")
    async with apps.without("INSERT", "missing_disclosures.event", "missing"):
        closed = await drafted(apps, interview_id)
    assert closed.status_code == 503
    assert "Wren" not in closed.text
    await drafted(apps, interview_id)
    found = envelope.read(await apps.newest("missing_disclosures", "missing"))
    data = EVENTS.decode(found.type, found.data)
    assert isinstance(data, disclosure.DisclosureMade)
    assert (data.action, data.outcome) == ("draft-information-report", "shown")
    assert data.about


async def test_nobody_drafts_from_anothers_interview_or_from_nothing(apps: Apps) -> None:
    interview_id = await interview(apps, "offer", "accept", "conduct")
    stranger = apps.token_as(PROVIDER, agency="safe-steps")
    path = "/interviews/{}/information-report"
    not_mine = await apps.ask("missing", "GET", path.format(interview_id), None, headers=stranger)
    nowhere = await apps.ask("missing", "GET", path.format(uuid4()), None, headers=stranger)
    assert (not_mine.status_code, nowhere.status_code) == (404, 404)
    assert not_mine.json() | {"instance": 0} == nowhere.json() | {"instance": 0}
    for persona in (COUNCIL, "school", "mash-worker", "intelligence-officer"):
        assert (await drafted(apps, interview_id, persona)).status_code == 403
    silent = await drafted(apps, await interview(apps, "offer"))
    assert (silent.status_code, silent.json()["type"]) == (409, "/problems/rule-broken")


async def test_a_draft_of_a_long_interview_says_what_it_left_out(apps: Apps) -> None:
    interview_id = await interview(apps, "offer", "accept")
    body = of(
        STEPS["conduct"].model_config, childs_account="a" * 15_000, what_happened="b" * 15_000
    )
    path = f"/interviews/{interview_id}/conduct"
    assert (await apps.ask("missing", "POST", path, PROVIDER, json=body)).status_code == 200
    (draft,) = (await drafted(apps, interview_id)).json()["drafts"]
    assert draft["left_out"] == ["what_happened"]
    assert (await post(apps, "/reports", draft["report"], PROVIDER)).status_code == 201
