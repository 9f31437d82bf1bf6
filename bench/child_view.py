"""A child's view read as a user meets it, among few children and among many.

Two installations, each with its own servers and mash, are asked in turn in one run.
"""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.client import Line, Request, lines, percentile
from bench.harness import Result, bare, compared, pool_at
from services.cli.installation import Installation
from services.cli.people import PERSONAS
from shared.access.tokens import Issuer
from shared.web.settings import read_settings

READS, TURNS = 1000, 5
CHILDREN = 2000
"""Of whom some are asked for, at random."""


@dataclass
class _Asked:
    """A size of region, its mash, and what was measured of it, turn by turn, in milliseconds."""

    address: str
    pool: "asyncpg.Pool[Any]"
    query: str
    children: list[UUID]
    headers: dict[str, str]
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    row_p50: list[float] = field(default_factory=list)
    row_p99: list[float] = field(default_factory=list)

    async def turn(self, reads: int, *, counts: bool) -> None:
        """So many views and so many rows, one after the other, of children at random."""
        views, rows = [], []
        async with lines(self.address, 1) as (line,):
            for _ in range(reads):
                child = random.choice(self.children)
                request = Request.of("GET", f"/children/{child}", self.headers)
                started = time.perf_counter()
                await line.ask(request)
                views.append((time.perf_counter() - started) * 1000)
                started = time.perf_counter()
                await self.pool.fetchrow(self.query, child)
                rows.append((time.perf_counter() - started) * 1000)
        if counts:
            self.p50.append(percentile(views, 0.5))
            self.p99.append(percentile(views, 0.99))
            self.row_p50.append(percentile(rows, 0.5))
            self.row_p99.append(percentile(rows, 0.99))


async def _may_see(line: Line, child: UUID, headers: dict[str, str]) -> bool:
    try:
        await line.ask(Request.of("GET", f"/children/{child}", headers))
    except RuntimeError:
        return False
    return True


async def views_read(
    few: tuple[Path, int], many: tuple[Path, int], *, reads: int = READS, turns: int = TURNS
) -> list[Result]:
    """The figures of two folders whose views are made, each with how many children it knows."""
    async with _asked(few[0]) as small, _asked(many[0]) as large:
        for turn in range(turns + 1):
            for asked in (small, large):
                await asked.turn(reads, counts=turn > 0)
    results = [
        compared(
            f"child_view_{name}_ms",
            f"a child's view read through HTTP among {many[1]:,} children, {reads:,} a turn",
            "ms", "ms, the child's row by asyncpg", measured, less_is_better=True,
        )
        for name, measured in (
            ("p50", (large.p50, large.row_p50)), ("p99", (large.p99, large.row_p99)),
        )
    ]  # fmt: skip
    for name, ours, theirs, row, rows in (
        ("p50", large.p50, small.p50, large.row_p50, small.row_p50),
        ("p99", large.p99, small.p99, large.row_p99, small.row_p99),
    ):
        middle = [statistics.median(values) for values in (ours, theirs, row, rows)]
        results.append(
            bare(
                f"child_view_scale_{name}",
                f"among {many[1]:,} children ({middle[0]:.2f} ms) over among {few[1]:,} "
                f"({middle[1]:.2f} ms), turn by turn; one row by asyncpg {middle[2]:.2f} and "
                f"{middle[3]:.2f} ms",
                "x",
                [a / b for a, b in zip(ours, theirs, strict=True)],
            )
        )
    return results


@asynccontextmanager
async def _asked(data: Path) -> AsyncIterator[_Asked]:
    """A folder's mash, running, and children that it knows."""
    installation = await asyncio.to_thread(Installation, data, names=("mash",))
    await asyncio.to_thread(installation.start)
    try:
        settings = read_settings(data / "settings" / "mash.json")
        token = Issuer(installation.keys.demo).issue(
            PERSONAS["mash-worker"].actor, lifetime_seconds=7200
        )
        address = installation.addresses["mash"]
        async with pool_at(settings.database_url) as pool:
            schema = await pool.fetchval("SELECT schema_name FROM archive.showing")
            rows = await pool.fetch(
                f"SELECT subject_id FROM {schema}.row WHERE view = 'child' "
                "ORDER BY sha256(subject_id::text::bytea) LIMIT $1",
                CHILDREN,
            )
            query = f"SELECT body FROM {schema}.row WHERE view = 'child' AND subject_id = $1"
            headers = {"Authorization": f"Bearer {token}"}
            async with lines(address, 1) as (line,):
                # Of some, what is known is not for this worker.
                seen = [row[0] for row in rows if await _may_see(line, row[0], headers)]
            yield _Asked(address, pool, query, seen, headers)
    finally:
        await asyncio.to_thread(installation.stop)
