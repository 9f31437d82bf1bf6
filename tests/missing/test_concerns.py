"""Truancy stops, education and concerns as a school meets them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.missing.api import concerns
from shared.contracts import EVENTS, envelope, missing
from shared.embedded import Postgres
from tests.missing.test_api import example
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

SCHOOL = "school"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("concerns"), "missing") as made:
        yield made


async def post(apps: Apps, path: str, body: Any, **options: Any) -> httpx.Response:
    return await apps.ask("missing", "POST", path, SCHOOL, json=body, **options)


def a_stop(**changed: Any) -> dict[str, Any]:
    return example(concerns.StopBody.model_config, **changed)


async def stopped(apps: Apps, **changed: Any) -> str:
    response = await post(apps, "/truancy-stops", a_stop(**changed))
    assert response.status_code == 201, response.text
    return f"/truancy-stops/{response.json()['id']}/follow-up"


async def test_each_stop_has_one_follow_up_and_one_that_found_nobody_is_not_it(apps: Apps) -> None:
    path = await stopped(apps)
    body = example(concerns.FollowUpBody.model_config)
    tried = await post(apps, path, body | {"outcome": "not-found"})
    done = await post(apps, path, body | {"outcome": "referred"})
    again = await post(apps, path, body)
    assert (tried.status_code, done.status_code, again.status_code) == (201, 201, 409)


async def test_the_same_request_again_is_the_same_follow_up(apps: Apps) -> None:
    path, key = await stopped(apps), {"Idempotency-Key": "a-follow-up-sent-twice"}
    body = example(concerns.FollowUpBody.model_config)
    first = await post(apps, path, body, headers=key)
    head = await apps.recorded("missing")
    second = await post(apps, path, body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert await apps.recorded("missing") == head


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"done_at": "2015-03-12T11:19:59Z"}, 409),
        ({"done_at": "2099-01-01T00:00:00Z"}, 422),
        ({"outcome": "spoken-to"}, 422),
        ({"done_at": "2015-03-20"}, 422),
        ({"score": 3}, 422),
    ],
    ids=["before-the-stop", "in-the-future", "no-outcome-of-ours", "no-time", "no-field-of-ours"],
)
async def test_what_is_wrong_with_a_follow_up_is_told_and_changes_nothing(
    apps: Apps, changed: dict[str, Any], status: int
) -> None:
    path = await stopped(apps)
    body = example(concerns.FollowUpBody.model_config)
    head = await apps.recorded("missing")
    assert (await post(apps, path, body | changed)).status_code == status
    assert await apps.recorded("missing") == head
    assert (await post(apps, path, body)).status_code == 201


async def test_another_agency_follows_up_nobody_elses_stop(apps: Apps) -> None:
    path = await stopped(apps)
    body = example(concerns.FollowUpBody.model_config)
    stranger = apps.token_as(SCHOOL, agency="quay-house")
    refused = await apps.ask("missing", "POST", path, None, json=body, headers=stranger)
    assert refused.status_code == 404
    assert (await post(apps, path, body)).status_code == 201


@pytest.mark.parametrize(
    "child",
    [
        {"names": [{"full": "Wren Ashdown"}]},
        {"names": [{"full": "Wren Ashdown"}], "date_of_birth": "2012-09-01"},
        {"names": [{"full": "Wren Ashdown"}], "date_of_birth": "1996"},
        {"description": "About fourteen, gave no name."},
    ],
    ids=["no-birth", "too-young-for-school", "too-old-for-school", "no-name"],
)
async def test_a_stop_is_taken_whatever_the_childs_age_so_that_it_is_followed_up(
    apps: Apps, child: dict[str, Any]
) -> None:
    path = await stopped(apps, child=child)
    done = await post(apps, path, example(concerns.FollowUpBody.model_config))
    assert done.status_code == 201


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"follow_up_by": "2015-03-11"}, "/follow_up_by"),
        ({"follow_up_by": None}, "/follow_up_by"),
        ({"stopped_at": "2099-01-01T00:00:00Z", "follow_up_by": "2099-01-02"}, "/stopped_at"),
        ({"patrol": "Northvale Spring"}, "/patrol"),
    ],
)
async def test_what_is_wrong_with_a_stop_is_told_at_its_place(
    apps: Apps, changed: dict[str, Any], pointer: str
) -> None:
    head = await apps.recorded("missing")
    response = await post(apps, "/truancy-stops", a_stop(**changed))
    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]
    assert await apps.recorded("missing") == head


async def test_an_education_status_counts_from_its_day_by_the_clocks_of_the_place(
    apps: Apps,
) -> None:
    body = example(concerns.EducationBody.model_config, since="2015-06-01", status="home-educated")
    assert (await post(apps, "/education-statuses", body)).status_code == 201
    stored = envelope.read(await apps.newest("missing"))
    data = EVENTS.decode(stored.type, stored.data)
    assert isinstance(data, missing.EducationStatusRecorded)
    assert (data.status, stored.occurredat[:16]) == ("home-educated", "2015-05-31T23:00")


@pytest.mark.parametrize("changed", [{"status": "truant"}, {"since": "spring"}, {"since": None}])
async def test_a_status_that_is_none_is_refused(apps: Apps, changed: dict[str, Any]) -> None:
    body = example(concerns.EducationBody.model_config) | changed
    response = await post(apps, "/education-statuses", body)
    assert response.status_code == 422


@pytest.mark.parametrize("how_left", ["ran-away", "forced-to-leave", "whereabouts-unknown"])
async def test_a_runaway_whom_nobody_reported_is_a_record_with_what_definitions_turn_on(
    apps: Apps, how_left: str
) -> None:
    body = example(
        concerns.ConcernBody.model_config,
        how_left=how_left,
        overnight="no",
        attempts_to_find="Rang her friends and her nan.",
    )
    made = await post(apps, "/concerns", body)
    assert made.status_code == 201, made.text
    read = await apps.ask("missing", "GET", f"/concerns/{made.json()['id']}", SCHOOL)
    data = read.json()["events"][0]["data"]
    assert (data["how_left"], data["overnight"], data["police_told"]) == (how_left, "no", "no")
    assert data["narrative"]["attempts_to_find"] == "Rang her friends and her nan."


async def test_a_concern_is_closed_with_whether_anybody_saw_the_child_safe(apps: Apps) -> None:
    made = await post(apps, "/concerns", example(concerns.ConcernBody.model_config))
    path = f"/concerns/{made.json()['id']}/close"
    body = example(concerns.CloseBody.model_config)
    unsaid = await post(apps, path, {n: v for n, v in body.items() if n != "safe_and_well"})
    assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (422, "/safe_and_well")
    assert (await post(apps, path, body)).status_code == 201
