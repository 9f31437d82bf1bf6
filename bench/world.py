"""Events to relay, read and project: children reported, returned and linked, sealed as always."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from bench.harness import Vaults, a_store
from services.intake.domain import Link, Subject
from shared.contracts import intake, times
from shared.embedded import Postgres
from shared.eventstore.record import Record
from shared.eventstore.repository import Repository
from tests.support.histories import BEGAN, Thing, context, report

Bodies = dict[str, list[tuple[int, bytes]]]

EPISODES = 2
EVENTS_A_CHILD = 3 * EPISODES + 1
"""Reported, returned and linked for each episode; and the child's registration."""

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


async def make_world(postgres: Postgres, vaults: Vaults, children: int) -> World:
    """Children with two episodes each, all of which are linked to them."""
    async with (
        a_store(postgres, vaults, "missing") as missing,
        a_store(postgres, vaults, "intake") as links,
    ):
        waiting = iter(range(children))

        async def write() -> None:
            for number in waiting:
                await _child(missing, links, number)

        await asyncio.gather(*[write() for _ in range(WRITERS)])
        return World({"missing": await bodies_of(missing), "intake": await bodies_of(links)},
                     children)  # fmt: skip


async def _child(missing: Repository, links: Repository, number: int) -> None:
    reported, linked = records_of_a_child(number)
    for record in reported:
        await missing.save(record, context=context())
    await links.save(*linked, context=context("throughline"))


def records_of_a_child(number: int) -> tuple[list[Record], list[Record]]:
    """What missing and intake decide about one child: nothing of it is saved yet."""
    subject = Subject.register("person", now=times.now())
    reported: list[Record] = []
    linked: list[Record] = [subject]
    for again in range(EPISODES):
        began = BEGAN + timedelta(days=30 * again, seconds=number)
        thing = Thing.report(report(f"Child {number}", began=began))
        thing.come_back(began + timedelta(hours=5))
        reported.append(thing)
        data = intake.MentionLinked(
            about=(thing.child,),
            subject_id=subject.id,
            subject_kind="person",
            new_subject=again == 0,
            decided_by=intake.Decider(kind="rule", name="bench", version=1),
        )
        linked.append(Link.decide(thing.child, data, now=times.now()))
    return reported, linked


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
