"""How a service says that it is doing: to a load balancer, a scraper, and a person."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from rich.console import Console

from services.cli.status import print_status
from services.missing.api import examples
from shared.embedded import Postgres
from shared.web.condition import Condition
from tests.support.apps import Apps, running_apps

pytestmark = pytest.mark.integration
REPORT = examples.REPORT["json_schema_extra"]["examples"][0]  # type: ignore[index]


@pytest_asyncio.fixture
async def apps(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path, "missing", "intake", "mash", bus=True) as apps:
        yield apps


async def condition(apps: Apps, service: str) -> Condition:
    response = await apps.ask(service, "GET", "/health/condition", "operator")
    assert response.status_code == 200
    return msgspec.json.decode(response.content, type=Condition)


@pytest.mark.asyncio
async def test_what_was_sent_is_seen_to_arrive_everywhere(apps: Apps) -> None:
    sent = await apps.ask("missing", "POST", "/episodes", "northvale-police-system", json=REPORT)
    assert sent.status_code == 201
    head = await apps.head("missing")
    await apps.running["mash"].state.projector.reached("missing", head)

    missing, mash = await condition(apps, "missing"), await condition(apps, "mash")

    assert missing.ready
    assert set(mash.checks) == {"database", "vault", "bus", "history", "lists", "views"}
    assert all(mash.checks.values())
    assert {relay.store: relay.lag for relay in missing.relays}["missing"] == 0
    (reading,) = [r for r in mash.readers if (r.name, r.source) == ("project", "missing")]
    assert (reading.position, reading.end, reading.lag) == (head, head, 0)


@pytest.mark.asyncio
async def test_how_far_the_rules_of_alerts_have_looked_is_seen(apps: Apps) -> None:
    """They may be far behind the views, and then nobody is asked to look."""
    sent = await apps.ask("missing", "POST", "/episodes", "northvale-police-system", json=REPORT)
    assert sent.status_code == 201
    head = await apps.head("missing")

    async with asyncio.timeout(30):
        while True:
            found = (await condition(apps, "mash")).readers
            looked = [r for r in found if (r.name, r.source) == ("watch", "missing")]
            if looked and looked[0].position == head:
                break
            await asyncio.sleep(0.05)

    assert (looked[0].end, looked[0].lag, looked[0].parked) == (head, 0, 0)


@pytest.mark.asyncio
async def test_a_scrape_counts_and_names_nobody(apps: Apps) -> None:
    await apps.ask("missing", "POST", "/episodes", "northvale-police-system", json=REPORT)
    await apps.ask("missing", "GET", "/nowhere/Ashdown", "northvale-police-system")

    response = await apps.ask("missing", "GET", "/metrics", "operator")

    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    page = response.text
    assert re.search(r'throughline_append_seconds_count\{store="missing"\} [1-9]', page)
    assert (
        'throughline_http_requests_total{method="POST",route="/episodes",status="201"} 1.0' in page
    )
    assert "throughline_ready 1.0" in page
    assert "Ashdown" not in page


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/metrics", "/health/condition"])
async def test_only_operators_see_it(apps: Apps, path: str) -> None:
    assert (await apps.ask("mash", "GET", path, "mash-worker")).status_code == 403
    assert (await apps.ask("mash", "GET", path, None)).status_code == 401


@pytest.mark.asyncio
async def test_what_could_not_be_recorded_as_shown_is_counted(apps: Apps) -> None:
    await apps.ask("missing", "POST", "/episodes", "northvale-police-system", json=REPORT)
    await apps.running["mash"].state.projector.reached("missing", await apps.head("missing"))
    async with apps.without("INSERT", "mash_disclosures.event", "mash"):
        refused = await apps.ask(
            "mash", "POST", "/children/search", "mash-worker", json={"name": "Nobody"}
        )
        page = (await apps.ask("mash", "GET", "/metrics", "operator")).text

    assert refused.status_code >= 500
    assert "throughline_disclosure_failures_total 1.0" in page


@pytest.mark.asyncio
async def test_with_the_vault_away_a_person_is_told_what_to_do(apps: Apps) -> None:
    async with apps.away("throughline_vault"):
        found = await condition(apps, "missing")

    assert not found.checks["vault"]
    assert any("Start the vault's database" in sentence for sentence in found.advice)
    console = Console(record=True, width=200)
    print_status({"missing": found, "mash": None}, console)
    told = console.export_text()
    assert "needs a look" in told
    assert "does not answer" in told
