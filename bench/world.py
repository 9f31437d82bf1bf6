"""Events to relay, read and project: children reported, returned and linked, sealed as always."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec

from bench.harness import Vaults, a_store
from services.intake.domain import Link, Subject
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
)
from shared.contracts.sealed import Sealed
from shared.embedded import Postgres
from shared.eventstore.record import Record
from shared.eventstore.repository import Repository
from tests.support.histories import BEGAN, Thing, context, report

Bodies = dict[str, list[tuple[int, bytes]]]

EPISODES = 2
EVENTS_A_CHILD = 3 * EPISODES + 1
"""Reported, returned and linked for each episode; and the child's registration."""

BESIDE: tuple[intake.SubjectKind, ...] = ("person", "vehicle", "place")
"""The subjects of a man, a car and a place, in the order of `_beside`."""

WRITERS = 64
PAGE = 5000


@dataclass
class World:
    """Stored events by store, and how many children they are about."""

    bodies: Bodies
    children: int

    @property
    def events(self) -> int:
        """How many events there are in all."""
        return sum(map(len, self.bodies.values()))


async def make_world(
    postgres: Postgres, vaults: Vaults, children: int, *, beside: bool = False
) -> World:
    """Children with two episodes each, all of which are linked to them.

    Args:
        beside: each report names a man, a car and a place as well, each linked to its own.
    """
    async with (
        a_store(postgres, vaults, "missing") as missing,
        a_store(postgres, vaults, "intake") as links,
    ):
        waiting = iter(range(children))

        async def write() -> None:
            for number in waiting:
                await _child(missing, links, number, beside=beside)

        await asyncio.gather(*[write() for _ in range(WRITERS)])
        return World({"missing": await bodies_of(missing), "intake": await bodies_of(links)},
                     children)  # fmt: skip


async def _child(missing: Repository, links: Repository, number: int, *, beside: bool) -> None:
    reported, linked = records_of_a_child(number, beside=beside)
    for record in reported:
        await missing.save(record, context=context())
    await links.save(*linked, context=context("throughline"))


def records_of_a_child(number: int, *, beside: bool = False) -> tuple[list[Record], list[Record]]:
    """What missing and intake decide about one child: nothing of it is saved yet."""
    child = Subject.register("person", now=times.now())
    things = [Subject.register(kind, now=times.now()) for kind in BESIDE] if beside else []
    reported: list[Record] = []
    linked: list[Record] = [child, *things]
    for again in range(EPISODES):
        began = BEGAN + timedelta(days=30 * again, seconds=number)
        said, named = report(f"Child {number}", began=began), _beside(number) if beside else ()
        thing = Thing.report(msgspec.structs.replace(said, mentions=(*said.mentions, *named)))
        thing.come_back(began + timedelta(hours=5))
        reported.append(thing)
        linked.append(_link(thing.child, child, again))
        linked += [
            _link(mention.mention_id, subject, again)
            for mention, subject in zip(named, things, strict=True)
        ]
    return reported, linked


def _beside(number: int) -> tuple[Mention, ...]:
    man, car, place = new_mention_id(), new_mention_id(), new_mention_id()
    named = PersonIdentity(names=(PersonName(full=f"Man {number}", use="nickname"),))
    seen = VehicleDetails(registration=f"NV{number}", registration_is_partial=True)
    lodge = PlaceDetails(name=f"Lodge {number}", postcode="ZZ99 3VZ", type="hotel")
    return (
        PersonMention(mention_id=man, role="perpetrator", identity=Sealed.of(man, named)),
        VehicleMention(mention_id=car, of=man, role="seen_in", vehicle=Sealed.of(car, seen)),
        PlaceMention(mention_id=place, role="seen_at", place=Sealed.of(place, lodge)),
    )


def _link(mention_id: UUID, subject: Subject, again: int) -> Link:
    data = intake.MentionLinked(
        about=(mention_id,),
        subject_id=subject.id,
        subject_kind=subject.kind,
        new_subject=again == 0,
        decided_by=intake.Decider(kind="rule", name="bench", version=1),
    )
    return Link.decide(mention_id, data, now=times.now())


async def bodies_of(repository: Repository) -> list[tuple[int, bytes]]:
    """Everything in a store, as it is published."""
    found: list[tuple[int, bytes]] = []
    while page := await repository.store.after(len(found), PAGE):
        found += [(event.position, event.body) for event in page]
    return found


async def reported(repository: Repository, total: int) -> None:
    """Fill a store with so many reports."""

    async def some() -> None:
        for _ in range(total // WRITERS):
            await repository.save(Thing.report(report()), context=context())

    await asyncio.gather(*[some() for _ in range(WRITERS)])
