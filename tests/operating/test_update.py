"""Newer code over older code's databases: lists are made anew, what cannot be is left alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.cli.provision import make_databases
from services.missing.api import examples
from shared.embedded import Postgres
from tests.support.apps import KEPT, Apps, running_apps

pytestmark = pytest.mark.integration
REPORT = examples.REPORT["json_schema_extra"]["examples"][0]  # type: ignore[index]
OLDER = "UPDATE public.applied_schema SET name = $1 WHERE starts_with(name, $2)"


@pytest_asyncio.fixture
async def apps(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path, "missing", "intake", bus=True) as apps:
        yield apps


async def listed(apps: Apps) -> dict[str, list[Any]]:
    """Everything in missing's lists, once they have all that was recorded."""
    head = await apps.head("missing")
    async with apps.admin("missing") as connection, asyncio.timeout(30):
        while await connection.fetchval("SELECT position FROM lists.progress") < head:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        names = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'lists' "
            "ORDER BY 1"
        )
        return {
            row[0]: [tuple(one) for one in await connection.fetch(f"SELECT * FROM lists.{row[0]}")]
            for row in names
        }


async def made_of(apps: Apps, service: str, table: str) -> int:
    """Which table this is: another after it was made anew."""
    async with apps.admin(service) as connection:
        found: int = await connection.fetchval("SELECT $1::text::regclass::oid::bigint", table)
        return found


@pytest.mark.asyncio
async def test_lists_of_older_code_are_made_anew_and_hold_the_same(apps: Apps) -> None:
    sent = await apps.ask("missing", "POST", "/episodes", "northvale-police-system", json=REPORT)
    assert sent.status_code == 201
    before = await listed(apps)
    assert before["submission"]
    async with apps.admin("missing") as connection:
        await connection.execute("ALTER TABLE lists.submission DROP COLUMN agency")
        await connection.execute(OLDER, "missing-lists@older", "missing-lists@")

    await make_databases(apps.admin_url, KEPT.database)
    assert await listed(apps) == before
    submission = await made_of(apps, "missing", "lists.submission")
    events = await apps.head("missing")

    await make_databases(apps.admin_url, KEPT.database)
    assert await made_of(apps, "missing", "lists.submission") == submission
    assert await apps.head("missing") == events


@pytest.mark.asyncio
async def test_older_code_that_comes_back_has_its_own_lists_again(apps: Apps) -> None:
    newer = await made_of(apps, "missing", "lists.submission")
    for name in ("missing-lists@older", "missing-lists@older still"):
        async with apps.admin("missing") as connection:
            await connection.execute(OLDER, name, "missing-lists@")
        await make_databases(apps.admin_url, KEPT.database)
        again = await made_of(apps, "missing", "lists.submission")
        assert again != newer
        newer = again
        async with apps.admin("missing") as connection:
            known = "SELECT count(*) FROM public.applied_schema WHERE starts_with(name, $1)"
            assert await connection.fetchval(known, "missing-lists@") == 1


@pytest.mark.asyncio
async def test_what_others_put_into_a_list_is_taken_in_once_more(apps: Apps) -> None:
    sent = await apps.ask("missing", "POST", "/episodes", "northvale-police-system", json=REPORT)
    assert sent.status_code == 201
    await apps.consumed("missing")
    async with apps.admin("intake") as connection:
        await connection.execute(OLDER, "intake-lists@older", "intake-lists@")
        await make_databases(apps.admin_url, KEPT.database)
        kept = await connection.fetch("SELECT DISTINCT name FROM public.follower")
    assert [row[0] for row in kept] == ["link-mentions"]


@pytest.mark.asyncio
async def test_who_gave_a_report_is_never_made_anew(apps: Apps) -> None:
    sources = await made_of(apps, "intelligence", "sources.source")
    async with apps.admin("intelligence") as connection:
        await connection.execute(OLDER, "intelligence-lists-1", "intelligence-1")
        await connection.execute(OLDER, "intelligence-lists@older", "intelligence-lists@")
    await make_databases(apps.admin_url, KEPT.database)
    assert await made_of(apps, "intelligence", "sources.source") == sources
