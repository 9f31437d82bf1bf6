"""A provider's whole record in one request: by the force's number, all or nothing, and again."""

from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.missing.api.interview_records import InterviewRecord
from services.missing.api.interview_requests import CommissionBody
from shared.embedded import Postgres
from tests.missing.test_api import example, reported
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

COUNCIL, PROVIDER = "social-care", "interviewer"
DRY = {"Dry-Run": "true"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("records"), "missing") as made:
        body = example(CommissionBody.model_config, since="2014-04-01")
        response = await made.ask("missing", "POST", "/commissions", COUNCIL, json=body)
        assert response.status_code == 201, response.text
        yield made


def record(**changed: Any) -> dict[str, Any]:
    return example(InterviewRecord.model_config, **changed)


async def send(apps: Apps, body: Any, **headers: str) -> httpx.Response:
    return await apps.ask(
        "missing", "POST", "/interview-records", PROVIDER, json=body, headers=headers
    )


async def allocated(apps: Apps) -> tuple[str, str]:
    """The number of a report whose interview is the provider's, and the interview's id."""
    episode_id, body = await reported(apps)
    found = await apps.running["missing"].state.application.interview_of(
        episode_id=UUID(episode_id)
    )
    response = await apps.ask(
        "missing",
        "POST",
        f"/interviews/{found}/allocate",
        COUNCIL,
        json={"area": "northvale-council", "on": "2015-03-28T09:00:00Z"},
    )
    assert response.status_code == 200, response.text
    return body["force_reference"], str(found)


async def types_of(apps: Apps, record_id: str) -> list[str]:
    async with apps.admin("missing") as connection:
        rows = await connection.fetch(
            "SELECT type FROM missing.event WHERE record_id = $1 ORDER BY position", UUID(record_id)
        )
    return [row["type"].removeprefix("missing.interview-").removesuffix(".v1") for row in rows]


WHOLE = ["required", "allocated", "offered", "accepted", "conducted"]


async def test_the_example_is_recorded_whole_by_the_forces_number(apps: Apps) -> None:
    reference, interview_id = await allocated(apps)

    response = await send(apps, record(force_reference=reference.lower().replace("/", "/ ")))

    assert response.status_code == 201, response.text
    assert response.json()["id"] == interview_id
    assert len(response.json()["events"]) == 3
    assert await types_of(apps, interview_id) == WHOLE


async def test_it_is_recorded_by_our_id_too(apps: Apps) -> None:
    _, interview_id = await allocated(apps)
    body = record(interview_id=interview_id, force=None, force_reference=None)
    assert (await send(apps, body)).status_code == 201
    assert await types_of(apps, interview_id) == WHOLE


async def test_what_was_recorded_before_is_passed_over(apps: Apps) -> None:
    reference, interview_id = await allocated(apps)
    whole = record(force_reference=reference)
    first = {name: whole[name] for name in ("force", "force_reference", "offered")}
    then = first | {
        "declined": {"declined_at": whole["accepted"]["accepted_at"], "by": "child"},
        "accepted": whole["accepted"],
    }
    assert (await send(apps, first)).status_code == 201
    assert (await send(apps, then)).status_code == 201
    assert (await send(apps, whole | then)).status_code == 201
    assert await types_of(apps, interview_id) == [
        "required", "allocated", "offered", "declined", "accepted", "conducted",
    ]  # fmt: skip

    again = await send(apps, whole | then)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/rule-broken")
    assert "recorded already" in again.json()["detail"]


async def test_one_part_refused_leaves_nothing_of_the_record(apps: Apps) -> None:
    reference, interview_id = await allocated(apps)
    body = record(force_reference=reference)
    body["held"] |= {"held_at": "2199-01-01T10:00:00Z"}

    response = await send(apps, body)

    assert response.status_code == 422
    assert response.json()["errors"] == [
        {
            "pointer": "/held/held_at",
            "detail": "this is in the future: check the clock and the time zone",
        }
    ]
    never_offered = {name: body[name] for name in ("force", "force_reference", "accepted")}
    assert (await send(apps, never_offered)).status_code == 409
    assert await types_of(apps, interview_id) == WHOLE[:2]


@pytest.mark.parametrize(
    "changed",
    [
        {"force": None},
        {"force_reference": None},
        {"force": None, "force_reference": None},
        {"interview_id": str(uuid4())},
        {"force": None, "interview_id": str(uuid4())},
        {"offered": None, "accepted": None, "held": None},
    ],
)
async def test_it_says_which_interview_and_what_was_done(
    apps: Apps, changed: dict[str, Any]
) -> None:
    response = await send(apps, record(**changed))
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/")


async def test_another_providers_interview_is_not_there(apps: Apps) -> None:
    reference, interview_id = await allocated(apps)
    bodies = [
        record(force_reference=reference),
        record(force=None, force_reference=None, interview_id=interview_id),
        record(force_reference="never heard of"),
    ]
    told = []
    for body in bodies:
        response = await send(apps, body, **apps.token_as(PROVIDER, agency="safe-steps"))
        problem = response.json()
        problem.pop("instance")
        told.append((response.status_code, problem))
    assert told[0][0] == 404
    assert told[0] == told[1] == told[2]


async def test_a_dry_run_says_what_would_be_stored_and_stores_nothing(apps: Apps) -> None:
    reference, interview_id = await allocated(apps)
    body = record(force_reference=reference)
    heads = [await apps.recorded("missing"), await _keys(apps)]
    key = {"Idempotency-Key": uuid4().hex}

    would = await send(apps, body, **DRY, **key)

    assert would.status_code == 200
    assert would.json()["would_store"] == [
        f"missing.interview-{step}.v1" for step in ("offered", "accepted", "conducted")
    ]
    assert [await apps.recorded("missing"), await _keys(apps)] == heads
    wrong = deepcopy(body)
    wrong["held"]["held_at"] = "2199-01-01T10:00:00Z"
    assert (await send(apps, wrong, **DRY)).status_code == 422
    # The rehearsal used up neither the key nor the record; done, it says that it was done.
    assert (await send(apps, body, **key)).status_code == 201
    done = await send(apps, body, **DRY, **key)
    assert (done.status_code, done.headers["idempotency-replayed"]) == (201, "true")
    assert await types_of(apps, interview_id) == WHOLE


async def _keys(apps: Apps) -> int:
    async with apps.admin("vault") as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM key")
        return found


async def test_a_report_and_a_return_can_be_rehearsed_up_to_what_others_hold(apps: Apps) -> None:
    force = "northvale-police-system"
    _, body = await reported(apps)
    back = {
        "force_reference": f"NV/{uuid4()}", "returned_at": "2015-03-28T06:00:00Z",
        "how": "found_by_police",
    }  # fmt: skip

    async def ask(path: str, sent: Any, **headers: str) -> httpx.Response:
        return await apps.ask("missing", "POST", path, force, json=sent, headers=headers)

    head = await apps.recorded("missing")
    report = await ask("/episodes", body | {"force_reference": f"NV/{uuid4()}"}, **DRY)
    assert report.json()["would_store"] == [
        "missing.episode-reported.v1", "missing.interview-required.v1",
    ]  # fmt: skip
    again = await ask("/episodes", body, **DRY)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/rule-broken")
    held = await ask("/returns", back, **DRY)
    assert held.json()["would_store"] == ["missing.return-held.v1"]
    assert await apps.recorded("missing") == head

    assert (await ask("/returns", back)).status_code == 201
    twice = await ask("/returns", back, **DRY)
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/rule-broken")


async def test_what_has_no_dry_run_refuses_one(apps: Apps) -> None:
    body = example(CommissionBody.model_config, since="2016-04-01")
    head = await apps.recorded("missing")
    for said in ("true", "TRUE", " true", "perhaps"):
        response = await apps.ask(
            "missing", "POST", "/commissions", COUNCIL, json=body, headers={"Dry-Run": said}
        )
        assert response.status_code == 422, said
    assert await apps.recorded("missing") == head
