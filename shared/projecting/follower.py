"""Other services' events turned into our commands: at least once, in order, with an own position.

What a handler does must be harmless when done again: its commands are refused as already done.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from shared import failpoints, tracing
from shared.contracts.refusals import Unavailable
from shared.eventstore.schema import apply_sql
from shared.projecting.facts import Event
from shared.projecting.opening import Opener
from shared.projecting.projector import RETRY_SECONDS, Batches
from shared.vault.keys import DOWN

ATTEMPTS = 5
"""After so many failures an event is parked, so that the ones behind it are not held up."""

SCHEMA = """
CREATE TABLE public.follower (
    name text NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (name, source)
);
CREATE TABLE public.follower_parked (
    name text NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, source, position)
);
GRANT SELECT, INSERT, UPDATE ON public.follower TO {role};
GRANT SELECT, INSERT, DELETE ON public.follower_parked TO {role};
"""


async def make_followers(connection: Any, role: str) -> None:
    """Make the tables of a service's positions in other services' events."""
    await apply_sql(connection, "follower-1", SCHEMA.replace("{role}", role))


class Follower:
    """Hands the events of one source to a handler, in order."""

    def __init__(
        self,
        name: str,
        source: str,
        pool: "asyncpg.Pool[Any]",
        opener: Opener,
        batches: Batches,
        handle: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._name = name
        self._source = source
        self._pool = pool
        self._opener = opener
        self._batches = batches
        self._handle = handle
        self.position = 0
        self.waiting_for: str | None = None

    @property
    def positions(self) -> dict[str, int]:
        """By source, up to which event everything is taken in."""
        return {self._source: self.position}

    async def parked(self) -> dict[str, int]:
        """By source, how many events were put aside."""
        found = await self._pool.fetchval(
            "SELECT count(*) FROM public.follower_parked WHERE name = $1 AND source = $2",
            self._name,
            self._source,
        )
        return {self._source: int(found)}

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            try:
                self.position = await self._stored_position()
                async for messages in self._batches(self._source, self.position):
                    await self._handle_batch(messages)
            except (Unavailable, *DOWN) as reason:
                self.waiting_for = type(reason).__name__
                await asyncio.sleep(RETRY_SECONDS[3])

    async def _stored_position(self) -> int:
        found = await self._pool.fetchval(
            "SELECT position FROM public.follower WHERE name = $1 AND source = $2",
            self._name,
            self._source,
        )
        return int(found or 0)

    async def _handle_batch(self, messages: list[tuple[int, bytes]]) -> None:
        events, parked = await self._opener.opened(
            [(self._source, position, body) for position, body in messages]
        )
        for item in parked:
            await self._park(item.position, item.reason)
        for event in events:
            await self._handle_one(event)
        self.position = messages[-1][0]
        self.waiting_for = None
        async with failpoints.step("position"):
            await self._pool.execute(
                "INSERT INTO public.follower (name, source, position) VALUES ($1, $2, $3) "
                "ON CONFLICT (name, source) DO UPDATE SET position = excluded.position",
                self._name,
                self._source,
                self.position,
            )

    async def _handle_one(self, event: Event) -> None:
        for attempt in range(ATTEMPTS):
            try:
                found = event.envelope
                with tracing.span(
                    f"handle {found.type}",
                    found.correlationid,
                    found.id,
                    source=self._source,
                    position=event.position,
                ):
                    async with failpoints.step("handle"):
                        await self._handle(event)
                return
            except (Unavailable, *DOWN):
                raise
            except Exception as reason:  # noqa: BLE001 (parked after a few tries)
                if attempt == ATTEMPTS - 1:
                    await self._park(event.position, type(reason).__name__)
                else:
                    await asyncio.sleep(RETRY_SECONDS[attempt])

    async def _park(self, position: int, reason: str) -> None:
        await self._pool.execute(
            "INSERT INTO public.follower_parked (name, source, position, reason) "
            "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            self._name,
            self._source,
            position,
            reason,
        )
