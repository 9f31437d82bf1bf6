"""A version being built: its units of work, each done in one transaction with its mark.

A unit is done or not begun, whenever anybody is killed: so a rebuild that was interrupted goes on
with the units that are left. Two workers on one unit wait for one another, and the second finds it
done.
"""

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal
from uuid import UUID

from shared.projecting import archive
from shared.projecting.facts import Folds
from shared.projecting.tables import index_statements, make_tables

Stage = Literal["read", "link", "fold", "index"]
STAGES: tuple[Stage, ...] = ("read", "link", "fold", "index")

UNIT_EVENTS = 20_000
"""Events in one unit of reading: a second of work, and what is lost when it is interrupted."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a rebuild that one worker carries out.

    Attributes:
        number: within its stage.
        source, first, last: which events to read.
        after: up to which subject a part was folded before.
        parts: into how many parts the subjects are divided.
        made: how many facts its events made, or were folded.
    """

    stage: Stage
    number: int
    source: str | None
    first: int | None
    last: int | None
    after: UUID | None
    parts: int
    made: int


@dataclass(frozen=True, slots=True)
class Building:
    """A version being built.

    Attributes:
        live: the version shown meanwhile.
        resumed: it was begun before, by a rebuild that did not end.
        targets: up to which position of each source it is read in bulk; the rest is caught up.
    """

    schema: str
    live: str
    resumed: bool
    targets: dict[str, int]


async def begin(connection: Any, folds: Folds, *, parts: int, anew: bool) -> Building:
    """The version to build: one that was left unfinished, or an empty new one.

    Versions that are neither shown, nor were shown before, nor can be gone on with are dropped.
    """
    live = await archive.ensure_showing(connection, folds)
    versions = await versions_of(connection, folds)
    reached = await archive.archived_up_to(connection)
    resumed: Building | None = None
    for number, name in sorted(versions.items()):
        if name == live:
            continue
        unfinished = await is_unfinished(connection, name)
        if unfinished and not anew and name.startswith(f"{folds.name}_v{folds.version}_"):
            targets = await _targets(connection, name, folds)
            if all(position <= reached[source] for source, position in targets.items()):
                resumed = Building(name, live, True, targets)
                continue
        if unfinished or number != number_before(versions, live):
            await connection.execute(f"DROP SCHEMA {name} CASCADE")
    if resumed is not None:
        return resumed
    schema = f"{folds.name}_v{folds.version}_{max(versions) + 1}"
    targets = {source: reached[source] for source in folds.sources}
    async with connection.transaction():
        await make_tables(connection, schema, folds.sources)
        sql = (files("shared.projecting") / "building.sql").read_text()
        await connection.execute(sql.replace("{schema}", schema))
        await connection.executemany(
            f"INSERT INTO {schema}.unit (stage, number, source, first, last) "
            "VALUES ($1, $2, $3, $4, $5)",
            [
                *_ranges(targets),
                ("link", 0, None, None, None),
                *(("fold", number, None, None, None) for number in range(parts)),
                *(("index", n, None, None, None) for n in range(len(index_statements(schema)))),
            ],
        )
    return Building(schema, live, False, targets)


async def units_of(connection: Any, schema: str, stage: Stage) -> list[Unit]:
    """The units of a stage that are not done."""
    parts = await connection.fetchval(f"SELECT count(*) FROM {schema}.unit WHERE stage = 'fold'")
    rows = await connection.fetch(
        f"SELECT number, source, first, last, after, made FROM {schema}.unit "
        "WHERE stage = $1 AND NOT done ORDER BY number",
        stage,
    )
    return [
        Unit(stage, row[0], row[1], row[2], row[3], row[4], parts, row[5])
        for row in rows
    ]  # fmt: skip


async def amount(connection: Any, schema: str, stage: Stage) -> tuple[int, int]:
    """How much of a stage is done, of how much: events, facts or indexes."""
    unit = f"{schema}.unit"
    match stage:
        case "read":
            return tuple(await connection.fetchrow(
                "SELECT coalesce(sum(last - first + 1) FILTER (WHERE done), 0)::bigint, "
                f"coalesce(sum(last - first + 1), 0)::bigint FROM {unit} WHERE stage = 'read'"
            ))  # fmt: skip
        case "fold":
            return tuple(await connection.fetchrow(
                "SELECT coalesce(sum(made) FILTER (WHERE stage = 'fold'), 0)::bigint, "
                f"coalesce(sum(made) FILTER (WHERE stage = 'read'), 0)::bigint FROM {unit}"
            ))  # fmt: skip
    return tuple(await connection.fetchrow(
        f"SELECT count(*) FILTER (WHERE done), count(*) FROM {unit} WHERE stage = $1", stage
    ))  # fmt: skip


async def claimed(connection: Any, schema: str, unit: Unit) -> bool:
    """Lock a unit for this transaction; False where somebody else has done it meanwhile."""
    found = await connection.fetchval(
        f"SELECT done FROM {schema}.unit WHERE stage = $1 AND number = $2 FOR UPDATE",
        unit.stage,
        unit.number,
    )
    return found is False


async def mark_done(connection: Any, schema: str, unit: Unit, made: int = 0) -> None:
    """Say, in the transaction that did it, that a unit is done."""
    await connection.execute(
        f"UPDATE {schema}.unit SET done = true, made = made + $3 WHERE stage = $1 AND number = $2",
        unit.stage,
        unit.number,
        made,
    )


async def finish(connection: Any, building: Building) -> None:
    """All units are done: from here on the version is a whole one that waits to be compared."""
    async with connection.transaction():
        for source, position in building.targets.items():
            await connection.execute(
                f"UPDATE {building.schema}.progress SET position = greatest(position, $2) "
                "WHERE source = $1",
                source,
                position,
            )


async def forget_units(connection: Any, schema: str) -> None:
    """The version is not being built any more."""
    await connection.execute(f"DROP TABLE IF EXISTS {schema}.unit, {schema}.link")


async def versions_of(connection: Any, folds: Folds) -> dict[int, str]:
    """Every version of a projection that there is, by its number."""
    pattern = re.compile(rf"^{folds.name}_v\d+_(\d+)$")
    rows = await connection.fetch(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE $1", f"{folds.name}\\_v%"
    )
    return {int(m[1]): row[0] for row in rows if (m := pattern.match(row[0]))}


def number_before(versions: dict[int, str], live: str) -> int | None:
    """The number of the version shown before the live one; None where it was dropped."""
    number = next(number for number, name in versions.items() if name == live)
    return max((other for other in versions if other < number), default=None)


async def is_unfinished(connection: Any, schema: str) -> bool:
    """Whether a version is still being built, or its builder was killed."""
    found = await connection.fetchval("SELECT to_regclass($1)", f"{schema}.unit")
    return found is not None


async def _targets(connection: Any, schema: str, folds: Folds) -> dict[str, int]:
    rows = await connection.fetch(
        f"SELECT source, max(last) FROM {schema}.unit WHERE stage = 'read' GROUP BY source"
    )
    return dict.fromkeys(folds.sources, 0) | {row[0]: row[1] for row in rows}


def _ranges(targets: dict[str, int]) -> list[tuple[str, int, str, int, int]]:
    ranges = [
        (source, first, min(first + UNIT_EVENTS - 1, last))
        for source, last in targets.items()
        for first in range(1, last + 1, UNIT_EVENTS)
    ]
    return [("read", number, *found) for number, found in enumerate(ranges)]
