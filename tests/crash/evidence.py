"""What is found afterwards: everything that the databases hold, and everything that clients saw."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from services.cli.backup.verifying import Verified, verify
from services.cli.installation import Installation
from services.cli.provision import with_database
from services.topology import SERVICES, owner_of
from shared.contracts import intake, mash, missing, screening
from shared.contracts.envelope import read
from shared.contracts.mentions import PersonMention
from shared.contracts.registry import EVENTS
from tests.crash.client import Acknowledged, receipts, shown_in

SETTLE_SECONDS = 30.0
PAGE = 5000
LINKER = SERVICES["intake"]
LINKED = "intake.mention-linked."
ALERT = "mash.alert-raised."
REFERRED = "intake.referral-"


@dataclass(slots=True)
class Stored:
    """An event, without its content.

    Attributes:
        by_a_client: not by a part of the system itself.
    """

    position: int
    event_id: str
    record: UUID
    type: str
    request: str
    by_a_client: bool


@dataclass
class Evidence:
    """Everything that an audit looks at.

    Attributes:
        events: of every store, in order.
        archive_differs: the sources of which mash's archive is not what their store holds.
        parked: how many events were put aside.
        mentions: of everything that intake follows; `children` are missing's persons.
        linked: how often each mention was linked for the first time.
        alerts: how often each rule spoke of each thing that can make it speak.
        obliging: the events that need a referral, and the record of each.
        opened: how often a referral was opened for each record.
        informed: how often a referral was opened or added to because of each event.
        verified: what `throughline verify` says.
        acknowledged, shown: what clients were told, and shown (service, request).
        refused: what clients were refused for good.
        behind: which consumers did not get everything.
    """

    events: dict[str, list[Stored]] = field(default_factory=dict)
    archive_differs: list[str] = field(default_factory=list)
    parked: int = 0
    mentions: list[UUID] = field(default_factory=list)
    children: list[UUID] = field(default_factory=list)
    linked: Counter[UUID] = field(default_factory=Counter)
    alerts: Counter[tuple[str, UUID]] = field(default_factory=Counter)
    obliging: dict[UUID, UUID] = field(default_factory=dict)
    opened: Counter[UUID | None] = field(default_factory=Counter)
    informed: Counter[UUID | None] = field(default_factory=Counter)
    verified: Verified = field(default_factory=Verified)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    shown: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)


async def settled(installation: Installation, seconds: float = SETTLE_SECONDS) -> bool:
    """Wait until every consumer has everything; False if they do not get it."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        try:
            if not await behind(installation):
                return True
        except (OSError, asyncpg.PostgresError):
            pass
        await asyncio.sleep(0.2)
    return False


async def behind(installation: Installation) -> list[str]:
    """Which consumers have not read everything, and how far they are."""
    heads: dict[str, int] = {}
    read: list[tuple[str, str, int]] = []
    for service in SERVICES.values():
        connection = await connect_to(installation, service.name)
        try:
            for store in service.stores:
                heads[store] = await connection.fetchval(f"SELECT position FROM {store}.head")
            if service.follows:
                table = "archive.progress" if service.keeps_views else "public.follower"
                found = dict(
                    await connection.fetch(
                        f"SELECT source, min(position) FROM {table} GROUP BY source"
                    )
                )
                if service.keeps_views:
                    asked = "SELECT source, position FROM lists.watched"
                    watched = dict(await connection.fetch(asked))
                    read += [("watch", of, watched.get(of, 0)) for of in service.follows]
                read += [(service.name, of, found.get(of, 0)) for of in service.follows]
        finally:
            await connection.close()
    return [
        f"{name} has read {position} of {heads[source]} events of {source}"
        for name, source, position in read
        if heads[source] != position
    ]


async def gathered(
    installation: Installation,
    *ledgers: Path,
    refused: list[str] | None = None,
    seconds: float = SETTLE_SECONDS,
) -> Evidence:
    """Wait until everything has arrived, and read all of it."""
    found = Evidence(refused=refused or [])
    if not await settled(installation, seconds):
        found.behind = await behind(installation)
    for ledger in ledgers:
        found.acknowledged += receipts(ledger)
        found.shown += shown_in(ledger)
    for service in SERVICES.values():
        connection = await connect_to(installation, service.name)
        try:
            for store in service.stores:
                found.events[store] = [event async for event in _events(connection, store, found)]
            if service.keeps_views:
                found.parked += await connection.fetchval("SELECT count(*) FROM archive.parked")
            elif service.follows:
                found.parked += await connection.fetchval(
                    "SELECT count(*) FROM public.follower_parked"
                )
        finally:
            await connection.close()
    for service in SERVICES.values():
        if service.keeps_views:
            found.archive_differs += [
                source
                for source in service.follows
                if not await _same(installation, service.name, source)
            ]
    found.verified = await verify(installation.postgres.url)
    return found


async def _events(connection: Any, store: str, found: Evidence) -> AsyncIterator[Stored]:
    reads_mentions = store in LINKER.follows
    async with connection.transaction():
        async for row in connection.cursor(
            f"SELECT position, event_id, record_id, type, correlation_id, body "
            f"FROM {store}.event ORDER BY position",
            prefetch=PAGE,
        ):
            envelope = read(row["body"])
            if reads_mentions or row["type"].startswith((LINKED, REFERRED)):
                data = EVENTS.decode(envelope.type, envelope.data)
                if obliges(data):
                    found.obliging[row["event_id"]] = row["record_id"]
                if isinstance(data, intake.ReferralOpened):
                    found.opened[data.origin.record_id] += 1
                if isinstance(data, intake.ReferralOpened | intake.ReferralInformed):
                    found.informed[data.origin.event_id] += 1
                if reads_mentions:
                    found.mentions += [mention.mention_id for mention in data.mentions]
                if store == "missing":
                    found.children += [
                        mention.mention_id
                        for mention in data.mentions
                        if isinstance(mention, PersonMention)
                    ]
                if row["type"].startswith(LINKED):
                    found.linked.update(data.about)
            if row["type"].startswith(ALERT):
                raised = EVENTS.decode(envelope.type, envelope.data)
                assert isinstance(raised, mash.AlertRaised)
                found.alerts[raised.rule.name, raised.trigger] += 1
            yield Stored(
                row["position"],
                str(row["event_id"]),
                row["record_id"],
                row["type"],
                str(row["correlation_id"]),
                not envelope.actor.startswith("throughline"),
            )


def obliges(data: Any) -> bool:
    """Whether an event needs a referral: said once more here, apart from the code that opens it."""
    match data:
        case screening.ObligationOpened():
            return data.obligation == "referral-or-discussion"
        case missing.EpisodeReported() | missing.ReportRevised():
            return data.at_risk_of_exploitation == "yes"
        case missing.InterviewConducted():
            return data.needs_action_now and bool(data.about)
    return False


async def _same(installation: Installation, views: str, source: str) -> bool:
    """Whether the archive holds of a source what its store holds, byte for byte.

    As far as the archive says that it reaches: a clock may have the store record something in this
    very moment. Whether it reaches far enough is another question (`behind`).
    """
    connection = await connect_to(installation, views)
    reached = await connection.fetchval(
        "SELECT coalesce(max(position), 0) FROM archive.progress WHERE source = $1", source
    )
    await connection.close()
    ours = await _digest(
        installation,
        views,
        f"SELECT body FROM archive.event WHERE source = '{source}' AND position <= {reached}",
    )
    theirs = await _digest(
        installation,
        owner_of(source),
        f"SELECT body FROM {source}.event WHERE position <= {reached}",
    )
    return bool(ours == theirs)


async def _digest(installation: Installation, service: str, bodies: str) -> Any:
    connection = await connect_to(installation, service)
    try:
        # In the database: a long test has gigabytes of them. Each body holds its own position.
        return await connection.fetchrow(
            "SELECT count(*), md5(string_agg(digest, '' ORDER BY digest)) FROM "
            f"(SELECT md5(body) AS digest FROM ({bodies}) AS bodies) AS digests"
        )
    finally:
        await connection.close()


async def connect_to(installation: Installation, service: str) -> "asyncpg.Connection[Any]":
    """A connection to a service's database that may do everything."""
    database = SERVICES[service].database
    return await asyncpg.connect(with_database(installation.postgres.url, database), timeout=5)
