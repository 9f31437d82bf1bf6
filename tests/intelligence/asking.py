"""The service on a database of its own, and how the tests here ask it."""

from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.intelligence.api import examples
from shared.contracts import EVENTS, envelope, intelligence
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps

AUTHOR = "hotel-watch"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("intelligence")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, folder: Path) -> AsyncIterator[Apps]:
    async with running_apps(postgres, folder, "intelligence") as made:
        yield made


def example(**changed: Any) -> dict[str, Any]:
    """The example of a report."""
    return of(examples.REPORT, **changed)


def of(config: Any, **changed: Any) -> dict[str, Any]:
    """The example of a body."""
    found: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    return found | changed


async def post(
    apps: Apps, path: str, body: Any, persona: str | None = AUTHOR, **options: Any
) -> httpx.Response:
    return await apps.ask("intelligence", "POST", path, persona, json=body, **options)


async def get(apps: Apps, path: str, persona: str | None = AUTHOR) -> httpx.Response:
    return await apps.ask("intelligence", "GET", path, persona)


async def submitted(apps: Apps, **changed: Any) -> str:
    response = await post(apps, "/reports", example(**changed))
    assert response.status_code == 201, response.text
    found: str = response.json()["id"]
    return found


async def stored(apps: Apps) -> intelligence.ReportSubmitted:
    """The newest report, as it was stored."""
    body = envelope.read(await apps.newest("intelligence", of_type="%report-submitted%"))
    found = EVENTS.decode(body.type, body.data)
    assert isinstance(found, intelligence.ReportSubmitted)
    return found


async def counted(apps: Apps) -> int:
    """How many sources are kept."""
    async with apps.admin("intelligence") as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM sources.source")
        return found
