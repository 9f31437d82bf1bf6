"""Carrying out the units of a rebuild: reading events, linking, folding subjects, indexing.

The same code whether this process does them one after the other or several share them out. Memory
is bounded by a page of events and the facts of one subject, whatever the size of the archive.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from shared.projecting import archive
from shared.projecting.archive import PAGE
from shared.projecting.building import Unit, claimed, mark_done
from shared.projecting.facts import Fact, Folds, rows_of
from shared.projecting.opening import Opener
from shared.projecting.tables import (
    FACT_COLUMNS,
    ROW_COLUMNS,
    TERM_COLUMNS,
    fact_row,
    index_statements,
    restricted,
)

FOLD_ROWS = 2000
"""Rows written in one transaction while folding."""

PREFETCH = 5000
"""Fact rows fetched at a time while folding."""

SLICES = 10
"""Into so many pieces a throttled rebuild divides what is otherwise done at once: it works some ten
milliseconds at a time."""

Told = Callable[[int], None]
"""How much more was done, for a progress bar."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of the time a rebuild works; it rests for the rest, so that readers are served.

    Attributes:
        share: above 0, at most 1.
    """

    share: float = 1.0

    def at_once(self, many: int) -> int:
        """How much to do between two rests, of what would be done at once without any.

        Whoever comes while it works waits a little for it: the less, the shorter it works.
        """
        return many if self.share >= 1 else max(1, many // SLICES)

    async def rest(self, worked: float) -> None:
        """Rest for as long as belongs to so many seconds of work."""
        if self.share < 1:
            await asyncio.sleep(worked * (1 / self.share - 1))


class Hands:
    """Does units of one rebuild on two connections of its own: one reads, the other writes."""

    def __init__(
        self, schema: str, folds: Folds, opener: Opener, reading: Any, writing: Any, pace: Pace
    ) -> None:
        self._schema = schema
        self._folds = folds
        self._opener = opener
        self._reading = reading
        self._writing = writing
        self._pace = pace

    async def carry_out(self, unit: Unit, told: Told) -> None:
        """Do a unit, unless somebody else did it meanwhile.

        Raises:
            Unavailable: the vault does not answer; the unit stays to be done.
        """
        match unit.stage:
            case "read":
                await self._read(unit, told)
            case "link":
                await self._link(unit, told)
            case "fold":
                await self._fold(unit, told)
            case "index":
                await self._index(unit, told)

    async def _read(self, unit: Unit, told: Told) -> None:
        """The facts, terms and changes of membership of a range of events."""
        assert unit.source and unit.first and unit.last  # noqa: S101, PT018 (a unit of reading)
        made = 0
        async with self._writing.transaction():
            if not await claimed(self._writing, self._schema, unit):
                return
            began = time.perf_counter()
            async for page in archive.pages(
                self._reading, unit.source, unit.first - 1, unit.last, self._pace.at_once(PAGE)
            ):
                made += await self._copy_page(page)
                told(len(page))
                await self._pace.rest(time.perf_counter() - began)
                began = time.perf_counter()
            await mark_done(self._writing, self._schema, unit, made)

    async def _copy_page(self, page: list[tuple[str, int, bytes]]) -> int:
        events, _ = await self._opener.opened(page)
        facts = [fact for event in events for fact in self._folds.facts_of(event)]
        links = [
            (link.mention_id, link.subject_id, link.position, ordinal)
            for event in events
            for ordinal, link in enumerate(self._folds.links_of(event))
        ]
        terms = [(t.mention_id, t.kind, t.value) for f in facts for t in self._folds.terms_of(f)]
        await self._copy("fact", FACT_COLUMNS, [fact_row(fact) for fact in facts])
        await self._copy("term", TERM_COLUMNS, terms)
        await self._copy("link", ("mention_id", "subject_id", "position", "ordinal"), links)
        return len(facts)

    async def _link(self, unit: Unit, told: Told) -> None:
        """Membership as the live driver would have left it: rows opened and closed by position."""
        async with self._writing.transaction():
            if not await claimed(self._writing, self._schema, unit):
                return
            await self._writing.execute(
                f"INSERT INTO {self._schema}.membership "
                "(mention_id, subject_id, from_position, to_position) "
                "SELECT mention_id, subject_id, position, ended FROM ("
                "SELECT mention_id, subject_id, position, lead(position) OVER "
                "(PARTITION BY mention_id ORDER BY position, ordinal) AS ended "
                f"FROM {self._schema}.link) AS l WHERE subject_id IS NOT NULL"
            )
            await mark_done(self._writing, self._schema, unit)
        # So that joining them is planned for as many as there are.
        await self._writing.execute(f"ANALYZE {self._schema}.membership, {self._schema}.fact")
        told(1)

    async def _fold(self, unit: Unit, told: Told) -> None:
        """The rows of every subject of a part, in the order of their ids."""
        after, made = unit.after, 0
        rows: list[tuple[Any, ...]] = []
        began = time.perf_counter()
        # Closed here, whatever happens: it holds a transaction on a connection that goes back.
        async with aclosing(self._subjects(unit)) as subjects:
            async for subject, facts in subjects:
                rows.extend(
                    (view, subject, body, sha256(body).digest(), restricted(facts))
                    for view, body in rows_of(self._folds, subject, facts).items()
                )
                made += len(facts)
                if len(rows) >= self._pace.at_once(FOLD_ROWS):
                    if not await self._write_rows(unit, rows, after, subject, made):
                        return
                    told(made)
                    rows, after, made = [], subject, 0
                    await self._pace.rest(time.perf_counter() - began)
                    began = time.perf_counter()
        await self._write_rows(unit, rows, after, None, made)
        told(made)

    async def _subjects(self, unit: Unit) -> AsyncGenerator[tuple[UUID, list[Fact]], None]:
        columns = ", ".join(f"f.{name}" for name in FACT_COLUMNS)
        subject = "coalesce(m.subject_id, f.mention_id)"
        query = (
            f"SELECT {subject}, {columns} FROM {self._schema}.fact f "
            f"LEFT JOIN {self._schema}.membership m "
            "ON m.mention_id = f.mention_id AND m.to_position IS NULL "
            f"WHERE (uuid_hash({subject}) & 65535) % $1 = $2 "
            f"AND ($3::uuid IS NULL OR {subject} > $3) ORDER BY 1"
        )
        current: UUID | None = None
        facts: list[Fact] = []
        async with self._reading.transaction():
            await self._reading.execute("SET LOCAL work_mem = '64MB'")
            async for row in self._reading.cursor(
                query, unit.parts, unit.number, unit.after, prefetch=self._pace.at_once(PREFETCH)
            ):
                if row[0] != current:
                    if current is not None:
                        yield current, facts
                    current, facts = row[0], []
                facts.append(Fact(*row[1:]))
            if current is not None:
                yield current, facts

    async def _write_rows(
        self, unit: Unit, rows: list[Any], after: UUID | None, up_to: UUID | None, made: int
    ) -> bool:
        """Write rows and how far the part has come; False where somebody else is ahead of us."""
        async with self._writing.transaction():
            if not await claimed(self._writing, self._schema, unit):
                return False
            query = f"UPDATE {self._schema}.unit SET made = made + $3, after = coalesce($4, after),"
            moved = await self._writing.execute(
                f"{query} done = $4::uuid IS NULL WHERE stage = 'fold' AND number = $1 "
                "AND after IS NOT DISTINCT FROM $2",
                unit.number,
                after,
                made,
                up_to,
            )
            if moved != "UPDATE 1":
                return False
            await self._copy("row", ROW_COLUMNS, rows)
        return True

    async def _index(self, unit: Unit, told: Told) -> None:
        async with self._writing.transaction():
            if not await claimed(self._writing, self._schema, unit):
                return
            await self._writing.execute("SET LOCAL maintenance_work_mem = '256MB'")
            if self._pace.share < 1:
                await self._writing.execute("SET LOCAL max_parallel_maintenance_workers = 0")
            began = time.perf_counter()
            await self._writing.execute(index_statements(self._schema)[unit.number])
            await mark_done(self._writing, self._schema, unit)
        told(1)
        await self._pace.rest(time.perf_counter() - began)

    async def _copy(self, table: str, columns: tuple[str, ...], rows: list[Any]) -> None:
        if rows:
            await self._writing.copy_records_to_table(
                table, schema_name=self._schema, columns=columns, records=rows
            )
