"""The list of a council's commissions."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

COUNCIL = "social-care"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("commissions"), "missing") as made:
        yield made


async def test_a_council_lists_its_own_commissions_and_ends_one_of_them(apps: Apps) -> None:
    council = "ottermere-council"
    headers = apps.token_as(COUNCIL, agency=council)

    async def say(path: str, **body: Any) -> Any:
        response = await apps.ask("missing", "POST", path, None, json=body, headers=headers)
        assert response.is_success, response.text
        return response.json()["id"]

    async def those(**params: Any) -> list[dict[str, Any]]:
        app = apps.running["missing"]
        while await app.state.interview_list.catch_up(app.state.stores["missing"]):
            pass
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            response = await apps.ask(
                "missing", "GET", "/commissions", None,
                params=params | {"limit": 2} | cursor, headers=headers,
            )  # fmt: skip
            assert response.status_code == 200, response.text
            page = response.json()
            found += page["commissions"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    assert await those() == []
    given = [
        await say("/commissions", provider=f"trust-{year}", area=council, since=f"{year}-04-01")
        for year in (2014, 2012, 2013)
    ]
    assert [row["since"][:4] for row in await those()] == ["2014", "2013", "2012"]
    await say(f"/commissions/{given[1]}/end", until="2013-03-31")

    (of_2012,) = [row for row in await those() if row["commission_id"] == given[1]]
    assert (of_2012["provider"], of_2012["until"]) == ("trust-2012", "2013-03-31")
    in_force = {row["commission_id"] for row in await those(on="2013-04-01")}
    assert in_force == {given[2]}
    theirs = await apps.ask("missing", "GET", "/commissions", COUNCIL)
    assert {row["area"] for row in theirs.json()["commissions"]} <= {"northvale-council"}
    for persona in ("northvale-police-system", "school", "interviewer"):
        assert (await apps.ask("missing", "GET", "/commissions", persona)).status_code == 403
    first = await apps.ask(
        "missing", "GET", "/commissions", None, params={"limit": 1}, headers=headers
    )
    cursor = first.json()["next"]
    for persona_headers, params in (
        (apps.token_as(COUNCIL, agency="southmere-council"), {"cursor": cursor}),
        (headers, {"cursor": cursor, "on": "2013-04-01"}),
    ):
        wrong = await apps.ask(
            "missing", "GET", "/commissions", None, params=params, headers=persona_headers
        )
        assert wrong.status_code == 422
