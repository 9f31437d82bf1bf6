"""What must be true after everything was killed, whatever was killed: each fault in words."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from rich.console import Console

from services.cli.installation import Installation
from services.cli.provision import with_database
from services.cli.rebuilding import run_rebuild
from services.topology import SERVICES
from shared.contracts.envelope import read
from shared.contracts.registry import EVENTS
from tests.crash.client import Acknowledged, token_of

SETTLE_SECONDS = 30.0
SOURCES = ("missing", "intake")


@dataclass
class Stored:
    """Everything that the databases hold.

    Attributes:
        events: of each store: (position, event id, record id, type, body).
        archive: of each source: (position, body).
        mentions: of the reports' children and places.
    """

    events: dict[str, list[Any]] = field(default_factory=dict)
    archive: dict[str, list[Any]] = field(default_factory=dict)
    parked: int = 0
    mentions: list[UUID] = field(default_factory=list)
    children: list[UUID] = field(default_factory=list)
    linked: Counter[UUID] = field(default_factory=Counter)


async def settled(installation: Installation, seconds: float = SETTLE_SECONDS) -> bool:
    """Wait until the read side has everything; False if it does not get it."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        try:
            if await _everything_is_read(installation):
                return True
        except (OSError, asyncpg.PostgresError):
            pass
        await asyncio.sleep(0.2)
    return False


async def _everything_is_read(installation: Installation) -> bool:
    heads: dict[str, int] = {}
    read: list[dict[str, int]] = []
    for service in SERVICES.values():
        connection = await connect_to(installation, service.name)
        try:
            for store in service.stores:
                heads[store] = await connection.fetchval(f"SELECT position FROM {store}.head")
            if service.follows:
                table = "archive.progress" if service.keeps_views else "public.follower"
                found = dict(await connection.fetch(f"SELECT source, position FROM {table}"))
                read.append({source: found.get(source, 0) for source in service.follows})
        finally:
            await connection.close()
    return all(heads[source] == position for of in read for source, position in of.items())


async def stored(installation: Installation) -> Stored:
    """Read everything."""
    found = Stored()
    for service in SERVICES.values():
        connection = await connect_to(installation, service.name)
        for store in service.stores:
            found.events[store] = await connection.fetch(
                f"SELECT position, event_id, record_id, type, body FROM {store}.event ORDER BY 1"
            )
        if service.follows and not service.keeps_views:
            found.parked += await connection.fetchval("SELECT count(*) FROM public.follower_parked")
        if service.keeps_views:
            found.parked += await connection.fetchval("SELECT count(*) FROM archive.parked")
            for source in service.follows:
                found.archive[source] = await connection.fetch(
                    "SELECT position, body FROM archive.event WHERE source = $1 ORDER BY 1", source
                )
        await connection.close()
    _read_mentions(found)
    return found


def _read_mentions(found: Stored) -> None:
    for event in found.events["missing"]:
        envelope = read(event["body"])
        for mention in EVENTS.decode(envelope.type, envelope.data).mentions:
            found.mentions.append(mention.mention_id)
            if type(mention).__name__ == "PersonMention":
                found.children.append(mention.mention_id)
    for event in found.events["intake"]:
        if event["type"].startswith("intake.mention-linked."):
            envelope = read(event["body"])
            found.linked.update(EVENTS.decode(envelope.type, envelope.data).about)


BEGINS_AN_EPISODE = "missing.episode-reported."
BY_ITSELF = "missing.interview-overdue."
"""What no client asked for: the clock records it, once an interview."""


def faults_of(found: Stored, acknowledged: list[Acknowledged]) -> list[str]:
    """Everything that is wrong with the stores, given what clients were told."""
    faults = []
    for store, events in found.events.items():
        if [event["position"] for event in events] != list(range(1, len(events) + 1)):
            faults.append(f"the positions of {store} have a gap")
    times_stored = Counter(str(event["event_id"]) for event in found.events["missing"])
    told = [event for receipt in acknowledged for event in receipt.events]
    faults += [f"lost: {event}" for event in told if times_stored[event] == 0]
    faults += [f"stored twice: {event}" for event in told if times_stored[event] > 1]
    reported = {receipt.reference for receipt in acknowledged if receipt.reference}
    episodes = [e for e in found.events["missing"] if e["type"].startswith(BEGINS_AN_EPISODE)]
    if len(episodes) != len(reported):
        faults.append(f"doubled: {len(episodes)} episodes of {len(reported)} reports")
    asked = [e for e in found.events["missing"] if not e["type"].startswith(BY_ITSELF)]
    if len(told) != len(asked):
        faults.append(f"{len(asked)} events, {len(told)} acknowledged")
    late = Counter(
        e["record_id"] for e in found.events["missing"] if e["type"].startswith(BY_ITSELF)
    )
    faults += [f"late {times} times: {record}" for record, times in late.items() if times > 1]
    if len({receipt.key for receipt in acknowledged}) != len(acknowledged):
        faults.append("a key was acknowledged twice")
    faults += [
        f"mention linked {found.linked[mention]} times"
        for mention in found.mentions
        if found.linked[mention] != 1
    ]
    if set(found.linked) - set(found.mentions):
        faults.append("something was linked that nobody mentioned")
    for source, archived in found.archive.items():
        own = [(event["position"], event["body"]) for event in found.events[source]]
        if [tuple(row) for row in archived] != own:
            faults.append(f"mash's archive of {source} is not what {source} stored")
    if found.parked:
        faults.append(f"{found.parked} events are parked")
    return faults


async def views_faults(
    installation: Installation, children: list[UUID], names: list[str]
) -> list[str]:
    """Whether the views are what the archive says, and whether each child can be found."""
    faults = []
    rebuilt = await run_rebuild(installation.folder, Console(quiet=True), switch_if_different=False)
    if rebuilt.digest != rebuilt.live_digest:
        faults.append("a rebuild differs from the live views")
    if rebuilt.events == 0:
        faults.append("the rebuild read nothing")
    token = token_of(installation, "mash-worker")
    async with httpx.AsyncClient(
        base_url=installation.addresses["mash"],
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    ) as client:
        for child in children:
            response = await client.get(f"/children/{child}")
            if response.status_code != 200:
                faults.append(f"child {child} is not shown: {response.status_code}")
        for name in names:
            response = await client.post("/children/search", json={"name": name})
            found = response.json().get("candidates", [])
            if not any(name in candidate["names"] for candidate in found):
                faults.append(f"{name} is not found")
    return faults


async def _value(installation: Installation, service: str, query: str) -> Any:
    connection = await connect_to(installation, service)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def connect_to(installation: Installation, service: str) -> "asyncpg.Connection[Any]":
    database = SERVICES[service].database
    return await asyncpg.connect(with_database(installation.postgres.url, database), timeout=5)
