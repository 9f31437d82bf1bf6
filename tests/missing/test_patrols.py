"""Truancy patrols: registered once, in whatever order with their stops, and judged by them."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio

from services.missing.api import concerns, patrols
from services.missing.domain import TruancyPatrol
from shared.contracts import missing
from shared.contracts.refusals import Invalid, RuleBroken
from shared.embedded import Postgres
from tests.missing.test_api import example
from tests.support.apps import Apps, running_apps
from tests.support.scenario import given, when_made

SCHOOL = "school"
NOW = datetime(2015, 3, 20, 12, tzinfo=UTC)


def patrol(**changed: Any) -> missing.TruancyPatrolRegistered:
    fields: dict[str, Any] = {
        "code": "northvale-spring-2015",
        "managed_by": "northvale-council",
        "run_by": ("northvale-council", "northvale-police"),
        "areas": ("northvale-central",),
        "since": date(2015, 3, 2),
        "until": date(2015, 7, 17),
    }
    return missing.TruancyPatrolRegistered(**fields | changed)


def test_a_patrol_may_be_of_one_day_and_ends_no_earlier_than_it_begins() -> None:
    one_day = patrol(until=date(2015, 3, 2))
    when_made(lambda: TruancyPatrol.register(one_day, now=NOW)).then(one_day)
    backwards = patrol(until=date(2015, 3, 1))
    when_made(lambda: TruancyPatrol.register(backwards, now=NOW)).refuses(Invalid, "/until")


def test_a_patrol_is_corrected_to_something_else_that_does_not_end_before_it_begins() -> None:
    shorter = missing.TruancyPatrolCorrected(
        run_by=("northvale-council",),
        areas=("northvale-central",),
        since=date(2015, 3, 2),
        until=date(2015, 5, 22),
    )
    backwards = msgspec.structs.replace(shorter, until=date(2015, 3, 1))
    given(TruancyPatrol, patrol()).when(lambda p: p.correct(shorter, now=NOW)).then(shorter)
    given(TruancyPatrol, patrol()).when(lambda p: p.correct(backwards, now=NOW)).refuses(
        Invalid, "/until"
    )
    given(TruancyPatrol, patrol(), shorter).when(lambda p: p.correct(shorter, now=NOW)).refuses(
        RuleBroken, match="already"
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("patrols"), "missing") as made:
        yield made


def with_apps(test: Any) -> Any:
    """Mark a test that asks the service."""
    return pytest.mark.integration(pytest.mark.asyncio(loop_scope="module")(test))


async def post(apps: Apps, path: str, body: Any, agency: str | None = None) -> httpx.Response:
    if agency is None:
        return await apps.ask("missing", "POST", path, SCHOOL, json=body)
    headers = apps.token_as(SCHOOL, agency=agency)
    return await apps.ask("missing", "POST", path, None, json=body, headers=headers)


async def register(apps: Apps, code: str, **changed: Any) -> httpx.Response:
    return await post(
        apps, "/truancy-patrols", example(patrols.PatrolBody.model_config, code=code, **changed)
    )


async def stop(
    apps: Apps, code: str, *, outcome: str | None = None, agency: str | None = None, **changed: Any
) -> None:
    body = example(concerns.StopBody.model_config, patrol=code, **changed)
    made = await post(apps, "/truancy-stops", body, agency)
    assert made.status_code == 201, made.text
    if outcome is not None:
        path = f"/truancy-stops/{made.json()['id']}/follow-up"
        done_at = "2015-03-20T10:00:00Z"
        body = example(concerns.FollowUpBody.model_config, outcome=outcome, done_at=done_at)
        assert (await post(apps, path, body, agency)).status_code == 201


async def listed(apps: Apps, path: str = "/truancy-patrols", **params: str) -> Any:
    """A list, once it has read everything that is stored."""
    app = apps.running["missing"]
    while await app.state.interview_list.catch_up(app.state.stores["missing"]):
        pass
    response = await apps.ask("missing", "GET", path, SCHOOL, params={"limit": "200", **params})
    assert response.status_code == 200, response.text
    return response.json()


async def effect(apps: Apps, code: str, **params: str) -> dict[str, Any] | None:
    page = await listed(apps, **params)
    return next((row for row in page["patrols"] if row["code"] == code), None)


def counts(row: dict[str, Any] | None) -> dict[str, int]:
    assert row is not None
    return {name: value for name, value in row.items() if isinstance(value, int) and value}


def a_code() -> str:
    return f"patrol-{uuid4().hex[:12]}"


@with_apps
async def test_the_effect_of_a_patrol_is_what_came_of_its_stops(apps: Apps) -> None:
    code = a_code()
    assert (await register(apps, code)).status_code == 201
    await stop(apps, code, outcome="no-concern")
    await stop(apps, code, outcome="support-offered", follow_up_by="2015-03-19")
    await stop(apps, code, outcome="referred")
    await stop(apps, code, outcome="not-found")
    await stop(apps, code, follow_up_by="2099-01-01")
    assert counts(await effect(apps, code)) == {
        "stops": 5, "followed_up": 3, "in_time": 2, "due": 1, "overdue": 1, "tried": 1,
        "no_concern": 1, "support_offered": 1, "referred": 1,
    }  # fmt: skip


@with_apps
async def test_a_stop_of_a_patrol_that_nobody_registered_is_taken_and_counted_once_it_is(
    apps: Apps,
) -> None:
    code = a_code()
    await stop(apps, code)

    async def rows() -> list[dict[str, Any]]:
        page = await listed(apps, "/truancy-stops")
        return [row for row in page["stops"] if row["patrol"] == code]

    assert [row["patrol_registered"] for row in await rows()] == [False]
    assert await effect(apps, code) is None
    assert (await register(apps, code)).status_code == 201
    assert [row["patrol_registered"] for row in await rows()] == [True]
    assert counts(await effect(apps, code)) == {"stops": 1, "overdue": 1}


@with_apps
async def test_stops_on_other_days_and_of_others_stand_beside(apps: Apps) -> None:
    code = a_code()
    assert (await register(apps, code, since="2015-03-02", until="2015-03-31")).status_code == 201
    # Summer time began on the 29th: 23:30 in London is of the last day, half an hour on is not.
    for moment in ("2015-03-31T22:30:00Z", "2015-03-31T23:00:00Z", "2015-03-01T23:59:59Z"):
        await stop(apps, code, stopped_at=moment, follow_up_by="2015-04-30")
    await stop(apps, code, agency="northvale-police")
    await stop(apps, code, agency="quay-house")
    assert counts(await effect(apps, code)) == {
        "stops": 2, "overdue": 2, "outside_its_days": 2, "of_others": 1,
    }  # fmt: skip


@with_apps
async def test_a_period_counts_the_stops_of_its_days(apps: Apps) -> None:
    code = a_code()
    assert (await register(apps, code)).status_code == 201
    for day in ("2015-03-12", "2015-03-13", "2015-03-14"):
        await stop(apps, code, stopped_at=f"{day}T11:00:00Z")
    row = await effect(apps, code, since="2015-03-13", until="2015-03-13")
    assert counts(row) == {"stops": 1, "overdue": 1}
    assert counts(await effect(apps, code, since="2016-01-01")) == {}
    refused = await apps.ask(
        "missing", "GET", "/truancy-patrols", SCHOOL,
        params={"since": "2015-03-13", "until": "2015-03-12"},
    )  # fmt: skip
    assert refused.status_code == 422


@with_apps
async def test_a_code_is_one_patrols_and_its_effect_its_managers(apps: Apps) -> None:
    code = a_code()
    assert (await register(apps, code)).status_code == 201
    assert (await register(apps, code)).status_code == 409
    body = example(patrols.PatrolBody.model_config, code=code)
    assert (await post(apps, "/truancy-patrols", body, "northvale-police")).status_code == 409
    other = apps.token_as(SCHOOL, agency="northvale-police")
    listed = await apps.ask("missing", "GET", "/truancy-patrols", None, headers=other)
    assert listed.json() == {"patrols": [], "next": None}
    council = await apps.ask("missing", "GET", "/truancy-patrols", "social-care")
    assert council.status_code == 403


@with_apps
async def test_a_patrol_is_corrected_by_its_manager_and_its_stops_are_counted_by_that(
    apps: Apps,
) -> None:
    code = a_code()
    made = await register(apps, code)
    path = f"/truancy-patrols/{made.json()['id']}/correct"
    await stop(apps, code)
    body = example(patrols.CorrectionBody.model_config, until="2015-03-11")
    assert (await post(apps, path, body, "northvale-police")).status_code == 404
    assert counts(await effect(apps, code)) == {"stops": 1, "overdue": 1}
    assert (await post(apps, path, body)).status_code == 201
    assert counts(await effect(apps, code)) == {"outside_its_days": 1}
    assert (await post(apps, path, body)).status_code == 409
    unknown = f"/truancy-patrols/{uuid4()}/correct"
    assert (await post(apps, unknown, body)).status_code == 404


@with_apps
async def test_patrols_are_paged_by_their_first_day(apps: Apps) -> None:
    codes = [a_code() for _ in range(3)]
    for code, since in zip(codes, ("2013-01-03", "2013-01-01", "2013-01-02"), strict=True):
        assert (await register(apps, code, since=since)).status_code == 201
    params, seen = {"limit": "1"}, []
    while True:
        page = await listed(apps, **params)
        seen += [row["code"] for row in page["patrols"]]
        if page["next"] is None:
            break
        params = {"limit": "1", "cursor": page["next"]}
    assert [code for code in seen if code in codes] == [codes[1], codes[2], codes[0]]
    assert len(seen) == len(set(seen))


@with_apps
@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"until": "2015-03-01"}, "/until"),
        ({"until": None}, "/until"),
        ({"areas": []}, "/areas"),
        ({"code": "Northvale Spring"}, "/code"),
    ],
)
async def test_what_is_wrong_with_a_patrol_is_told_at_its_place(
    apps: Apps, changed: dict[str, Any], pointer: str
) -> None:
    head = await apps.recorded("missing")
    body = example(patrols.PatrolBody.model_config, code=a_code()) | changed
    response = await post(apps, "/truancy-patrols", body)
    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]
    assert await apps.recorded("missing") == head
