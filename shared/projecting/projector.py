"""The live driver: takes what is there, projects it in one transaction, and takes what is there.

Exactly once: the views, the archive and the positions change in one transaction, and every batch
must begin where the last one ended. The broker's own idea of what was delivered is never trusted.
One runner at a time: the position rows are locked, and a runner that finds them moved starts again
from where they are.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared import failpoints, tracing
from shared.contracts.refusals import Unavailable
from shared.projecting import archive
from shared.projecting.facts import Event, Folds
from shared.projecting.opening import Opener, Parked
from shared.projecting.tables import Tables
from shared.vault.keys import DOWN

MAX_BATCH = 2000
RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

Batch = list[tuple[str, int, bytes]]
"""(source, position, body), in order within each source."""

Batches = Callable[[str, int], AsyncIterator[list[tuple[int, bytes]]]]
"""(source, after) -> batches of (position, body), contiguous, for ever."""


class Fenced(Exception):
    """Somebody else moved the positions: another runner, or a restored database."""


@dataclass
class ProjectorState:
    """What the projector is doing, for health pages and metrics; no data in it."""

    positions: dict[str, int] = field(default_factory=dict)
    batches: int = 0
    events: int = 0
    waiting_for: str | None = None


class Projector:
    """Keeps the version being shown up to date, and the archive with it."""

    def __init__(
        self, pool: "asyncpg.Pool[Any]", folds: Folds, opener: Opener, batches: Batches
    ) -> None:
        self._pool = pool
        self._folds = folds
        self._opener = opener
        self._batches = batches
        self.state = ProjectorState()
        self._moved = asyncio.Condition()

    @property
    def positions(self) -> dict[str, int]:
        """By source, up to which event everything is in the views."""
        return dict(self.state.positions)

    @property
    def waiting_for(self) -> str | None:
        """What it waits for, if it waits."""
        return self.state.waiting_for

    async def parked(self) -> dict[str, int]:
        """By source, how many events were put aside."""
        rows = await self._pool.fetch("SELECT source, count(*) FROM archive.parked GROUP BY source")
        return {row[0]: row[1] for row in rows}

    async def run(self) -> None:
        """Project for ever; ends only by cancellation or a fault in our own code."""
        while True:
            try:
                start = await self._begin()
                await self._follow(start)
            except (Fenced, Unavailable, *DOWN) as reason:
                self.state.waiting_for = type(reason).__name__
                await asyncio.sleep(RETRY_SECONDS[3])

    async def reached(self, source: str, position: int) -> None:
        """Wait until everything of a source up to a position is in the views."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.state.positions.get(source, 0) >= position)

    async def _begin(self) -> dict[str, int]:
        """Where to go on from, after the version being shown has caught up with the archive."""
        async with self._pool.acquire() as connection:
            await archive.ensure_showing(connection, self._folds)
            await catch_up(connection, self._folds, self._opener)
            positions = await archive.archived_up_to(connection)
        async with self._moved:
            self.state.positions = {s: positions[s] for s in self._folds.sources}
            self._moved.notify_all()
        return dict(self.state.positions)

    async def _follow(self, start: dict[str, int]) -> None:
        queue: asyncio.Queue[Batch | Exception] = asyncio.Queue(maxsize=4)

        async def pump(source: str, after: int) -> None:
            try:
                async for messages in self._batches(source, after):
                    await queue.put([(source, position, body) for position, body in messages])
            except Exception as reason:  # noqa: BLE001 (raised by the loop below)
                await queue.put(reason)

        pumps = [asyncio.create_task(pump(s, start[s])) for s in self._folds.sources]
        try:
            while True:
                batch = _batch(await queue.get())
                while len(batch) < MAX_BATCH and not queue.empty():
                    batch = batch + _batch(queue.get_nowait())
                await self._project_until_done(batch)
        finally:
            for task in pumps:
                task.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _project_until_done(self, batch: Batch) -> None:
        attempt = 0
        while True:
            try:
                await self._project(batch)
            except (Unavailable, *DOWN) as reason:
                # Nothing was decided about the batch: wait for what does not answer.
                self.state.waiting_for = type(reason).__name__
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
            else:
                self.state.waiting_for = None
                return

    async def _project(self, batch: Batch) -> None:
        events, parked = await self._opener.opened(batch)
        try:
            await self._commit(batch, events, parked)
        except (Fenced, Unavailable, *DOWN):
            raise
        except Exception:  # noqa: BLE001 (a fold or a row failed: find which event it was)
            for source, position, body in batch:
                await self._project_one((source, position, body))

    async def _project_one(self, message: tuple[str, int, bytes]) -> None:
        events, parked = await self._opener.opened([message])
        try:
            await self._commit([message], events, parked)
        except (Fenced, Unavailable, *DOWN):
            raise
        except Exception as reason:  # noqa: BLE001 (parked, so that others go on)
            name = type(reason).__name__
            await self._commit(
                [message], [], [Parked(message[0], message[1], name)], keep_only=events
            )

    async def _commit(
        self,
        batch: Batch,
        events: list[Event],
        parked: list[Parked],
        keep_only: list[Event] | None = None,
    ) -> None:
        """One transaction: archive, views, positions."""
        ranges: dict[str, list[int]] = {}
        for source, position, _ in batch:
            ranges.setdefault(source, [position, position])[1] = position
        async with (
            failpoints.step("project"),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            await lock_progress(connection)
            schema = await archive.showing(connection, self._folds, lock="FOR SHARE")
            if schema is None:
                raise Fenced
            await self._check(connection, schema, ranges)
            await archive.keep(connection, keep_only or events, parked, ranges)
            await Tables(schema, self._folds).apply(connection, events)
            async with failpoints.step("position"):
                for source, (_, last) in ranges.items():
                    await connection.execute(
                        f"UPDATE {schema}.progress SET position = $2 WHERE source = $1",
                        source,
                        last,
                    )
        _trace(events)
        async with self._moved:
            self.state.batches += 1
            self.state.events += len(batch)
            for source, (_, last) in ranges.items():
                self.state.positions[source] = last
            self._moved.notify_all()

    async def _check(self, connection: Any, schema: str, ranges: dict[str, list[int]]) -> None:
        rows = await connection.fetch(
            "SELECT a.source, a.position, v.position FROM archive.progress a "
            f"JOIN {schema}.progress v USING (source) WHERE a.source = ANY($1)",
            list(ranges),
        )
        at = {row[0]: (row[1], row[2]) for row in rows}
        for source, (first, _) in ranges.items():
            if at.get(source) != (first - 1, first - 1):
                raise Fenced


def _batch(item: Batch | Exception) -> Batch:
    if isinstance(item, Exception):
        raise item
    return item


def _trace(events: list[Event]) -> None:
    """Say in each event's trace that it is in the views."""
    if tracing.enabled():
        for event in events:
            found = event.envelope
            with tracing.span(
                f"project {found.type}",
                found.correlationid,
                found.id,
                source=event.store,
                position=event.position,
            ):
                pass


async def lock_progress(connection: Any) -> None:
    """Let no other runner write meanwhile: recomputed rows must see everything before them."""
    await connection.execute("SELECT FROM archive.progress ORDER BY source FOR UPDATE")


async def catch_up(connection: Any, folds: Folds, opener: Opener, schema: str = "") -> None:
    """Bring a version of the views (else the one shown) up to the archive, from the archive.

    Raises:
        Unavailable: the vault does not answer.
    """
    async with connection.transaction():
        await lock_progress(connection)
        schema = schema or await archive.showing(connection, folds, lock="FOR SHARE") or ""
        targets = await archive.archived_up_to(connection)
        rows = await connection.fetch(f"SELECT source, position FROM {schema}.progress")
        tables = Tables(schema, folds)
        for source, position in rows:
            async for page in archive.pages(connection, source, position, targets[source]):
                events, _ = await opener.opened(page)
                await tables.apply(connection, events)
            await connection.execute(
                f"UPDATE {schema}.progress SET position = $2 WHERE source = $1",
                source,
                targets[source],
            )
