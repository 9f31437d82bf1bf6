"""Photographs as a home, its council and the forces meet them: sent, given, read, withdrawn."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from services.missing.api import photographs, profiles
from shared.contracts import EVENTS, disclosure, envelope, missing
from shared.contracts.envelope import MAX_EVENT_BYTES
from shared.contracts.registry import EventData
from shared.embedded import Postgres
from tests.bus.support import until
from tests.missing.test_api import example, reported
from tests.support.apps import Apps, running_apps
from tests.support.pictures import CAMERA, drawn, jpeg, noise, photograph, png

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

FORCE, NEIGHBOUR = "northvale-police-system", "southmere-police-system"
HOME, COUNCIL = "school", "social-care"
TAKEN = "2015-02-20"
BACK = {"returned_at": "2015-03-28T06:00:00Z", "how": "found_by_police"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("photographs")
    async with running_apps(postgres, folder, "missing") as made:
        yield made


async def post(apps: Apps, path: str, body: Any, persona: str = HOME) -> httpx.Response:
    return await apps.ask("missing", "POST", path, persona, json=body)


async def prepared(apps: Apps, **changed: Any) -> str:
    body = example(profiles.ProfileBody.model_config, **changed)
    return str((await post(apps, "/profiles", body)).json()["id"])


async def sent(
    apps: Apps,
    profile_id: str,
    content: Any = None,
    persona: str | None = HOME,
    *,
    kind: str = "image/jpeg",
    taken_on: str = TAKEN,
    **headers: str,
) -> httpx.Response:
    return await apps.ask(
        "missing", "POST", f"/profiles/{profile_id}/photographs", persona,
        content=photograph() if content is None else content,
        headers={"Content-Type": kind, "Taken-On": taken_on} | headers,
    )  # fmt: skip


async def kept(apps: Apps, profile_id: str, content: Any = None, **of: Any) -> str:
    response = await sent(apps, profile_id, content, **of)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def release(apps: Apps, profile_id: str, episode_id: str) -> httpx.Response:
    body = {"to": "northvale-police", "episode_id": episode_id}
    return await post(apps, f"/profiles/{profile_id}/release", body)


async def read(apps: Apps, of: str, photograph_id: str, persona: str) -> httpx.Response:
    return await apps.ask("missing", "GET", f"{of}/photographs/{photograph_id}", persona)


async def given_for(apps: Apps, episode_id: str) -> list[dict[str, Any]]:
    response = await apps.ask("missing", "GET", f"/episodes/{episode_id}/profiles", FORCE)
    found: list[dict[str, Any]] = response.json()["releases"]
    return found


async def newest(apps: Apps, store: str = "missing", of_type: str = "%") -> EventData:
    found = envelope.read(await apps.newest(store, "missing", of_type=of_type))
    return EVENTS.decode(found.type, found.data)


async def shown_last(apps: Apps) -> disclosure.DisclosureMade:
    data = await newest(apps, "missing_disclosures")
    assert isinstance(data, disclosure.DisclosureMade)
    return data


async def test_its_keeper_sends_a_picture_and_reads_it_back_bare(apps: Apps) -> None:
    profile_id = await prepared(apps)
    photograph_id = await kept(apps, profile_id)

    response = await read(apps, f"/profiles/{profile_id}", photograph_id, HOME)

    assert response.status_code == 200
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    image = Image.open(io.BytesIO(response.content))
    assert image.size == (768, 1024)
    assert dict(image.getexif()) == {}
    assert CAMERA.encode() not in response.content
    made = await shown_last(apps)
    assert (made.action, made.outcome, len(made.about)) == ("read-own-photograph", "shown", 1)


async def test_what_is_stored_is_sealed_bounded_and_says_the_day(apps: Apps) -> None:
    profile_id = await prepared(apps)
    await kept(apps, profile_id, jpeg(noise(1600, 1200), quality=75))
    body = await apps.newest("missing", of_type="missing.photograph-kept.%")
    found = envelope.read(body)
    data = EVENTS.decode(found.type, found.data)
    assert isinstance(data, missing.PhotographKept)
    assert data.taken_on.isoformat() == TAKEN
    assert 100_000 < data.size_bytes <= missing.MAX_PHOTOGRAPH_BYTES
    assert len(body) < 280_000 < MAX_EVENT_BYTES / 7
    assert (found.handling, data.picture.state) == ("C", "sealed")
    assert b"JFIF" not in data.picture.box


async def test_a_force_sees_it_from_its_release_and_not_before(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    photograph_id = await kept(apps, profile_id)
    at = f"/episodes/{episode_id}"
    before = await read(apps, at, photograph_id, FORCE)
    assert (before.status_code, (await shown_last(apps)).outcome) == (404, "nothing-found")
    direct = await read(apps, f"/profiles/{profile_id}", photograph_id, FORCE)
    assert direct.status_code == 403

    await release(apps, profile_id, episode_id)
    (one,) = await given_for(apps, episode_id)
    response = await read(apps, at, photograph_id, FORCE)

    assert one["photograph"] == {
        "photograph_id": photograph_id, "taken_on": TAKEN, "whether": "open"
    }  # fmt: skip
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
    made = await shown_last(apps)
    assert (made.action, made.outcome, len(made.about)) == ("read-released-photograph", "shown", 1)
    released = await newest(apps, of_type="missing.carer-profile-released.%")
    assert isinstance(released, missing.CarerProfileReleased)
    assert str(released.photograph_id) == photograph_id

    await post(apps, f"{at}/return", BACK, FORCE)
    assert (await read(apps, at, photograph_id, FORCE)).status_code == 404
    assert (await given_for(apps, episode_id))[0]["photograph"] is None


async def test_it_is_not_shown_where_it_cannot_be_put_on_record(apps: Apps) -> None:
    profile_id = await prepared(apps)
    photograph_id = await kept(apps, profile_id)
    async with apps.without("INSERT", "missing_disclosures.event", "missing"):
        response = await read(apps, f"/profiles/{profile_id}", photograph_id, HOME)
    assert response.status_code in {500, 503}
    assert b"JFIF" not in response.content


async def test_another_picture_is_given_by_another_release(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    first = await kept(apps, profile_id)
    await release(apps, profile_id, episode_id)
    second = await kept(apps, profile_id, png(drawn(200, 300)), kind="image/png")
    at = f"/episodes/{episode_id}"
    assert (await read(apps, at, second, FORCE)).status_code == 404
    assert (await read(apps, at, first, FORCE)).status_code == 200
    assert (await release(apps, profile_id, episode_id)).status_code == 201
    assert (await release(apps, profile_id, episode_id)).status_code == 409
    assert (await read(apps, at, second, FORCE)).status_code == 200
    given = [one["photograph"]["photograph_id"] for one in await given_for(apps, episode_id)]
    assert given == [second, first]


async def test_a_withdrawn_picture_is_shown_to_nobody_any_more(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    photograph_id = await kept(apps, profile_id)
    await release(apps, profile_id, episode_id)
    body = example(photographs.WithdrawPhotographBody.model_config, photograph_id=photograph_id)
    path = f"/profiles/{profile_id}/withdraw-photograph"
    answers = [(await post(apps, path, body)).status_code for _ in range(2)]
    assert answers == [201, 409]
    assert (await read(apps, f"/episodes/{episode_id}", photograph_id, FORCE)).status_code == 404
    assert (await read(apps, f"/profiles/{profile_id}", photograph_id, HOME)).status_code == 404
    assert (await given_for(apps, episode_id))[0]["photograph"]["whether"] == "withdrawn"


async def test_others_meet_nothing_and_nobody_is_told_whether_there_is_one(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    photograph_id = await kept(apps, profile_id)
    await release(apps, profile_id, episode_id)
    stranger = apps.token_as(HOME, agency="quay-house")
    refused = [
        await sent(apps, profile_id, persona=None, **stranger),
        await apps.ask(
            "missing", "GET", f"/profiles/{profile_id}/photographs/{photograph_id}", None,
            headers=stranger,
        ),
        await read(apps, f"/episodes/{episode_id}", photograph_id, NEIGHBOUR),
        await read(apps, f"/episodes/{episode_id}", str(uuid4()), FORCE),
        await read(apps, f"/profiles/{profile_id}", str(uuid4()), HOME),
        await read(apps, f"/profiles/{await prepared(apps)}", photograph_id, HOME),
    ]  # fmt: skip
    assert [answer.status_code for answer in refused] == [404] * 6
    assert len({answer.json()["detail"] for answer in refused}) == 1
    # Another episode of the same force, for which nothing was given.
    other, _ = await reported(apps)
    assert (await read(apps, f"/episodes/{other}", photograph_id, FORCE)).status_code == 404


async def test_it_moves_with_the_profile_to_a_new_carer(apps: Apps) -> None:
    profile_id = await prepared(apps, placing_authority=None)
    photograph_id = await kept(apps, profile_id)
    await post(apps, f"/profiles/{profile_id}/hand-over", {"to": "quay-house"})
    path = f"/profiles/{profile_id}/photographs/{photograph_id}"
    theirs = apps.token_as(HOME, agency="quay-house")
    after = await apps.ask("missing", "GET", path, None, headers=theirs)
    before = await apps.ask("missing", "GET", path, HOME)
    assert (after.status_code, before.status_code) == (200, 404)


async def test_once_its_key_is_destroyed_nobody_can_show_it(apps: Apps) -> None:
    profile_id = await prepared(apps)
    photograph_id = await kept(apps, profile_id)
    data = await newest(apps, of_type="missing.photograph-kept.%")
    (child,) = data.about
    before = await apps.newest("missing", of_type="missing.photograph-kept.%")
    async with apps.admin("vault") as connection:
        await connection.execute(
            "UPDATE key SET wrapped = NULL, destroyed_at = now() WHERE mention_id = $1", child
        )
    apps.running["missing"].state.runtime.vault.keys.forget([child])

    response = await read(apps, f"/profiles/{profile_id}", photograph_id, HOME)
    another = await sent(apps, profile_id)

    assert (response.status_code, (await shown_last(apps)).outcome) == (404, "nothing-found")
    assert "destroyed" in response.json()["detail"]
    assert (another.status_code, another.json()["type"]) == (409, "/problems/rule-broken")
    assert await apps.newest("missing", of_type="missing.photograph-kept.%") == before


async def test_the_same_request_twice_keeps_one_picture_and_another_day_is_another_request(
    apps: Apps,
) -> None:
    profile_id = await prepared(apps)
    key = {"Idempotency-Key": "photograph-" + uuid4().hex}
    before = await apps.recorded("missing")
    first = await sent(apps, profile_id, **key)
    again = await sent(apps, profile_id, **key)
    assert again.headers["idempotency-replayed"] == "true"
    assert (first.status_code, first.json()) == (201, again.json())
    assert await apps.recorded("missing") == before + 2
    for changed in (
        await sent(apps, profile_id, taken_on="2015-02-21", **key),
        await sent(apps, profile_id, png(), kind="image/png", **key),
    ):
        assert (changed.status_code, changed.json()["type"]) == (422, "/problems/key-reused")


async def test_pictures_sent_at_once_are_all_kept_and_the_last_counts(apps: Apps) -> None:
    profile_id = await prepared(apps)
    answers = await asyncio.gather(*(sent(apps, profile_id) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    shown = await apps.ask("missing", "GET", f"/profiles/{profile_id}", HOME)
    photographed = [
        event["data"]["photograph_id"]
        for event in shown.json()["events"]
        if event["type"] == "missing.carer-profile-photographed.v1"
    ]
    assert sorted(photographed) == sorted(answer.json()["id"] for answer in answers)


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "an empty file": ({"content": b""}, 422, "invalid"),
    "html": ({"content": b"<html><script>x()</script>"}, 422, "invalid"),
    "half a picture": ({"content": photograph()[:9000]}, 422, "invalid"),
    "heic": ({"content": b"\0\0\0\x18ftypheic" + b"\0" * 50}, 422, "invalid"),
    "heic by its name": ({"kind": "image/heic"}, 415, "wrong-content-type"),
    "json": ({"content": b"{}", "kind": "application/json"}, 415, "wrong-content-type"),
    "svg": ({"content": b"<svg/>", "kind": "image/svg+xml"}, 415, "wrong-content-type"),
    "no type": ({"kind": ""}, 415, "wrong-content-type"),
    "a day that has not come": ({"taken_on": "2150-01-01"}, 422, "invalid"),
    "no day": ({"taken_on": ""}, 422, "invalid"),
    "a day of no calendar": ({"taken_on": "2015-02-30"}, 422, "invalid"),
    "a time": ({"taken_on": "1424390400"}, 422, "invalid"),
    "no key": ({"Idempotency-Key": ""}, 400, "missing-idempotency-key"),
    "a dry run": ({"Dry-Run": "true"}, 422, "invalid"),
    "more than a file may have": (
        {"content": jpeg() + b"\0" * photographs.UPLOAD.most_bytes}, 413, "too-large"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_kept_is_refused_and_changes_nothing(name: str, apps: Apps) -> None:
    given, status, problem = REFUSED[name]
    profile_id = await prepared(apps)
    before = await apps.recorded("missing")
    response = await sent(apps, profile_id, **given)
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{problem}")
    assert await apps.recorded("missing") == before


async def test_a_file_without_a_declared_length_is_bounded_as_it_comes(apps: Apps) -> None:
    came = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal came
        yield jpeg()
        while True:
            came += 2**16
            yield b"\0" * 2**16

    response = await sent(apps, await prepared(apps), endless())
    assert (response.status_code, response.json()["type"]) == (413, "/problems/too-large")
    assert came <= photographs.UPLOAD.most_bytes + 2**17


async def test_a_file_of_nobody_known_is_not_read(apps: Apps) -> None:
    read = False

    async def watched() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield photograph()

    path = f"/profiles/{uuid4()}/photographs"
    headers = {"Content-Type": "image/jpeg", "Taken-On": TAKEN}
    for persona, status in ((None, 401), (FORCE, 403)):
        response = await apps.ask(
            "missing", "POST", path, persona, content=watched(), headers=headers
        )
        assert response.status_code == status
    assert not read


async def test_more_files_at_once_than_may_be_are_told_to_come_again(apps: Apps) -> None:
    profile_id = await prepared(apps)
    goes_on = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        await goes_on.wait()
        yield photograph()

    waiting = [
        asyncio.create_task(sent(apps, profile_id, slow())) for _ in range(photographs.AT_ONCE)
    ]
    uploads = apps.running["missing"].state.uploads
    async with asyncio.timeout(20):
        await until(lambda: uploads._places == 0)
        refused = await sent(apps, profile_id)
        goes_on.set()
        answers = await asyncio.gather(*waiting)
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    assert {answer.status_code for answer in answers} == {201}


async def test_its_keeper_sees_how_old_words_and_picture_are(apps: Apps) -> None:
    keeper = apps.token_as(HOME, agency="larch-house")
    body = example(profiles.ProfileBody.model_config, placing_authority=None)
    bare = (await apps.ask("missing", "POST", "/profiles", None, json=body, headers=keeper)).json()
    whole = (await apps.ask("missing", "POST", "/profiles", None, json=body, headers=keeper)).json()
    photograph_id = await kept(apps, whole["id"], persona=None, **keeper)

    async def rows(**params: Any) -> dict[str, Any]:
        response = await apps.ask(
            "missing", "GET", "/profiles", None, headers=keeper, params=params
        )
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def listed() -> bool:
        held = (await rows())["profiles"]
        return len(held) == 2 and held[-1]["photograph"] is not None

    await until(listed)
    found = (await rows())["profiles"]
    assert [row["profile_id"] for row in found] == [bare["id"], whole["id"]]
    assert [row["overdue"] for row in found] == [False, False]
    assert found[0]["photograph"] is None
    picture = found[1]["photograph"]
    assert (picture["photograph_id"], picture["taken_on"]) == (photograph_id, TAKEN)
    assert (picture["recent_until"], picture["overdue"]) == ("2015-08-21", True)
    assert picture["age_days"] > 182
    first = await rows(limit=1)
    rest = await rows(limit=1, cursor=first["next"])
    assert [first["profiles"][0], rest["profiles"][0]] == found


async def test_the_example_that_the_document_names_is_taken(apps: Apps) -> None:
    document = (await apps.ask("missing", "GET", "/openapi.json", None)).json()
    body = document["paths"]["/profiles/{profile_id}/photographs"]["post"]["requestBody"]
    for content in body["content"].values():
        for found in content["examples"].values():
            drawing = await apps.ask("missing", "GET", found["externalValue"], None)
            assert drawing.headers["content-type"] == "image/png"
            await kept(apps, await prepared(apps), drawing.content, kind="image/png")
