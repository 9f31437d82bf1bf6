"""The id of a subject that was merged into another: in a letter, in a list that was printed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.embedded import Postgres
from tests.mash.test_nodes_api import OTHER_FORCE, WORKER, asked, person, reported, settled
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("merged")
    async with running_apps(postgres, folder, "missing", "intake", "mash", bus=True) as made:
        await reported(made, "Nobody Else")
        yield made


async def found(apps: Apps, path: str, name: str) -> str:
    (candidate,) = (await asked(apps, path, json={"name": name}))["candidates"]
    subject: str = candidate["subject_id"]
    return subject


async def act(apps: Apps, path: str, body: dict[str, Any]) -> str:
    response = await apps.ask("intake", "POST", path, WORKER, json=body)
    assert response.status_code == 201, response.text
    await settled(apps)
    act_id: str = response.json()["id"]
    return act_id


async def merged(apps: Apps, subject: str, into: str) -> str:
    body = {"into": into, "reason": "same-person", "note": "She says so."}
    return await act(apps, f"/subjects/{subject}/merge", body)


async def test_it_finds_the_one_that_it_was_merged_into_until_that_is_undone(apps: Apps) -> None:
    for name in ("Ada Hollow", "Bess Quarrie"):
        await reported(apps, name)
    ada, bess = [await found(apps, "/children/search", name) for name in ("Hollow", "Quarrie")]
    merge = await merged(apps, bess, ada)

    answer = await asked(apps, f"/children/{bess}")
    assert (answer["asked_for"], answer["view"]["subject_id"]) == (bess, ada)
    assert len(answer["view"]["mentions"]) == 2
    await act(apps, f"/regroupings/{merge}/undo", {"reason": "wrong-person", "note": "Not she."})
    answer = await asked(apps, f"/children/{bess}")
    assert (answer["view"]["subject_id"], len(answer["view"]["mentions"])) == (bess, 1)


async def test_who_may_not_see_what_was_merged_is_not_told_into_whom(apps: Apps) -> None:
    known, kept = person("Tall Ned"), person("Pale Rick") | {"handling": "C"}
    await reported(apps, "Cat Weir", people=[known])
    await reported(apps, "Dot Vane", by=OTHER_FORCE, people=[kept])
    ned = await found(apps, "/perpetrators/search", "Tall Ned")
    by_name = {"json": {"name": "Pale Rick"}}
    response = await apps.ask("mash", "POST", "/perpetrators/search", "southmere-mash", **by_name)
    rick = response.json()["candidates"][0]["subject_id"]
    await merged(apps, rick, ned)

    await asked(apps, f"/perpetrators/{rick}", 404)
    theirs = await apps.ask("mash", "GET", f"/perpetrators/{rick}", "southmere-mash")
    assert theirs.json()["view"]["subject_id"] == ned
    assert (await asked(apps, f"/perpetrators/{ned}"))["withheld"] > 0


async def test_after_two_merges_the_first_id_still_finds_the_last(apps: Apps) -> None:
    for child in ("Eve Moss", "Fay Reed", "Gwen Sedge"):
        await reported(apps, child, people=[person("Slim Jack")])
    jacks = await asked(apps, "/perpetrators/search", json={"name": "Slim Jack"})
    first, second, last = [candidate["subject_id"] for candidate in jacks["candidates"]]
    await merged(apps, first, second)
    await merged(apps, second, last)
    for subject in (first, second):
        assert (await asked(apps, f"/perpetrators/{subject}"))["view"]["subject_id"] == last
