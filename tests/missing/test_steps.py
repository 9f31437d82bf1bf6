"""Every later step through the interface: each example accepted, by whom it is for, in order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.missing.api import concerns
from services.missing.api.episode_requests import EPISODE_STEPS
from services.missing.api.interview_requests import STEPS, CommissionBody, CoverBody, EndBody
from shared.embedded import Postgres
from tests.missing.test_api import example, reported
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

FORCE, COUNCIL, PROVIDER, SCHOOL = (
    "northvale-police-system", "social-care", "interviewer", "school",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("steps"), "missing") as made:
        response = await made.ask(
            "missing",
            "POST",
            "/commissions",
            COUNCIL,
            json=example(CommissionBody.model_config, since="2014-04-01"),
        )
        assert response.status_code == 201, response.text
        yield made


async def post(apps: Apps, path: str, body: Any, persona: str) -> httpx.Response:
    return await apps.ask("missing", "POST", path, persona, json=body)


def example_of(body_type: Any, **changed: Any) -> dict[str, Any]:
    return example(body_type.model_config, **changed)


async def interview(apps: Apps, **changed: Any) -> str:
    """An interview allocated to the provider, of an episode of its own."""
    episode_id, _ = await reported(apps, **changed)
    interview_id = await apps.running["missing"].state.application.interview_of(
        episode_id=UUID(episode_id)
    )
    body = {"area": "northvale-council", "on": "2015-03-28T09:00:00Z"}
    response = await post(apps, f"/interviews/{interview_id}/allocate", body, COUNCIL)
    assert response.status_code == 200, response.text
    return str(interview_id)


@pytest.mark.parametrize("step", ["risk", "sightings", "located", "in-error"])
async def test_an_open_episode_goes_on(apps: Apps, step: str) -> None:
    episode_id, _ = await reported(apps)
    response = await post(
        apps, f"/episodes/{episode_id}/{step}", example_of(EPISODE_STEPS[step]), FORCE
    )
    assert response.status_code == 201, response.text
    foreign = await post(
        apps,
        f"/episodes/{episode_id}/{step}",
        example_of(EPISODE_STEPS[step]),
        "southmere-police-system",
    )
    assert foreign.status_code == 404


async def test_a_level_means_what_it_meant_when_it_was_given(apps: Apps) -> None:
    """`no-apparent-risk` came in 2017; a regrade of 2015 cannot have it."""
    episode_id, _ = await reported(apps)
    body = example_of(EPISODE_STEPS["risk"], risk={"level": "no-apparent-risk"})
    response = await post(apps, f"/episodes/{episode_id}/risk", body, FORCE)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/risk/level"


@pytest.mark.parametrize("step", ["return-correction", "police-check"])
async def test_an_episode_goes_on_after_the_return(apps: Apps, step: str) -> None:
    episode_id, _ = await reported(apps)
    back = {"returned_at": "2015-03-28T06:00:00Z", "how": "found_by_police"}
    await post(apps, f"/episodes/{episode_id}/return", back, FORCE)
    response = await post(
        apps, f"/episodes/{episode_id}/{step}", example_of(EPISODE_STEPS[step]), FORCE
    )
    assert response.status_code == 201, response.text


async def test_what_is_over_does_not_go_on(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    await post(
        apps, f"/episodes/{episode_id}/in-error", example_of(EPISODE_STEPS["in-error"]), FORCE
    )
    for step in ("risk", "sightings", "located", "in-error", "police-check"):
        response = await post(
            apps, f"/episodes/{episode_id}/{step}", example_of(EPISODE_STEPS[step]), FORCE
        )
        assert (response.status_code, response.json()["type"]) == (409, "/problems/rule-broken")


@pytest.mark.parametrize("last", ["conduct", "decline", "give-up"])
async def test_an_interview_goes_its_way(apps: Apps, last: str) -> None:
    interview_id = await interview(apps)
    steps = {
        "conduct": ["offer", "accept", "rearrange", "conduct"],
        "decline": ["offer", "decline", "carer-information"],
        "give-up": ["offer", "accept", "give-up"],
    }[last]
    for step in steps:
        response = await post(
            apps, f"/interviews/{interview_id}/{step}", example_of(STEPS[step]), PROVIDER
        )
        assert response.status_code == 200, (step, response.text)
    for nobody in ("northvale-counsil", "lantern-trust"):
        refused = await post(apps, f"/interviews/{interview_id}/copy", {"to": nobody}, PROVIDER)
        assert (refused.status_code, nobody in refused.text) == (422, False)
    copied = await post(
        apps, f"/interviews/{interview_id}/copy", {"to": "northvale-council"}, PROVIDER
    )
    assert copied.status_code == (409 if last == "give-up" else 200), copied.text


async def test_one_interview_covers_another_of_the_same_child_and_both_show_it(apps: Apps) -> None:
    first, second = await interview(apps), await interview(apps)
    body = example_of(CoverBody, other_interview_id=second)

    covered = await post(apps, f"/interviews/{first}/cover", body, PROVIDER)

    assert covered.status_code == 200, covered.text
    assert covered.json()["id"] == first
    for by, of in ((first, second), (second, first), (await interview(apps), second)):
        again = await post(apps, f"/interviews/{by}/cover", {"other_interview_id": of}, PROVIDER)
        assert (again.status_code, again.json()["type"]) == (409, "/problems/rule-broken")
    rows = {row["interview_id"]: row for row in await listed_to(apps, PROVIDER)}
    assert rows[first]["episodes"] == 2
    assert rows[second]["covered_by"] == first
    assert rows[second]["given_up_at"] is not None


async def test_an_interview_covers_no_other_childs_and_no_other_providers(apps: Apps) -> None:
    first = await interview(apps)
    thorne = {"names": [{"full": "Ada Thorne"}], "date_of_birth": "2002-06"}
    anothers = await interview(apps, child=thorne)
    episode_id, _ = await reported(apps)
    nobodys = await apps.running["missing"].state.application.interview_of(
        episode_id=UUID(episode_id)
    )
    head = await apps.recorded("missing")
    for other, status in ((anothers, 409), (nobodys, 404), (uuid4(), 404), (episode_id, 404)):
        body = {"other_interview_id": str(other)}
        refused = await post(apps, f"/interviews/{first}/cover", body, PROVIDER)
        assert refused.status_code == status, refused.text
    refused = await post(
        apps, f"/interviews/{nobodys}/cover", {"other_interview_id": first}, PROVIDER
    )
    assert refused.status_code == 404
    assert await apps.recorded("missing") == head


async def test_of_two_that_would_cover_one_interview_at_once_one_does(apps: Apps) -> None:
    one, two, covered = [await interview(apps) for _ in range(3)]
    body = {"other_interview_id": covered}

    answers = await asyncio.gather(
        *(post(apps, f"/interviews/{by}/cover", body, PROVIDER) for by in (one, two))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_return_starts_the_clock_of_what_covers_its_episode(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    application = apps.running["missing"].state.application
    own = str(await application.interview_of(episode_id=UUID(episode_id)))
    body = {"area": "northvale-council", "on": "2015-03-28T09:00:00Z"}
    assert (await post(apps, f"/interviews/{own}/allocate", body, COUNCIL)).status_code == 200
    covering = await interview(apps)
    body = {"other_interview_id": own}
    assert (await post(apps, f"/interviews/{covering}/cover", body, PROVIDER)).status_code == 200

    back = {"returned_at": "2015-03-28T06:00:00Z", "how": "found_by_police"}
    assert (await post(apps, f"/episodes/{episode_id}/return", back, FORCE)).status_code == 201

    rows = {row["interview_id"]: row for row in await listed_to(apps, PROVIDER)}
    assert rows[covering]["due_by"] == "2015-03-31T06:00:00Z"


async def listed_to(apps: Apps, persona: str) -> list[dict[str, Any]]:
    """Every interview that somebody's list has."""
    listed = apps.running["missing"].state.interview_list
    while await listed.catch_up(apps.running["missing"].state.stores["missing"]):
        pass
    response = await apps.ask(
        "missing", "GET", "/interviews?include_closed=true&limit=200", persona
    )
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["interviews"]
    return found


async def test_an_interview_without_an_assessment_is_refused(apps: Apps) -> None:
    interview_id = await interview(apps)
    body = example_of(STEPS["conduct"])
    for field in ("exploitation", "exploitation_rationale"):
        response = await post(
            apps,
            f"/interviews/{interview_id}/conduct",
            {name: value for name, value in body.items() if name != field},
            PROVIDER,
        )
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize("persona", [FORCE, COUNCIL, SCHOOL, "mash-worker", "auditor"])
async def test_only_its_provider_records_an_interview(apps: Apps, persona: str) -> None:
    interview_id = await interview(apps)
    response = await post(
        apps, f"/interviews/{interview_id}/offer", example_of(STEPS["offer"]), persona
    )
    assert response.status_code == 403


async def test_a_council_speaks_for_its_own_area(apps: Apps) -> None:
    body = example_of(CommissionBody, area="southmere-council")
    assert (await post(apps, "/commissions", body, COUNCIL)).status_code == 403
    ended = await post(apps, f"/commissions/{uuid4()}/end", example_of(EndBody), COUNCIL)
    assert ended.status_code == 404


@pytest.mark.parametrize("why", ["covered-by-another-interview", "reported-in-error"])
async def test_no_provider_only_says_that_an_interview_is_covered_or_was_a_mistake(
    apps: Apps, why: str
) -> None:
    """It would end without the check that it is the same child, or without the force's word."""
    interview_id = await interview(apps)
    body = example_of(STEPS["give-up"], why=why)
    response = await post(apps, f"/interviews/{interview_id}/give-up", body, PROVIDER)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/why"


async def test_what_needs_action_now_is_flagged_as_such(apps: Apps) -> None:
    interview_id = await interview(apps)
    body = example_of(STEPS["conduct"], needs_action_now=False, what_needs_action="He waits.")
    response = await post(apps, f"/interviews/{interview_id}/conduct", body, PROVIDER)
    assert response.status_code == 422
    assert "needs_action_now" in response.text
    assert "He waits" not in response.text


async def test_it_is_the_child_of_the_newest_version_that_an_interview_covers(apps: Apps) -> None:
    """An older version that comes late may have the very mistake that the newer one mended."""
    one, two = await interview(apps), None
    number = str(uuid4())
    wrong = {"names": [{"full": "Somebody Else"}], "date_of_birth": "2004-09-09"}
    episode_id, _ = await reported(apps, force_reference=number, report_version=2)
    await reported(apps, force_reference=number, report_version=1, child=wrong)
    two = await apps.running["missing"].state.application.interview_of(episode_id=UUID(episode_id))
    body: dict[str, Any] = {"area": "northvale-council", "on": "2015-03-28T09:00:00Z"}
    assert (await post(apps, f"/interviews/{two}/allocate", body, COUNCIL)).status_code == 200
    body = {"other_interview_id": str(two)}
    response = await post(apps, f"/interviews/{one}/cover", body, PROVIDER)
    assert response.status_code == 200, response.text


async def test_a_period_that_ends_before_it_begins_is_no_count_of_none(apps: Apps) -> None:
    response = await apps.ask(
        "missing", "GET", "/interviews/counts?since=2015-04-01&until=2015-03-01", COUNCIL
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/query/until"


async def test_another_council_is_told_that_an_interview_is_not_for_it(apps: Apps) -> None:
    """Of an authority that is named, that allocated it, or in the force's area: it is none."""
    allocated = await interview(apps)
    episode_id, _ = await reported(apps, responsible_authority=None)
    nobodys = await apps.running["missing"].state.application.interview_of(
        episode_id=UUID(episode_id)
    )
    headers = apps.token_as(COUNCIL, agency="southmere-council")
    body = example_of(CommissionBody, area="southmere-council", since="2014-04-01")
    given = await apps.ask("missing", "POST", "/commissions", None, json=body, headers=headers)
    assert given.status_code == 201, given.text
    head = await apps.head("missing")
    for found in (allocated, nobodys):
        refused = await apps.ask(
            "missing",
            "POST",
            f"/interviews/{found}/allocate",
            None,
            json={"area": "southmere-council", "on": "2015-03-28T09:00:00Z"},
            headers=headers,
        )
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-permitted")
        assert "for another council" in refused.json()["detail"]
    assert await apps.head("missing") == head
    body = {"area": "northvale-council", "on": "2015-03-28T09:00:00Z"}
    taken = await post(apps, f"/interviews/{nobodys}/allocate", body, COUNCIL)
    assert taken.status_code == 200, taken.text


async def test_while_no_council_is_named_it_is_in_the_list_of_those_near(apps: Apps) -> None:
    running = apps.running["missing"].state
    episode_id, _ = await reported(apps, responsible_authority=None)
    found = await running.application.interview_of(episode_id=UUID(episode_id))
    while await running.interview_list.catch_up(running.stores["missing"]):
        pass
    for persona, stands_there in ((COUNCIL, True), ("southmere-social-care", False)):
        listed = await apps.ask("missing", "GET", "/interviews?limit=200", persona)
        assert listed.status_code == 200, listed.text
        assert (str(found) in listed.text) is stands_there


async def test_the_list_shows_no_more_than_codes_and_times(apps: Apps) -> None:
    interview_id = await interview(apps)
    listed = apps.running["missing"].state.interview_list
    while await listed.catch_up(apps.running["missing"].state.stores["missing"]):
        pass
    for persona in (COUNCIL, PROVIDER):
        response = await apps.ask(
            "missing", "GET", "/interviews?include_closed=true&limit=200", persona
        )
        assert response.status_code == 200
        assert interview_id in response.text
        assert "Ashdown" not in response.text
        counts = await apps.ask(
            "missing", "GET", "/interviews/counts?since=2015-01-01&until=2015-12-31", persona
        )
        assert counts.json()["required"] >= 1
    refused = await apps.ask("missing", "GET", "/interviews", FORCE)
    assert refused.status_code == 403


async def test_concerns_stops_and_education(apps: Apps) -> None:
    for path, body_type, later in (
        ("/concerns", concerns.ConcernBody, [("close", concerns.CloseBody)]),
        ("/truancy-stops", concerns.StopBody, [("follow-up", concerns.FollowUpBody)]),
        ("/education-statuses", concerns.EducationBody, []),
    ):
        begun = await post(apps, path, example_of(body_type), SCHOOL)
        assert begun.status_code == 201, begun.text
        for step, step_type in later:
            url = f"{path}/{begun.json()['id']}/{step}"
            assert (await post(apps, url, example_of(step_type), COUNCIL)).status_code == 403
            done = await post(apps, url, example_of(step_type), SCHOOL)
            assert done.status_code == 201, done.text
            again = await post(apps, url, example_of(step_type), SCHOOL)
            assert again.status_code == 409
            unknown = f"{path}/{uuid4()}/{step}"
            assert (await post(apps, unknown, example_of(step_type), SCHOOL)).status_code == 404
