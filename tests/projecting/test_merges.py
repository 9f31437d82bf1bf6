"""Merging and taking it back, in the views: every row is exactly what it was before."""

from collections import defaultdict
from itertools import pairwise
from uuid import UUID

import pytest
import pytest_asyncio

from services.intake.application import RegroupingApplication
from services.intake.store import MemberList
from services.mash.views import FOLDS
from shared.contracts import EVENTS, intake
from shared.eventstore.store import EventStore
from shared.projecting.rebuild import rebuild
from tests.conftest import Database, Stores
from tests.projecting.worlds import (
    Bodies,
    Views,
    intake_repository,
    make_views,
    make_world,
    project,
)
from tests.support.histories import context

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest_asyncio.fixture
async def views(database: Database, stores: Stores) -> Views:
    return await make_views(database, stores)


async def _subjects(store: EventStore) -> list[tuple[UUID, str]]:
    """The subjects to which something is linked, with their kinds."""
    found: dict[UUID, str] = {}
    for event in await store.after(0):
        data = EVENTS.decode(event.type, event.envelope.data)
        if isinstance(data, intake.MentionLinked):
            found[data.subject_id] = data.subject_kind
    return list(found.items())


async def _bodies(store: EventStore, before: Bodies) -> Bodies:
    """What was published, with what intake has decided since."""
    decided = [(event.position, event.body) for event in await store.after(0)]
    return before | {"intake": decided}


async def test_unmerging_what_was_merged_gives_every_row_of_every_view_from_before(
    stores: Stores, views: Views
) -> None:
    world = await make_world(stores, children=5, seed=3)
    links = await intake_repository(stores)
    use = RegroupingApplication(
        links, MemberList(await stores.database.pool("intake"), links.store)
    )
    await project(views, world.bodies, ("missing", "intake"))
    before = await views.digest()

    # Every subject into the next one of its kind: chains, and several acts undone out of order.
    acts: list[UUID] = []
    of_kind: dict[str, list[UUID]] = defaultdict(list)
    for subject, kind in await _subjects(links.store):
        of_kind[kind].append(subject)
    for subjects in of_kind.values():
        for one, other in pairwise(subjects):
            receipt = await use.merge(
                subject_id=one, into=other, reason="same-person", confidence=None, basis=(),
                note=None, context=context(),
            )  # fmt: skip
            acts.append(receipt.record_ids[0])
    merged = await _bodies(links.store, world.bodies)
    await project(views, merged, ("missing", "intake"))
    assert await views.digest() != before

    for act in reversed(acts):
        await use.undo(act_id=act, reason="wrong-person", note=None, context=context())
    back = await _bodies(links.store, world.bodies)
    await project(views, back, ("missing", "intake"))
    assert await views.digest() == before

    found = await rebuild(views.pool, FOLDS, views.opener)
    assert found.digest == found.live_digest == before
    await links.store.close()
