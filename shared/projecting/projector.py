"""The live driver: takes what is there, projects it in one transaction, and takes what is there.

Exactly once: the views, the archive and the positions change in one transaction, and every batch
must begin where the last one ended. The broker's own idea of what was delivered is never trusted.
One runner at a time: the position rows are locked, and a runner that finds them moved starts again
from where they are.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared import failpoints, tracing
from shared.contracts.refusals import Unavailable
from shared.projecting import archive
from shared.projecting.ahead import Ahead, Batch, Opened
from shared.projecting.catching_up import catch_up_by_pages, lock_progress, moved_to
from shared.projecting.facts import Event, Folds
from shared.projecting.opening import Opener, Parked
from shared.projecting.parking import Batches, PutAside, body_at, links_of_mentions, listed
from shared.projecting.tables import Tables
from shared.vault.keys import DOWN

LOCK = """
SELECT s.schema_name, a.source, a.position, v.position
FROM archive.progress a
JOIN archive.showing s ON s.projection = $1
LEFT JOIN {schema}.progress v USING (source)
ORDER BY a.source FOR UPDATE OF a FOR SHARE OF s
"""
"""Locks the positions, and reads what must be so under the lock. Whoever waited for it sees the
locked rows as they are then, and the views' positions as they were before: what does not fit any
more is refused, and what fits is right, for views are never ahead of the archive."""

RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


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
        self._schema = ""
        self._digests: dict[str, bytes] = {}
        self._moved = asyncio.Condition()
        self.whole = False
        """Whether the version being shown has had all of the archive since this process began."""

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

    async def put_aside(self) -> list[PutAside]:
        """The events that wait for a person, the oldest first."""
        return listed(
            await self._pool.fetch(
                "SELECT source, position, reason, parked_at FROM archive.parked "
                "ORDER BY parked_at, source, position"
            )
        )

    async def replay(self, source: str, position: int) -> str | None:
        """Try again to project an event that was put aside: archive and views, and off the list.

        Returns:
            None, or why it could not be projected again; then nothing has changed.

        Raises:
            Unavailable: something does not answer; nothing has changed.
        """
        try:
            body = await self._pool.fetchval(
                "SELECT body FROM archive.event WHERE source = $1 AND position = $2",
                source,
                position,
            ) or await body_at(self._batches, source, position)
            events, parked = await self._opener.opened([(source, position, body)])
            if parked:
                return parked[0].reason
            await self._commit_late(events[0])
        except (Unavailable, *DOWN):
            raise
        except Exception as reason:  # noqa: BLE001 (still parked, and why is told)
            return type(reason).__name__
        return None

    async def _commit_late(self, event: Event) -> None:
        async with (
            failpoints.step("replay"),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            await lock_progress(connection)
            schema = await archive.showing(connection, self._folds, lock="FOR SHARE")
            waited = await connection.fetchval(
                "DELETE FROM archive.parked WHERE source = $1 AND position = $2 RETURNING 1",
                event.store,
                event.position,
            )
            if waited is None or schema is None:
                return  # somebody else was first
            await archive.keep(connection, [event], [], {})
            links = await links_of_mentions(connection, self._folds, self._opener, event)
            await Tables(schema, self._folds).apply_late(connection, event, links)

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
        """Where to go on from, after the version being shown has caught up with the archive.

        After a restore that is everything: a page a transaction, so that whoever is killed goes on
        from there, and `positions` say how far it is.
        """
        async with self._pool.acquire() as connection:
            self._schema = await archive.ensure_showing(connection, self._folds)
            async for positions in catch_up_by_pages(connection, self._folds, self._opener):
                await self._have(positions)
            self._digests = await archive.digests(connection)
        self.whole = True
        return dict(self.state.positions)

    async def _have(self, positions: dict[str, int]) -> None:
        async with self._moved:
            self.state.positions = {s: positions[s] for s in self._folds.sources}
            self._moved.notify_all()

    async def _follow(self, start: dict[str, int]) -> None:
        async with Ahead(self._batches, self._opener, start, self._digests) as ahead:
            while True:
                await self._project_until_done(*await ahead.next())

    async def _project_until_done(self, batch: Batch, opened: Opened | None) -> None:
        attempt = 0
        while True:
            try:
                await self._project(batch, opened if attempt == 0 else None)
            except (Unavailable, *DOWN) as reason:
                # Nothing was decided about the batch: wait for what does not answer.
                self.state.waiting_for = type(reason).__name__
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
            else:
                self.state.waiting_for = None
                return

    async def _project(self, batch: Batch, opened: Opened | None) -> None:
        events, parked = opened or await self._opener.opened(batch)
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
            schema = await self._locked(connection, ranges)
            await archive.keep(connection, keep_only or events, parked, ranges)
            await Tables(schema, self._folds).apply(connection, events)
            async with failpoints.step("position"):
                await moved_to(
                    connection, schema, {name: last for name, (_, last) in ranges.items()}
                )
        _trace(events)
        async with self._moved:
            self.state.batches += 1
            self.state.events += len(batch)
            for source, (_, last) in ranges.items():
                self.state.positions[source] = last
            self._moved.notify_all()

    async def _locked(self, connection: Any, ranges: dict[str, list[int]]) -> str:
        """Let no other runner write, and make sure that each range begins where the last one ended.

        Returns:
            The schema being shown.

        Raises:
            Fenced: one does not.
        """
        for _ in range(2):
            schema = self._schema
            try:
                rows = await connection.fetch(LOCK.format(schema=schema), self._folds.name)
            except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
                raise Fenced from None  # others were shown since, and this one was dropped
            if not rows:
                raise Fenced
            self._schema = rows[0][0]
            if self._schema == schema:
                at = {row[1]: (row[2], row[3]) for row in rows}
                if any(at.get(s) != (first - 1, first - 1) for s, (first, _) in ranges.items()):
                    raise Fenced
                return schema
        raise Fenced


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
