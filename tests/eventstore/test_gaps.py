"""Whoever reads a store's tail while many write misses nothing and sees nothing twice.

Stores that number events outside of commit order lose events here: a reader passes position 8
while 7 is still being committed, and never looks back.
"""

import asyncio

import pytest

from shared.eventstore.repository import Repository
from shared.eventstore.store import EventStore
from tests.conftest import Stores
from tests.support.histories import Thing, context

pytestmark = pytest.mark.integration

WRITERS = 16
EACH = 25


@pytest.mark.asyncio
async def test_a_tailing_reader_misses_nothing_while_many_processes_write(stores: Stores) -> None:
    # A store of its own for each pair of writers: committers that know nothing of one another, as
    # in several processes of one service.
    others = [EventStore("missing", await stores.database.pool("missing")) for _ in range(3)]
    repositories = [
        stores.repository,
        *(Repository(store, stores.repository.mapper._vault) for store in others),
    ]

    async def write(number: int) -> list[int]:
        repository = repositories[number % len(repositories)]
        positions = []
        for _ in range(EACH):
            receipt = await repository.save(Thing.report(), context=context())
            positions.append(receipt.first_position)
        return positions

    async def tail() -> list[int]:
        seen: list[int] = []
        while len(seen) < WRITERS * EACH:
            page = await stores.store.after(seen[-1] if seen else 0, limit=7)
            seen.extend(event.position for event in page)
            await asyncio.sleep(0)
        return seen

    seen, *written = await asyncio.gather(tail(), *(write(number) for number in range(WRITERS)))
    for store in others:
        await store.close()

    assert seen == list(range(1, WRITERS * EACH + 1))
    assert sorted(position for each in written for position in each) == seen
