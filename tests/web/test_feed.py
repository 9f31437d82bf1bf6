"""The feed: a service's events as stored, for services only."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi import FastAPI

from shared.access.actor import Actor
from shared.access.tokens import Issuer, Verifier, make_issuer, publish_issuers
from shared.web import feed
from tests.conftest import Stores
from tests.support.histories import Thing, context
from tests.web.app import CANARY, client, is_problem, logged, small_app, token

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest_asyncio.fixture
async def app(stores: Stores, tmp_path: Path) -> AsyncIterator[FastAPI]:
    made = small_app(tmp_path, (feed.router,))
    own = tmp_path / "service.json"
    make_issuer(own, "service-mash", agency="throughline", roles=("service",))
    publish_issuers([tmp_path / "issuer.json", own], tmp_path / "issuers.json")
    made.state.verifier = Verifier(tmp_path / "issuers.json")
    made.state.service = Issuer(own)
    made.state.stores = {"missing": stores.store}
    for _ in range(3):
        await stores.repository.save(Thing.report(), context=context())
    yield made


def service(app: FastAPI) -> dict[str, str]:
    actor = Actor(
        "service-mash|mash",
        "throughline",
        "system",
        frozenset({"service"}),
        "operations",
        "sharing-agreement",
        "uk-gdpr",
    )
    return {"authorization": f"Bearer {app.state.service.issue(actor)}"}


async def test_a_service_reads_events_as_they_are_stored(app: FastAPI, stores: Stores) -> None:
    stored = [event.body for event in await stores.store.after(0)]
    async with client(app) as asking:
        everything = await asking.get("/feed?store=missing", headers=service(app))
        one = await asking.get("/feed?store=missing&after=1&limit=1", headers=service(app))
        none = await asking.get(
            f"/feed?store=missing&after={feed.LAST_POSITION}", headers=service(app)
        )

    assert everything.headers["content-type"] == "application/x-ndjson"
    assert everything.content.splitlines() == stored
    assert one.content.splitlines() == [stored[1]]
    assert (none.status_code, none.content) == (200, b"")
    assert b"Ashdown" not in everything.content


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"store=missing&after={feed.LAST_POSITION + 1}", 422),
        (f"store=missing&after={'9' * 400}", 422),
        ("store=missing&after=-1", 422),
        ("store=missing&after=1.5", 422),
        ("store=missing&limit=0", 422),
        ("store=missing&limit=1001", 422),
        (f"store={CANARY}", 404),
        ("store=missing%00", 404),
        (f"store={CANARY * 20}", 422),
        ("", 422),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_not_called_unavailable(
    app: FastAPI, query: str, status: int
) -> None:
    """A reader that is told `unavailable` asks again for ever."""
    with logged() as log:
        async with client(app) as asking:
            response = await asking.get(f"/feed?{query}", headers=service(app))
    is_problem(response, log.getvalue(), status)


async def test_whoever_is_no_service_reads_nothing(app: FastAPI) -> None:
    async with client(app) as asking:
        for roles in ("police-reporter", "mash-worker", "registrar"):
            given = {"authorization": f"Bearer {token(app, 'x', roles)}"}
            response = await asking.get("/feed?store=missing", headers=given)
            problem = is_problem(response, "", 403)
            assert json.dumps(problem).count("missing") == 0
