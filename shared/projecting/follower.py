"""Other services' events turned into our commands: at least once, in order, with an own position.

What a handler does must be harmless when done again: its commands are refused as already done.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from hashlib import sha256
from typing import Any

import asyncpg

from shared import failpoints, tracing
from shared.contracts.refusals import Unavailable
from shared.eventstore.schema import apply_sql
from shared.projecting.facts import Event
from shared.projecting.opening import Opener
from shared.projecting.parking import Batches, PutAside, body_at, listed
from shared.projecting.projector import RETRY_SECONDS
from shared.vault.keys import DOWN

ATTEMPTS = 5
"""After so many failures an event is parked, so that the ones behind it are not held up."""

UNKNOWN = "UnknownType"

SCHEMA = """
CREATE TABLE public.follower (
    name text NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL,
    digest bytea NOT NULL,      -- SHA-256 of that event: by it the source's history is known again
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

    async def put_aside(self) -> list[PutAside]:
        """The events that wait for a person, the oldest first."""
        return listed(
            await self._pool.fetch(
                "SELECT source, position, reason, parked_at FROM public.follower_parked "
                "WHERE name = $1 AND source = $2 ORDER BY parked_at, position",
                self._name,
                self._source,
            )
        )

    async def replay(self, source: str, position: int) -> str | None:
        """Try again to deal with an event that was put aside; done, it is off the list.

        A process that dies in between leaves it on the list: what the handler did is harmless when
        done again.

        Returns:
            None, or why it could not be dealt with again.

        Raises:
            Unavailable: something does not answer.
        """
        try:
            body = await body_at(self._batches, source, position)
            events, parked = await self._opener.opened([(source, position, body)])
            if parked or events[0].data is None:
                return parked[0].reason if parked else UNKNOWN
            await self._handle(events[0])
        except (Unavailable, *DOWN):
            raise
        except Exception as reason:  # noqa: BLE001 (still parked, and why is told)
            return type(reason).__name__
        async with failpoints.step("replay"):
            await self._pool.execute(
                "DELETE FROM public.follower_parked "
                "WHERE name = $1 AND source = $2 AND position = $3",
                self._name,
                source,
                position,
            )
        return None

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            try:
                self.position, digest = await self._stored_position()
                async with aclosing(self._batches(self._source, self.position, digest)) as found:
                    async for messages in found:
                        await self._handle_batch(messages)
            except (Unavailable, *DOWN) as reason:
                self.waiting_for = type(reason).__name__
                await asyncio.sleep(RETRY_SECONDS[3])

    async def _stored_position(self) -> tuple[int, bytes | None]:
        found = await self._pool.fetchrow(
            "SELECT position, digest FROM public.follower WHERE name = $1 AND source = $2",
            self._name,
            self._source,
        )
        return (found[0], found[1]) if found else (0, None)

    async def _handle_batch(self, messages: list[tuple[int, bytes]]) -> None:
        events, parked = await self._opener.opened(
            [(self._source, position, body) for position, body in messages]
        )
        for item in parked:
            await self._park(item.position, item.reason)
        for event in events:
            if event.data is None:
                # Newer than this code: what it asks for is done when this code knows it.
                await self._park(event.position, UNKNOWN)
        await self.handle_all([event for event in events if event.data is not None])
        self.position = messages[-1][0]
        self.waiting_for = None
        async with failpoints.step("position"):
            await self._pool.execute(
                "INSERT INTO public.follower (name, source, position, digest) "
                "VALUES ($1, $2, $3, $4) ON CONFLICT (name, source) DO UPDATE "
                "SET position = excluded.position, digest = excluded.digest",
                self._name,
                self._source,
                self.position,
                sha256(messages[-1][1]).digest(),
            )

    async def handle_all(self, events: list[Event]) -> None:
        """Hand over the events of a batch; afterwards the position goes behind the last of them."""
        for event in events:
            await self.handle_one(event)

    async def handle_one(self, event: Event) -> None:
        """Hand over an event; put aside what fails again and again.

        Raises:
            Unavailable: something does not answer: nothing of its batch counts as handed over.
        """
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
