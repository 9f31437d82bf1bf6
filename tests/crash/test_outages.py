"""One part is away for a while: the others say so, nothing is stored by halves, and it comes back.

One installation for all of them; each test leaves it as it was.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from services.cli.installation import Installation
from services.cli.provision import with_database
from services.cli.status import conditions
from services.topology import SERVICES, VAULT_DATABASE
from tests.crash.client import PERSONA, Reporters, report, token_of
from tests.crash.evidence import settled

SEED = 7

pytestmark = [pytest.mark.integration, pytest.mark.crash]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with (
        pytest.MonkeyPatch.context() as patch,
        Installation(tmp_path_factory.mktemp("outages")) as started,
    ):
        patch.delenv("DATABASE_URL", raising=False)
        patch.delenv("NATS_URL", raising=False)
        yield started


def test_without_the_bus_reports_are_taken_and_arrive_later(
    installation: Installation, tmp_path: Path
) -> None:
    async def load() -> None:
        reporters = Reporters(installation, tmp_path / "receipts", SEED, breaks=0)
        await reporters.run(reports=40)
        assert set(reporters.answers) == {201}

    with installation.attending:
        before = asyncio.run(_events(installation))
        installation.nats.stop()
        asyncio.run(load())
        assert asyncio.run(_events(installation)) >= before + 40
        # Whoever looks after it is told so, by services that go on.
        told = conditions(installation.folder)
        assert all(found is not None and not found.checks["bus"] for found in told.values())
        # Nothing can have gone round the bus: the read side stands where it stood.
        assert asyncio.run(_archived(installation)) <= before
        installation.nats.start()
    assert asyncio.run(settled(installation))
    assert asyncio.run(_archived(installation)) >= before + 40


@pytest.mark.parametrize("database", [VAULT_DATABASE, SERVICES["missing"].database])
def test_without_a_database_nothing_is_stored_and_the_client_is_told_when_to_come_back(
    installation: Installation, database: str
) -> None:
    number = f"away {database}"
    key = str(uuid4())

    async def tried() -> None:
        async with _client(installation, "missing", PERSONA) as client:
            body = report(SEED, 3, number)
            before = await _events(installation)
            async with _away(installation, database):
                for _ in range(4):
                    answer = await client.post(
                        "/episodes", json=body, headers={"Idempotency-Key": key}
                    )
                    _is_unavailable(answer)
            # Counted before the retry: nothing of the refused requests is there.
            assert await _events(installation) == before
            answer = await _until_answered(client, "/episodes", body, key)
            assert answer.status_code == 201
            # The episode, and the return interview that it requires.
            assert (
                await _events(installation) == before + len(answer.json()["events"]) == before + 2
            )

    asyncio.run(tried())
    assert asyncio.run(settled(installation))


def test_what_cannot_be_recorded_as_shown_is_not_shown(installation: Installation) -> None:
    body = report(SEED, 1_000_001, "never shown")
    name = body["child"]["names"][0]["full"]

    async def tried() -> None:
        async with (
            _client(installation, "missing", PERSONA) as reporting,
            _client(installation, "mash", "mash-worker") as looking,
        ):
            assert (await _until_answered(reporting, "/episodes", body, str(uuid4()))).is_success
            child = await _found(looking, name)
            async with _revoked(installation):
                for answer in (
                    await looking.post("/children/search", json={"name": name}),
                    await looking.get(f"/children/{child}"),
                ):
                    _is_unavailable(answer)
                    assert name not in answer.text
                    assert str(child) not in answer.text
            assert (await looking.get(f"/children/{child}")).status_code == 200

    asyncio.run(tried())


def _is_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0


async def _until_answered(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], key: str
) -> httpx.Response:
    """The first answer that is not 503: pools take a moment to come back."""
    end = time.monotonic() + 10
    while True:
        answer = await client.post(path, json=body, headers={"Idempotency-Key": key})
        if answer.status_code != 503 or time.monotonic() > end:
            return answer
        await asyncio.sleep(0.1)


async def _found(client: httpx.AsyncClient, name: str) -> str:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        answer = await client.post("/children/search", json={"name": name})
        for candidate in answer.json()["candidates"]:
            if name in candidate["names"]:
                return str(candidate["subject_id"])
        await asyncio.sleep(0.05)
    raise AssertionError("the child was not found")


@asynccontextmanager
async def _client(
    installation: Installation, service: str, persona: str
) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=installation.addresses[service],
        headers={"Authorization": f"Bearer {token_of(installation, persona)}"},
        timeout=15,
    ) as client:
        yield client


@asynccontextmanager
async def _away(installation: Installation, database: str) -> AsyncIterator[None]:
    """A database that ends its sessions and takes no new ones."""
    admin = await asyncpg.connect(installation.postgres.url)
    try:
        await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        await admin.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", database
        )
        yield
    finally:
        await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
        await admin.close()


@asynccontextmanager
async def _revoked(installation: Installation) -> AsyncIterator[None]:
    """The log of what is shown can be read, not written."""
    database = with_database(installation.postgres.url, SERVICES["mash"].database)
    admin = await asyncpg.connect(database)
    try:
        await admin.execute("REVOKE INSERT ON mash_disclosures.event FROM mash")
        yield
    finally:
        await admin.execute("GRANT INSERT ON mash_disclosures.event TO mash")
        await admin.close()


async def _events(installation: Installation) -> int:
    # But for what the clock adds by itself: an interview that was due in 2015 is overdue.
    late = "missing.interview-overdue.%"
    return await _count(installation, "missing", f"missing.event WHERE type NOT LIKE '{late}'")


async def _archived(installation: Installation) -> int:
    return await _count(installation, "mash", "archive.event WHERE source = 'missing'")


async def _count(installation: Installation, service: str, of: str) -> int:
    url = with_database(installation.postgres.url, SERVICES[service].database)
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(f"SELECT count(*) FROM {of}")
    finally:
        await connection.close()
    return found
