"""What intake does with what others stored: links by its register's rules, and referrals.

Its own handlers do it, under its own followers' names and positions, so that intake goes on from
there when it is started. Only that many events of a batch are handled at once: what depends on
another waits for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from examples.regional.bulk.services import Services
from examples.regional.bulk.taking import AT_ONCE
from shared.contracts import intelligence, missing, screening
from shared.contracts.registry import EventData
from shared.eventstore.store import EventStore
from shared.projecting.facts import Event
from shared.projecting.follower import Follower

BATCH = 2000
Order = Callable[[EventData], int]


class Reached(Exception):
    """A follower has dealt with all that it was to deal with."""


class ManyAtOnce(Follower):
    """A follower that handles the events of a batch at once, wave after wave.

    Attributes:
        order: the number of an event's wave: the waves of a batch are handled in their order, and
            those from `one_by_one` on one event after the other.
    """

    order: Order
    one_by_one: int

    async def handle_all(self, events: list[Event]) -> None:
        """See `Follower`."""
        waves: dict[int, list[Event]] = {}
        for event in events:
            if event.data is not None and (wave := self.order(event.data)) >= 0:
                waves.setdefault(wave, []).append(event)
        for number in sorted(waves):
            await self._wave(waves[number], 1 if number >= self.one_by_one else AT_ONCE)

    async def _wave(self, events: list[Event], at_once: int) -> None:
        waiting = iter(events)

        async def some() -> None:
            for event in waiting:
                await self.handle_one(event)

        await asyncio.gather(*[some() for _ in range(at_once)])


def _linking(data: EventData) -> int:
    """Those that restate mentions of an earlier event come after it, in their order."""
    restating = (
        missing.ReportRevised,
        screening.ScreeningAmended,
        intelligence.ReportSanitised,
    )
    continues = isinstance(data, screening.ScreeningCompleted) and data.about
    if not data.mentions:
        return -1
    return 1 if isinstance(data, restating) or continues else 0


_REFERRING: dict[type[EventData], int] = {
    screening.ObligationOpened: 0,
    missing.EpisodeReported: 0,
    missing.InterviewRequired: 1,
    missing.InterviewAllocated: 2,
    missing.InterviewConducted: 3,
    missing.ReportRevised: 4,
}
"""A referral is opened by a report and directed by what follows it."""

WORK = (
    ("link-mentions", "missing"),
    ("link-mentions", "screening"),
    ("link-mentions", "intelligence"),
    ("link-mentions", "intake"),
    ("open-referrals", "missing"),
    ("open-referrals", "screening"),
)
"""By the names and sources of intake's followers. Notices to other authorities are left to it."""


async def follow(
    name: str, source: str, head: int, services: Services, told: Callable[[int], Any]
) -> None:
    """Let intake deal with a source's events, up to a position.

    Args:
        told: how many more it has dealt with.

    Raises:
        Unavailable: a server does not answer; what was dealt with stays so.
    """
    store, intake = services.runtimes[source].stores[source], services.runtimes["intake"]
    handle: Callable[[Event], Awaitable[None]] = services.linker.handle
    if name == "open-referrals":
        handle = services.referrals.handle

    async def batches(
        source: str,  # noqa: ARG001 (as the bus has it)
        after: int,
        digest: bytes | None = None,  # noqa: ARG001 (the same)
    ) -> AsyncGenerator[list[tuple[int, bytes]], None]:
        told(after)  # done before
        async for batch in _pages(store, after, head):
            yield batch
            told(len(batch))
        raise Reached

    follower = ManyAtOnce(name, source, intake.pool, intake.opener, batches, handle)
    if name == "open-referrals":
        follower.order, follower.one_by_one = lambda data: _REFERRING.get(type(data), -1), 4
    else:
        follower.order, follower.one_by_one = _linking, 1
    try:
        await follower.run()
    except Reached:
        return


async def _pages(
    store: EventStore, after: int, head: int
) -> AsyncGenerator[list[tuple[int, bytes]], None]:
    while after < head:
        page = await store.after(after, min(BATCH, head - after))
        after = page[-1].position
        yield [(event.position, event.body) for event in page]
