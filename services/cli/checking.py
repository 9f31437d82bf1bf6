"""What `make smoke` checks: what the story must have come to, and what must be nowhere."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from services.cli.alerting import tried
from services.cli.canaries import in_databases, in_files
from services.cli.installation import Installation
from services.cli.provision import with_database
from services.cli.reading import answer as ask
from services.cli.reading import child_answer
from services.mash.application import AlertsAnswer, ChildAnswer, NodeAnswer
from services.mash.rules import in_force
from services.topology import SERVICES, VAULT_DATABASE
from shared.contracts.mentions import PersonIdentity

SPOKE = {"screening-level", "shared-place", "shared-vehicle"}
"""The rules that speak of her in the end: of her screening, and of what two children share."""

REFERRALS = 5
"""Of two screenings, an interview that needs action now, and two reports of exploitation."""


@dataclass(frozen=True)
class Wrong:
    """Something that is not as it should be."""

    what: str

    def __str__(self) -> str:
        """For a list of them."""
        return f"  - {self.what}"


def check_story(installation: Installation, answer: ChildAnswer) -> list[Wrong]:
    """Everything that is wrong after the story; nothing, one hopes."""
    return [
        *_check_view(answer),
        *_check_together(installation, answer),
        *asyncio.run(_check_stores(installation)),
        *map(Wrong, in_files(installation.folder)),
    ]


def _check_view(answer: ChildAnswer) -> list[Wrong]:
    view = answer.view
    names: set[str] = set()
    for statement in view.statements:
        content = statement.identity.opened
        if content is not None:
            identity = msgspec.json.decode(content, type=PersonIdentity)
            names.update(name.full for name in identity.names)
    expected: list[tuple[str, Any, Any]] = [
        ("names", names, {"Wren Ashdown", "Birdie", "Ren Ashdowne"}),
        ("statements", len(view.statements), 9),
        ("episodes", len(view.episodes), 2),
        ("episodes open", [now.agency for now in view.missing_now], ["southmere-police"]),
        ("chronology", {line.what for line in view.chronology}
         - {"obligation-overdue", "referral-opened", "boundary-notice-raised",
            "boundary-notice-acknowledged"},
         {"concern-raised", "report", "revised-report", "return", "interview-required",
          "interview-clock-started", "interview-allocated", "interview-offered",
          "interview-accepted", "interview-conducted", "interview-copied",
          "screening-completed", "status-recorded", "referral-made", "panel-listed",
          "strategy-meeting-convened", "measure-taken"}),
        ("places", sorted(line.named.role for line in view.places),
         ["last_seen_at", "last_seen_at", "lives_at", "lives_at", "lives_at", "lives_at",
          "missing_from", "placed_at", "premises", "said_visited"]),
        ("screenings", [(line.level, line.since.direction if line.since else None)
                        for line in view.screenings.lines],
         [("significant", "higher"), ("medium", None)]),
        ("newly ticked", [line.since.newly_ticked for line in view.screenings.lines if line.since],
         [("S1", "S3", "S7")]),
        ("open obligations", [sorted(one.obligation for one in line.open)
                              for line in view.screenings.lines],
         [["action", "panel-list", "protection-plan", "referral-or-discussion", "review"],
          ["action"]]),
        ("interviews", [(line.provider, line.exploitation) for line in view.interviews],
         [(None, None), ("lantern-trust", "significant")]),
        ("interview due", [str(line.due_by) for line in view.interviews],
         ["None", "2015-03-31 06:30:00+00:00"]),
        ("the child's own words", len(view.voice), 1),
        ("lines withheld", answer.withheld, 2),
        ("looked after by", answer.now.standing.looked_after, ("northvale-council",)),
        ("responsible", [one.authority for one in answer.now.standing.responsible],
         ["northvale-council"]),
        ("host", [one.authority for one in answer.now.standing.host], ["southmere-council"]),
        ("provisional", view.provisional, False),
        ("agencies named", answer.agencies.get("northvale-police"), "Northvale Police"),
    ]  # fmt: skip
    return [
        Wrong(f"{what}: {found!r} instead of {wanted!r}")
        for what, found, wanted in expected
        if found != wanted
    ]


def _check_together(installation: Installation, answer: ChildAnswer) -> list[Wrong]:
    """What the agencies see only together: the alert, the man's name, and what was taken back."""
    folder = installation.folder
    kept: dict[str, str] = json.loads((folder / "story.json").read_text())
    path = f"/perpetrators/{kept['man']}"
    then = ask(folder, path, "mash-worker", shape=NodeAnswer, params={"as_at": kept["before"]})
    now = ask(folder, f"/perpetrators/{kept['named']}", "mash-worker", shape=NodeAnswer)
    dex = child_answer(folder, UUID(kept["dex"]), "mash-worker")
    friend = ask(folder, f"/perpetrators/{kept['friend']}", "mash-worker", shape=NodeAnswer)
    alerts = ask(folder, "/alerts", "mash-worker", shape=AlertsAnswer).alerts
    car = [one for one in alerts if one.subject_kind == "vehicle"]
    past = asyncio.run(tried(folder, in_force().rules, lambda _stage, _done, _of: None))
    expected: list[tuple[str, Any, Any]] = [
        ("he had no name then", (then.view.named, len(then.view.mentions)), (False, 1)),
        ("he has a name now", (now.view.named, len(now.view.mentions)), (True, 3)),
        ("the notice is with him, and with her",
         [{str(one.measure_id) for one in view.measures} for view in (now.view, answer.view)],
         [{kept["notice"]}] * 2),
        ("identified", [link.confidence for link in now.links if link.reason == "identified"],
         ["probable"]),
        ("the girl is herself again", len(dex.view.mentions), 1),
        ("the friend is himself again", set(dex.view.mentions) & set(friend.view.mentions), set()),
        ("one alert about one car", len(car), 1),
        ("the alert is in her view", car[0].alert_id in {one.alert_id for one in answer.alerts}
         if car else None, True),
        ("tried over the past, a rule says what it said", [
            (said.rule.name, said.signals) for said, raised in past if said.signals != raised], []),
        ("rules that spoke of her", {one.rule for one in answer.alerts}, SPOKE),
        ("referrals", sorted((one.origin or "", one.state) for one in answer.view.referrals),
         [("interview", "open"), *[("missing-report", "open")] * 2, *[("screening", "open")] * 2]),
    ]  # fmt: skip
    return [
        Wrong(f"{what}: {found!r} instead of {wanted!r}")
        for what, found, wanted in expected
        if found != wanted
    ]


async def _check_stores(installation: Installation) -> list[Wrong]:
    """No word of the story stands in a store; every look is on record."""
    wrong = [Wrong(found) for found in await in_databases(installation)]
    admin = installation.postgres.url
    for service in SERVICES.values():
        connection = await asyncpg.connect(with_database(admin, service.database))
        for store in service.stores:
            rows = await connection.fetch(f"SELECT position FROM {store}.event ORDER BY 1")  # noqa: S608
            if [row["position"] for row in rows] != list(range(1, len(rows) + 1)):
                wrong.append(Wrong(f"{store} has a gap"))
            if store == "mash_disclosures" and len(rows) < 2:  # noqa: PLR2004 (a search, a view)
                wrong.append(Wrong("a look at the child is not on record"))
        await connection.close()
    connection = await asyncpg.connect(with_database(admin, VAULT_DATABASE))
    if not await connection.fetchval("SELECT count(*) FROM key"):
        wrong.append(Wrong("the vault holds no key: nothing was sealed"))
    await connection.close()
    return wrong
