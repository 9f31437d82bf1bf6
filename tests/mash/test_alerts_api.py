"""Alerts as people meet them: raised once, listed, acknowledged, escalated, never twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from msgspec.structs import replace

from services.intake.api.requests.statuses import StatusBody
from services.mash.application import RuleReader
from services.mash.application.alerts import system_context
from services.mash.domain import Alert
from services.mash.rules import in_force
from services.missing.api import examples
from services.topology import REFERENCE_DATABASE
from shared import failpoints
from shared.contracts import mash
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import RuleBroken, Unavailable
from shared.embedded import Postgres
from tests.crash.work import nhs_number
from tests.support.apps import Apps, running_apps

WORKER, FORCE = "mash-worker", "northvale-police-system"
NOW = datetime(2015, 4, 1, 9, 0, tzinfo=UTC)


def alert() -> Alert:
    rule = in_force().named("repeat-episodes")
    assert rule is not None
    made = Alert.raise_(
        rule,
        subject_id=uuid4(),
        subject_kind="child",
        trigger=uuid4(),
        evidence=(uuid4(),),
        mentions=(new_mention_id(),),
        authorities=(),
        happened_at=NOW,
        now=NOW,
    )
    (raised,) = made.new_events()
    assert isinstance(raised.data, mash.AlertRaised)
    assert raised.data.rule == rule.used
    assert raised.data.answer_by == NOW + timedelta(hours=24)
    return made


def test_an_alert_is_acknowledged_once_late_or_not() -> None:
    made = alert()
    made.escalate(now=NOW + timedelta(hours=24))
    made.acknowledge("already-known", "Seen on Monday.", now=NOW + timedelta(hours=30))
    with pytest.raises(RuleBroken, match="already"):
        made.acknowledge("acting-on-it", None, now=NOW)
    with pytest.raises(RuleBroken):
        made.escalate(now=NOW + timedelta(hours=99))


def test_an_alert_is_escalated_once_and_not_before_its_time() -> None:
    made = alert()
    with pytest.raises(RuleBroken, match="time"):
        made.escalate(now=NOW + timedelta(hours=24) - timedelta(seconds=1))
    made.escalate(now=NOW + timedelta(hours=24))
    with pytest.raises(RuleBroken):
        made.escalate(now=NOW + timedelta(hours=25))


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    yield
    failpoints.arm([])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("alerts")
    async with running_apps(postgres, folder, "missing", "intake", "mash", bus=True) as made:
        yield made


async def reported(apps: Apps, born: str, began: str, number: str, **others: Any) -> None:
    config: Any = examples.REPORT
    body: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    body |= {"people": [], "vehicles": [], "places": [], "force_reference": f"NV/{uuid4()}"}
    body |= {"missing_since": began, "reported_at": began, "last_seen_at": None}
    body["child"] = {
        "names": [{"full": "Somebody"}],
        "date_of_birth": born,
        "identifiers": [{"scheme": "nhs-number", "value": number, "verified": True}],
    }
    response = await apps.ask("missing", "POST", "/episodes", FORCE, json=body | others)
    assert response.status_code == 201, response.text


async def watched(apps: Apps) -> None:
    """Wait until the rules were asked about everything, and the list has what they said."""
    head = await apps.head("missing")
    await apps.consumed("missing")
    await apps.consumed("intake")
    async with asyncio.timeout(20), apps.admin("mash") as own:
        there = {"missing": head, "intake": await apps.head("intake")}
        for source, position in there.items():
            asked = f"SELECT position FROM lists.watched WHERE source = '{source}'"
            while (await own.fetchval(asked) or 0) < position:  # noqa: ASYNC110 (nothing tells)
                await asyncio.sleep(0.02)
        raised = await apps.head("mash")
        folded = "SELECT position FROM lists.progress"
        while await own.fetchval(folded) < raised:  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.02)


async def looked_for_ever(apps: Apps) -> None:
    """Ask the rules about whatever the views have, until something does not answer."""
    async with asyncio.timeout(20):
        while True:
            await apps.running["mash"].state.watcher.look()
            await asyncio.sleep(0.02)


async def listed(apps: Apps, **params: Any) -> list[dict[str, Any]]:
    response = await apps.ask("mash", "GET", "/alerts", WORKER, params=params)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["alerts"]
    return found


async def happened(apps: Apps, rule: str, day: str) -> int:
    """How often a rule spoke of something that happened on a day."""
    return sum(row["happened_at"].startswith(day) for row in await listed(apps, rule=rule))


NUMBERS = {
    name: nhs_number(943_476_000 + 100 * number)
    for number, name in enumerate(("Wren", "Ivy", "Kit", "Dex", "Mo", "Al"))
}


@pytest.mark.integration
@pytest.mark.asyncio(loop_scope="module")
class TestAlerts:
    """With every service running."""

    async def test_the_third_episode_in_ninety_days_asks_somebody_to_look(self, apps: Apps) -> None:
        for day in ("01", "11"):
            await reported(apps, "2001-02-15", f"2015-03-{day}T18:00:00Z", NUMBERS["Wren"])
        await watched(apps)
        assert await happened(apps, "repeat-episodes", "2015-03") == 0
        await reported(apps, "2001-02-15", "2015-03-21T18:00:00Z", NUMBERS["Wren"])
        await watched(apps)

        rows = await listed(apps, rule="repeat-episodes")
        (found,) = [row for row in rows if row["happened_at"].startswith("2015-03")]
        assert (found["subject_kind"], found["rule_version"]) == ("child", 1)
        assert len(found["mentions"]) == 3
        view = await apps.ask("mash", "GET", f"/children/{found['subject_id']}", WORKER)
        (shown,) = view.json()["alerts"]
        assert shown["alert_id"] == found["alert_id"]

        path = f"/alerts/{found['alert_id']}/acknowledge"
        body = {"outcome": "acting-on-it", "note": "Strategy discussion on Thursday."}
        response = await apps.ask("mash", "POST", path, WORKER, json=body)
        assert response.status_code == 200, response.text
        again = await apps.ask("mash", "POST", path, WORKER, json=body)
        assert again.status_code == 409
        await watched(apps)
        assert await happened(apps, "repeat-episodes", "2015-03") == 0
        rows = await listed(apps, rule="repeat-episodes", include_acknowledged=True)
        (kept,) = [row for row in rows if row["alert_id"] == found["alert_id"]]
        assert kept["outcome"] == "acting-on-it"
        assert kept["acknowledged_by"].endswith("mash-worker")
        assert b"Thursday" not in await apps.newest("mash")

    async def test_asked_again_and_killed_before_its_position_a_rule_says_nothing_twice(
        self, apps: Apps
    ) -> None:
        for day in ("01", "11", "21"):
            await reported(apps, "2001-02-15", f"2016-03-{day}T18:00:00Z", NUMBERS["Dex"])
        await watched(apps)
        before = await apps.head("mash")

        # Everything is read and asked again from the first event on, by two at once, and each time
        # the alerts are raised and the position is lost.
        failpoints.arm(failpoints.faults_in("watch:before=fail@1+"))
        async with apps.admin("mash") as connection:
            await connection.execute("UPDATE lists.watched SET position = 0")
            two = (apps.running["mash"].state.watcher.look() for _ in range(2))
            lost = await asyncio.gather(*two, return_exceptions=True)
            assert all(isinstance(one, failpoints.FailedOnPurpose) for one in lost)
            assert await connection.fetchval("SELECT max(position) FROM lists.watched") == 0
        failpoints.arm([])
        await watched(apps)
        assert await apps.head("mash") == before

    async def test_killed_before_its_position_what_it_said_stands_once(self, apps: Apps) -> None:
        for day in ("01", "11"):
            await reported(apps, "2001-02-15", f"2017-03-{day}T18:00:00Z", NUMBERS["Dex"])
        await watched(apps)
        failpoints.arm(failpoints.faults_in("watch:before=fail@1+"))
        await reported(apps, "2001-02-15", "2017-03-21T18:00:00Z", NUMBERS["Dex"])
        async with asyncio.timeout(20):
            while not await happened(apps, "repeat-episodes", "2017-03-21"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        failpoints.arm([])
        await watched(apps)
        assert await happened(apps, "repeat-episodes", "2017-03-21") == 1

    async def test_an_alert_is_listed_for_the_councils_that_it_concerns(self, apps: Apps) -> None:
        config: Any = StatusBody.model_config
        body: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
        body |= {"responsible_authority": "northvale-council", "reference": f"LAC/{uuid4()}"}
        body |= {"host_authority": "southmere-council", "kind": "looked-after"}
        body |= {"since": "2015-01-05", "said_at": "2015-01-05T10:00:00Z"}
        body["child"] = {
            "names": [{"full": "Somebody"}],
            "identifiers": [{"scheme": "nhs-number", "value": NUMBERS["Mo"], "verified": True}],
        }
        response = await apps.ask("intake", "POST", "/statuses", "social-care", json=body)
        assert response.status_code == 201, response.text
        # Of three episodes a rule speaks only once they are linked, and so is the status by then.
        await watched(apps)
        for day in ("01", "11", "21"):
            await reported(apps, "2001-02-15", f"2018-03-{day}T18:00:00Z", NUMBERS["Mo"])
        await watched(apps)

        async def for_whom(authority: str) -> list[list[str]]:
            rows = await listed(apps, rule="repeat-episodes", authority=authority)
            return [
                row["authorities"] for row in rows if row["happened_at"].startswith("2018-03-21")
            ]

        both = ["northvale-council", "southmere-council"]
        assert await for_whom("northvale-council") == [both]
        assert await for_whom("southmere-council") == [both]
        assert await for_whom("eastleigh-council") == []

    async def test_pages_of_the_list_are_whole_and_have_nothing_twice(self, apps: Apps) -> None:
        for number, year in enumerate(("2004", "2005", "2006")):
            await reported(apps, f"{year}-01-01", f"2016-06-0{number + 1}T18:00:00Z", NUMBERS["Al"])
        await watched(apps)
        for every in (False, True):
            whole = await listed(apps, include_acknowledged=every, limit=200)
            assert len(whole) > 2
            pages: list[dict[str, Any]] = []
            while page := await listed(
                apps,
                include_acknowledged=every,
                limit=2,
                **({"after": pages[-1]["alert_id"]} if pages else {}),
            ):
                pages += page
            assert pages == whole

    async def test_a_young_child_and_two_children_with_one_car(self, apps: Apps) -> None:
        car = {"vehicles": [{"role": "seen_in", "registration": "NV15 ZZZ"}]}
        await reported(apps, "2004-01-01", "2015-03-01T18:00:00Z", NUMBERS["Ivy"], **car)
        await watched(apps)
        young = await listed(apps, rule="young-child")
        assert [row["happened_at"] for row in young].count("2015-03-01T18:00:00Z") == 1
        assert await listed(apps, rule="shared-vehicle") == []
        await reported(apps, "2001-01-01", "2015-03-02T18:00:00Z", NUMBERS["Kit"], **car)
        await watched(apps)
        (found,) = await listed(apps, rule="shared-vehicle")
        assert found["subject_kind"] == "vehicle"
        seen = await apps.ask("mash", "GET", f"/vehicles/{found['subject_id']}", WORKER)
        assert seen.status_code == 200
        # A rule that asks for another number says over the same past what it would have said.
        runtime = apps.running["mash"].state.runtime
        reader = RuleReader(runtime.pool, runtime.gazetteer)
        rule = in_force().named("shared-vehicle")
        assert rule is not None
        told = await reader.would_have_said(rule)
        assert (told.signals, told.subjects, told.by_month) == (1, 1, {"2015-03": 1})
        assert told.asked > 1
        three = await reader.would_have_said(replace(rule, children=3))
        assert three.signals == 0

    async def test_nobody_looked_in_time(self, apps: Apps) -> None:
        await watched(apps)
        use = apps.running["mash"].state.alerts
        assert await use.escalate_unanswered() == 0
        async with apps.admin("mash") as connection:
            # The list says when somebody should look; where it is wrong, the record decides.
            await connection.execute("UPDATE lists.alert SET answer_by = now() - interval '1 h'")
        assert await use.escalate_unanswered() == 0

        rule = in_force().named("young-child")
        assert rule is not None
        old = Alert.raise_(
            rule,
            subject_id=uuid4(),
            subject_kind="child",
            trigger=uuid4(),
            evidence=(uuid4(),),
            mentions=(new_mention_id(),),
            authorities=(),
            happened_at=NOW,
            now=NOW,
        )
        runtime = apps.running["mash"].state.runtime
        await runtime.repository("mash").save(old, context=system_context())
        await watched(apps)
        assert await use.escalate_unanswered() == 1
        await watched(apps)
        assert await use.escalate_unanswered() == 0
        (late,) = [row for row in await listed(apps) if row["alert_id"] == str(old.id)]
        assert late["escalated_at"] is not None

    async def test_rules_wait_for_the_directory_of_postcodes(self, apps: Apps) -> None:
        await apps.know_postcodes(
            ("WS1 1TP", 401_000, 298_000, "E08000030"), ("B1 1BB", 406_000, 287_000, "E08000025")
        )
        places = [
            {"role": "lives_at", "postcode": "WS1 1TP"},
            {"role": "seen_at", "postcode": "B1 1BB"},
        ]
        async with apps.away(REFERENCE_DATABASE):
            began = "2019-03-01T18:00:00Z"
            await reported(apps, "2001-02-15", began, NUMBERS["Kit"], places=places)
            with pytest.raises(Unavailable):
                await looked_for_ever(apps)
        await watched(apps)
        assert await happened(apps, "out-of-area", "2019-03-01") == 1

    async def test_who_may_not_see_children_sees_no_alerts(self, apps: Apps) -> None:
        for persona in ("auditor", "school", FORCE):
            response = await apps.ask("mash", "GET", "/alerts", persona)
            assert response.status_code == 403
        rules = await apps.ask("mash", "GET", "/alerts/rules", WORKER)
        assert {rule["name"] for rule in rules.json()["rules"]} == {
            rule.used.name for rule in in_force().rules
        }
        gone = await apps.ask(
            "mash", "POST", f"/alerts/{uuid4()}/acknowledge", WORKER,
            json={"outcome": "passed-on"},
        )  # fmt: skip
        assert gone.status_code == 404
