"""A child's view as it was known at a moment: what an auditor asks two years later."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from services.mash.application.children import alerts_then
from services.mash.store.alerts import AlertRow
from services.missing.api import examples
from shared.embedded import Postgres
from tests.intelligence.asking import of
from tests.mash.test_nodes_api import FORCE, asked, disclosed, settled
from tests.support.apps import Apps, running_apps

AT = datetime(2015, 4, 1, 9, 0, tzinfo=UTC)


def alert(raised: datetime, answered: datetime | None) -> AlertRow:
    return AlertRow(
        alert_id=uuid4(), rule="young-child", rule_version=1, subject_id=uuid4(),
        subject_kind="child", mentions=[], authorities=[], happened_at=raised, raised_at=raised,
        answer_by=raised, acknowledged_at=answered,
        acknowledged_by="somebody" if answered else None,
        outcome="passed-on" if answered else None, escalated_at=answered,
    )  # fmt: skip


def test_an_alert_stands_as_it_stood_then() -> None:
    hour = timedelta(hours=1)
    later, known = alert(AT + hour, None), alert(AT - hour, AT + hour)
    answered = alert(AT - hour, AT)
    (open_then, as_it_is) = alerts_then([later, known, answered], AT)
    assert (open_then.alert_id, as_it_is) == (known.alert_id, answered)
    left = (open_then.acknowledged_at, open_then.acknowledged_by, open_then.outcome)
    assert (*left, open_then.escalated_at) == (None, None, None, None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("then")
    async with running_apps(postgres, folder, "missing", "intake", "mash", bus=True) as made:
        yield made


async def sent(apps: Apps, path: str, config: Any, **changed: Any) -> None:
    response = await apps.ask("missing", "POST", path, FORCE, json=of(config, **changed))
    assert response.status_code == 201, response.text
    await settled(apps)


@pytest.mark.integration
@pytest.mark.asyncio(loop_scope="module")
async def test_what_came_later_is_not_in_it_and_that_it_was_looked_at_is_on_record(
    apps: Apps,
) -> None:
    before = datetime.now(UTC)
    await sent(apps, "/episodes", examples.REPORT)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.01)
    second = {"report_version": 2, "risk": {"level": "high"}}
    await sent(apps, "/episodes", examples.REPORT, **second)
    await sent(apps, "/returns", examples.RETURN_BY_REFERENCE)
    (child,) = (await asked(apps, "/children/search", json={"name": "Wren Ashdown"}))["candidates"]
    path = f"/children/{child['subject_id']}"

    now = (await asked(apps, path))["view"]
    assert (len(now["statements"]), now["missing_now"]) == (2, [])
    then = await asked(apps, path, params={"as_at": moment.isoformat()})
    assert len(then["view"]["statements"]) == 1
    assert [one["concern"] for one in then["view"]["missing_now"]] == ["missing"]
    assert [line["what"] for line in then["view"]["chronology"] if "report" in line["what"]] == [
        "report"
    ]
    assert datetime.fromisoformat(then["as_at"]) == moment
    assert datetime.fromisoformat(then["now"]["at"]) == moment
    record = await disclosed(apps)
    assert (record.action, record.vector["missing"]) == ("view-child", then["as_of"]["missing"])
    assert then["as_of"]["missing"] < (await asked(apps, path))["as_of"]["missing"]

    await asked(apps, path, 404, params={"as_at": before.isoformat()})
    await asked(apps, path, 422, params={"as_at": "2015-03-27T10:00:00"})
    today = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert (await asked(apps, path, params={"as_at": today}))["view"] == now
