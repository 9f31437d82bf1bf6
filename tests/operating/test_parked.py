"""An event that cannot be dealt with is put aside, others go on, and an operator replays it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from rich.console import Console

from services.cli.parking.asking import print_aside, print_replayed
from services.intake.application import IntakeApplication
from services.missing.api import examples
from shared.embedded import Postgres
from shared.projecting.parking import PutAside
from shared.web.condition import Condition
from shared.web.parked import Parked, Replayed
from tests.support.apps import Apps, running_apps

REPORT: dict[str, Any] = examples.REPORT["json_schema_extra"]["examples"][0]  # type: ignore[index,assignment]
CONSUMER = "follow:missing"


@pytest_asyncio.fixture
async def apps(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path, "missing", "intake", bus=True) as apps:
        yield apps


async def report(apps: Apps, reference: str) -> None:
    sent = await apps.ask(
        "missing", "POST", "/episodes", "northvale-police-system",
        json={**REPORT, "force_reference": reference},
    )  # fmt: skip
    assert sent.status_code == 201, sent.text


async def listed(apps: Apps) -> Parked:
    response = await apps.ask("intake", "GET", "/parked", "operator")
    assert response.status_code == 200
    return msgspec.json.decode(response.content, type=Parked)


async def replayed(apps: Apps, **order: Any) -> Replayed:
    response = await apps.ask(
        "intake", "POST", "/parked/replay", "operator",
        json={"consumer": CONSUMER, "source": "missing", **order},
    )  # fmt: skip
    assert response.status_code == 200, response.text
    return msgspec.json.decode(response.content, type=Replayed)


async def followed(apps: Apps) -> None:
    """Wait until intake has gone past everything that missing stored."""
    await apps.consumed("missing")


async def links(apps: Apps) -> int:
    async with apps.admin("intake") as connection:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM intake.event WHERE type LIKE 'intake.mention-linked.%'"
        )
    return found


@pytest.mark.integration
@pytest.mark.asyncio
async def test_others_go_on_and_a_replay_does_what_was_left_undone(
    apps: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = IntakeApplication.link_mentions
    unknown: set[Any] = set()

    async def learns(self: IntakeApplication, mentions: Any, **options: Any) -> None:
        # Code that does not know what to do with one report.
        unknown.update(mention.mention_id for mention in mentions)
        raise KeyError("Ashdown")

    async def knows_no_better(self: IntakeApplication, mentions: Any, **options: Any) -> None:
        if mentions[0].mention_id in unknown:
            raise KeyError("Ashdown")
        await sound(self, mentions, **options)

    await report(apps, "NV/1")
    await followed(apps)
    each = await links(apps)
    assert each >= 1
    monkeypatch.setattr(IntakeApplication, "link_mentions", learns)
    await report(apps, "NV/2")
    await followed(apps)
    monkeypatch.setattr(IntakeApplication, "link_mentions", knows_no_better)
    await report(apps, "NV/3")
    await followed(apps)

    assert await links(apps) == 2 * each, "the report behind it was not linked"
    (aside,) = (await listed(apps)).consumers[CONSUMER]
    assert (aside.source, aside.reason) == ("missing", "KeyError")
    told = await apps.ask("intake", "GET", "/health/condition", "operator")
    (advice,) = msgspec.json.decode(told.content, type=Condition).advice
    assert "`throughline parked` lists them" in advice
    assert "Ashdown" not in advice

    # Nothing was mended yet.
    still = await replayed(apps)
    assert (still.done, [event.reason for event in still.left]) == (0, ["KeyError"])

    monkeypatch.setattr(IntakeApplication, "link_mentions", sound)
    done = await replayed(apps, position=aside.position)

    assert (done.done, done.left) == (1, [])
    assert (await listed(apps)).consumers[CONSUMER] == []
    assert await links(apps) == 3 * each
    again = await replayed(apps)
    assert (again.done, again.left) == (0, [])
    assert await links(apps) == 3 * each


@pytest.mark.integration
@pytest.mark.asyncio
async def test_who_may_ask_and_what_is_no_order(apps: Apps) -> None:
    order: dict[str, Any] = {"consumer": CONSUMER, "source": "missing"}
    for persona, refused in (("mash-worker", 403), (None, 401)):
        assert (await apps.ask("intake", "GET", "/parked", persona)).status_code == refused
        answer = await apps.ask("intake", "POST", "/parked/replay", persona, json=order)
        assert answer.status_code == refused
    for wrong, status in (
        ({**order, "consumer": "follow:nobody"}, 404),
        ({**order, "position": 0}, 422),
        ({**order, "position": "1; DROP TABLE"}, 422),
        ({"consumer": CONSUMER}, 422),
    ):
        answer = await apps.ask("intake", "POST", "/parked/replay", "operator", json=wrong)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    async with apps.away("throughline_intake"):
        # A list that cannot be read is not taken for an empty one.
        assert (await apps.ask("intake", "GET", "/parked", "operator")).status_code == 503


def test_a_person_reads_what_happened_and_what_to_do() -> None:
    console = Console(record=True, width=200)
    print_aside([], [], console)
    assert "Nothing is put aside" in console.export_text()
    event = PutAside(
        source="missing",
        position=41,
        reason="KeyError",
        parked_at=datetime(2026, 11, 24, 1, tzinfo=UTC),
    )
    print_aside([("intake", CONSUMER, event)], ["mash"], console)
    print_replayed(1, [("intake", event)], console)
    told = console.export_text()
    for words in ("41", "KeyError", "throughline parked replay", "mash does not answer",
                  "1 event dealt with", "event 41 of missing still cannot"):  # fmt: skip
        assert words in told
