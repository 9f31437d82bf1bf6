"""A small world of events from two services, and projectors fed with it in any order."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from services.intake.domain import Link, Status, Subject
from services.mash.views import FOLDS
from shared.contracts import intake, times
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    Mention,
    PersonIdentity,
    PersonMention,
    PersonName,
    PlaceDetails,
    PlaceMention,
    VehicleDetails,
    VehicleMention,
    kind_of,
)
from shared.contracts.sealed import Sealed
from shared.eventstore.repository import Repository
from shared.eventstore.schema import apply_sql, make_store, remake_sql
from shared.eventstore.store import EventStore
from shared.projecting.archive import make_archive
from shared.projecting.facts import Folds
from shared.projecting.follower import make_followers
from shared.projecting.opening import Opener
from shared.projecting.projector import Projector
from shared.projecting.rebuild import digest
from tests.conftest import Database, Stores
from tests.support.histories import BEGAN, Thing, context, report
from tests.support.told import LATER, a_child, a_status, ended

RULE = intake.Decider(kind="rule", name="test", version=1)
Bodies = dict[str, list[tuple[int, bytes]]]


@dataclass
class World:
    """What the services published, by store."""

    bodies: Bodies
    children: list[UUID]


async def intake_repository(stores: Stores) -> Repository:
    """The intake service's store beside the missing service's."""
    await make_store(stores.database.admin, "intake", "intake")
    await make_followers(stores.database.admin, "intake")
    lists = (files("services.intake") / "lists.sql").read_text()
    await remake_sql(stores.database.admin, "intake-lists", lists)
    pool = await stores.database.pool("intake")
    return Repository(EventStore("intake", pool), await stores.vault_of("intake"))


def linked(mention_id: UUID, subject: Subject) -> Link:
    """A mention linked to a subject for the first time."""
    data = intake.MentionLinked(
        about=(mention_id,),
        subject_id=subject.id,
        subject_kind=subject.kind,
        new_subject=True,
        decided_by=RULE,
    )
    return Link.decide(mention_id, data, now=times.now())


def _beside(chance: random.Random) -> tuple[Mention, ...]:
    """A man, a car and a place, the last not for everybody; some of them."""
    man, car, place = new_mention_id(), new_mention_id(), new_mention_id()
    named = PersonIdentity(names=(PersonName(full="Marlo", use="nickname"),))
    seen = VehicleDetails(registration="NV12", registration_is_partial=True)
    lodge = PlaceDetails(name="Harbour Lodge", postcode="ZZ99 3VZ", type="hotel")
    everything: tuple[Mention, ...] = (
        PersonMention(mention_id=man, role="perpetrator", identity=Sealed.of(man, named)),
        VehicleMention(mention_id=car, of=man, role="seen_in", vehicle=Sealed.of(car, seen)),
        PlaceMention(mention_id=place, role="seen_at", handling="C", place=Sealed.of(place, lodge)),
    )
    return tuple(mention for mention in everything if chance.random() < 0.5)


async def make_world(stores: Stores, *, children: int = 6, seed: int = 1) -> World:
    """Children reported several times, some of them returned, some with statuses, some linked."""
    chance = random.Random(seed)
    links = await intake_repository(stores)
    people = []
    of_kind: dict[str, list[Subject]] = {
        kind: [Subject.register(kind, now=times.now()) for _ in range(2)]
        for kind in ("person", "place", "vehicle")
    }
    await links.save(*(s for each in of_kind.values() for s in each), context=context("intake"))
    for number in range(children):
        subject = Subject.register("person", now=times.now())
        people.append(subject.id)
        records: list[Subject | Link | Status] = [subject]
        for again in range(chance.randint(1, 3)):
            began = BEGAN + timedelta(days=30 * again + number)
            beside = _beside(chance)
            said = report(f"Child {number}", began=began)
            thing = Thing.report(msgspec.structs.replace(said, mentions=(*said.mentions, *beside)))
            if chance.random() < 0.7:
                thing.come_back(began + timedelta(hours=5))
            await stores.repository.save(thing, context=context())
            if chance.random() < 0.8:
                records.append(linked(thing.child, subject))
            for mention in beside:
                if chance.random() < 0.7:
                    whose = chance.choice(of_kind[kind_of(mention)])
                    records.append(linked(mention.mention_id, whose))
        records += _statuses(chance, number, subject)
        await links.save(*records, context=context("throughline"))
    bodies = {
        "missing": [(event.position, event.body) for event in await stores.store.after(0)],
        "intake": [(event.position, event.body) for event in await links.store.after(0)],
    }
    await links.store.close()
    return World(bodies, people)


def _statuses(chance: random.Random, number: int, subject: Subject) -> list[Status | Link]:
    """Some of the statuses that a child may have, some over, some linked."""
    records: list[Status | Link] = []
    kinds: tuple[intake.StatusKind, ...] = ("looked-after", "child-in-need")
    for kind in kinds:
        if chance.random() < 0.6:
            status = a_status(kind, child=a_child(f"Child {number}", identifiers=()))
            if chance.random() < 0.5:
                status.end(ended(status, date(2015, 6, 30), "E8"), now=LATER)
            records.append(status)
            if chance.random() < 0.8:
                records.append(linked(status.child, subject))
    return records


class Feeder:
    """Gives a projector the world's events in batches, in a chosen interleaving of the stores."""

    def __init__(
        self, bodies: Bodies, *, sizes: Sequence[int] = (1, 3, 2), pause: float = 0
    ) -> None:
        self._bodies = bodies
        self._sizes = sizes
        self._turns: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.pause = pause

    def let(self, source: str) -> None:
        """Let the events of a source come."""
        self._turns[source].set()

    async def batches(
        self, source: str, after: int, digest: bytes | None = None
    ) -> AsyncGenerator[list[tuple[int, bytes]], None]:
        await self._turns[source].wait()
        rest = [item for item in self._bodies[source] if item[0] > after]
        turn = 0
        while rest:
            size = self._sizes[turn % len(self._sizes)]
            turn += 1
            yield rest[:size]
            rest = rest[size:]
            await asyncio.sleep(self.pause)
        await asyncio.Event().wait()


@dataclass
class Views:
    """A database of views."""

    database: Database
    pool: "asyncpg.Pool[Any]"
    opener: Opener

    async def digest(self) -> str:
        async with self.pool.acquire() as connection:
            schema = await connection.fetchval("SELECT schema_name FROM archive.showing")
            return await digest(connection, schema)

    async def rows(self, view: str = "child") -> dict[UUID, bytes]:
        schema = await self.pool.fetchval("SELECT schema_name FROM archive.showing")
        rows = await self.pool.fetch(
            f"SELECT subject_id, body FROM {schema}.row WHERE view = $1", view
        )
        return {row[0]: row[1] for row in rows}


async def make_views(database: Database, vault_of: Stores) -> Views:
    """An empty database of views, opened as mash."""
    await apply_sql(database.admin, "extensions-1", "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await make_archive(database.admin, "mash")
    await database.admin.execute(f'GRANT CREATE ON DATABASE "{database.name}" TO mash')
    pool = await database.pool("mash")
    return Views(database, pool, Opener(await vault_of.vault_of("mash")))


async def project(
    views: Views,
    bodies: Bodies,
    order: Sequence[str],
    *,
    allow_parked: bool = False,
    at_once: bool = False,
    folds: Folds = FOLDS,
    **options: Any,
) -> Projector:
    """Project everything, letting the sources come in the given order, or all at once."""
    feeder = Feeder(bodies, **options)
    projector = Projector(views.pool, folds, views.opener, feeder.batches)
    running = asyncio.create_task(projector.run())
    try:
        for source in order if at_once else ():
            feeder.let(source)
        for source in order:
            feeder.let(source)
            await asyncio.wait_for(projector.reached(source, len(bodies[source])), 30)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    if not allow_parked:
        assert not await views.pool.fetch("SELECT * FROM archive.parked")
    return projector
