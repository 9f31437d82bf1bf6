"""Carers' profiles as a home, its council and the forces meet them: kept, given, read, over."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.missing.api import profiles
from shared.contracts import EVENTS, disclosure, envelope
from shared.embedded import Postgres
from tests.missing.test_api import example, report, reported
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

FORCE, NEIGHBOUR = "northvale-police-system", "southmere-police-system"
HOME, COUNCIL = "school", "social-care"
"""Whoever works with children may keep a profile; here a school stands for a children's home."""
BACK = {"returned_at": "2015-03-28T06:00:00Z", "how": "found_by_police"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("profiles"), "missing") as made:
        yield made


async def post(apps: Apps, path: str, body: Any, persona: str = HOME) -> httpx.Response:
    return await apps.ask("missing", "POST", path, persona, json=body)


async def prepared(apps: Apps, **changed: Any) -> str:
    body = example(profiles.ProfileBody.model_config, **changed)
    response = await post(apps, "/profiles", body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def release(apps: Apps, profile_id: str, persona: str = HOME, **of: Any) -> httpx.Response:
    body = {"to": "northvale-police", "when_missing": {"clothing": "Green parka."}} | of
    return await post(apps, f"/profiles/{profile_id}/release", body, persona)


async def given_for(apps: Apps, episode_id: str, persona: str = FORCE) -> list[dict[str, Any]]:
    response = await apps.ask("missing", "GET", f"/episodes/{episode_id}/profiles", persona)
    assert response.status_code == 200, response.text
    releases: list[dict[str, Any]] = response.json()["releases"]
    return releases


async def shown_last(apps: Apps) -> disclosure.DisclosureMade:
    body = await apps.newest("missing_disclosures", "missing")
    read = envelope.read(body)
    data = EVENTS.decode(read.type, read.data)
    assert isinstance(data, disclosure.DisclosureMade)
    return data


async def test_every_example_is_accepted_in_the_order_of_the_work(apps: Apps) -> None:
    await reported(apps, force_reference="NV/15/000127")
    profile_id = await prepared(apps)
    steps = (
        ("renew", profiles.RenewBody.model_config),
        ("release", profiles.ReleaseBody.model_config),
    )
    for step, config in steps:
        path = f"/profiles/{profile_id}/{step}"
        assert (await post(apps, path, example(config))).status_code == 201
        again = await post(apps, path, example(config))
        assert (again.status_code, again.json()["type"]) == (409, "/problems/rule-broken")
    handed = example(profiles.HandOverBody.model_config)
    assert (await post(apps, f"/profiles/{profile_id}/hand-over", handed)).status_code == 201


async def test_before_its_release_a_force_is_shown_nothing_of_it(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    assert await given_for(apps, episode_id) == []
    direct = await apps.ask("missing", "GET", f"/profiles/{profile_id}", FORCE)
    assert direct.status_code == 403


async def test_what_was_released_is_read_by_that_force_and_each_reading_is_on_record(
    apps: Apps,
) -> None:
    episode_id, body = await reported(apps)
    profile_id = await prepared(apps)
    given = await release(apps, profile_id, force_reference=body["force_reference"])
    assert given.status_code == 201, given.text

    (one,) = await given_for(apps, episode_id)

    assert (one["whether"], one["profile_version"]) == ("open", 1)
    assert (one["keeper"], one["released_by"]) == ("quarry-bank-school", "quarry-bank-school")
    assert one["profile"]["places_frequented"] == "Lantern Arcade."
    assert one["when_missing"]["clothing"] == "Green parka."
    assert one["child"]["names"][0]["full"] == "Wren Ashdown"
    made = await shown_last(apps)
    assert (made.action, made.outcome, len(made.about)) == ("read-released-profile", "shown", 1)


async def test_another_force_and_another_agency_meet_nothing(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    foreign = await apps.ask("missing", "GET", f"/episodes/{episode_id}/profiles", NEIGHBOUR)
    assert foreign.status_code == 404
    wrong_force = await release(apps, profile_id, episode_id=episode_id, to="southmere-police")
    assert wrong_force.status_code == 404
    stranger = apps.token_as(HOME, agency="quay-house")
    for method, step, body in (
        ("POST", "release", {"to": "northvale-police", "episode_id": episode_id}),
        ("POST", "renew", example(profiles.RenewBody.model_config)),
        ("POST", "hand-over", example(profiles.HandOverBody.model_config)),
        ("POST", "withdraw-release", {"episode_id": episode_id, "why": "other"}),
        ("GET", "", None),
    ):
        path = f"/profiles/{profile_id}/{step}".rstrip("/")
        refused = await apps.ask("missing", method, path, None, json=body, headers=stranger)
        unknown = await apps.ask(
            "missing", method, path.replace(profile_id, str(uuid4())), HOME, json=body
        )
        assert (refused.status_code, unknown.status_code) == (404, 404), path
        assert refused.json()["detail"] == unknown.json()["detail"]
    assert await given_for(apps, episode_id) == []


async def test_a_release_for_a_report_that_has_not_come_is_refused_and_not_kept(
    apps: Apps,
) -> None:
    """It would open by itself to whichever child's report comes under that number."""
    profile_id = await prepared(apps)
    body = report()
    early = await release(apps, profile_id, force_reference=body["force_reference"])
    assert early.status_code == 404
    response = await post(apps, "/episodes", body, FORCE)
    assert await given_for(apps, response.json()["id"]) == []
    again = await release(apps, profile_id, force_reference=body["force_reference"])
    assert again.status_code == 201


async def test_after_the_return_nothing_is_given_and_nothing_is_read_any_more(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    given, late = await prepared(apps), await prepared(apps)
    await release(apps, given, episode_id=episode_id)
    await post(apps, f"/episodes/{episode_id}/return", BACK, FORCE)

    refused = await release(apps, late, episode_id=episode_id)
    (one,) = await given_for(apps, episode_id)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/rule-broken")
    assert one["whether"] == "episode-over"
    assert {name: one[name] for name in ("child", "profile", "when_missing")} == dict.fromkeys(
        ("child", "profile", "when_missing")
    )


async def test_a_renewal_is_not_read_until_it_is_released_too(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    await release(apps, profile_id, episode_id=episode_id)
    renewed = example(profiles.RenewBody.model_config)
    await post(apps, f"/profiles/{profile_id}/renew", renewed)
    assert [one["profile_version"] for one in await given_for(apps, episode_id)] == [1]
    await release(apps, profile_id, episode_id=episode_id)
    both = await given_for(apps, episode_id)
    assert [one["profile_version"] for one in both] == [2, 1]
    assert both[0]["profile"]["medical"] == "Asthma; blue inhaler."


async def test_a_release_of_the_wrong_child_is_taken_back_at_once(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    await release(apps, profile_id, episode_id=episode_id)
    path = f"/profiles/{profile_id}/withdraw-release"
    taken = await post(apps, path, {"episode_id": episode_id, "why": "wrong-child"})
    again = await post(apps, path, {"episode_id": episode_id, "why": "wrong-child"})
    (one,) = await given_for(apps, episode_id)
    assert (taken.status_code, again.status_code) == (201, 409)
    assert (one["whether"], one["profile"], one["child"]) == ("withdrawn", None, None)


async def test_the_placing_authority_releases_it_when_the_home_cannot(apps: Apps) -> None:
    episode_id, _ = await reported(apps)
    profile_id = await prepared(apps)
    given = await release(apps, profile_id, COUNCIL, episode_id=episode_id)
    (one,) = await given_for(apps, episode_id)
    assert given.status_code == 201
    assert (one["keeper"], one["released_by"]) == ("quarry-bank-school", "northvale-council")


async def test_it_moves_with_the_child_with_all_its_versions(apps: Apps) -> None:
    profile_id = await prepared(apps, placing_authority=None)
    path = f"/profiles/{profile_id}"
    await post(apps, f"{path}/renew", example(profiles.RenewBody.model_config))
    before = await apps.ask("missing", "GET", path, HOME)
    moved = await post(apps, f"{path}/hand-over", {"to": "quay-house"})
    after = await apps.ask("missing", "GET", path, HOME)
    theirs = await apps.ask(
        "missing", "GET", path, None, headers=apps.token_as(HOME, agency="quay-house")
    )
    assert (before.status_code, moved.status_code, after.status_code) == (200, 201, 404)
    assert [event["type"] for event in theirs.json()["events"]] == [
        "missing.carer-profile-prepared.v1",
        "missing.carer-profile-renewed.v1",
        "missing.carer-profile-handed-over.v1",
    ]
    assert theirs.json()["events"][0]["data"]["profile"]["places_frequented"] == "Lantern Arcade."
    assert (await shown_last(apps)).action == "read-own-profile"


async def test_an_empty_profile_and_half_an_address_of_a_report_are_refused(apps: Apps) -> None:
    body = example(profiles.ProfileBody.model_config, profile={})
    assert (await post(apps, "/profiles", body)).status_code == 422
    profile_id = await prepared(apps)
    for of in ({}, {"force_reference": "NV/1", "episode_id": str(uuid4())}):
        assert (await release(apps, profile_id, **of)).status_code == 422
