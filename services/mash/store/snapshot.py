"""One moment of the views: several questions answered as of the same positions, now or then."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from services.mash.views import FOLDS
from services.mash.views.facts import AgencyFact
from shared.contracts import EVENTS, envelope, intake
from shared.contracts.refusals import Unavailable
from shared.projecting import archive
from shared.projecting.facts import Fact
from shared.projecting.tables import FACT_COLUMNS
from shared.vault.keys import DOWN

WENT_TO = """
SELECT was.mention_id, now.subject_id
FROM {schema}.membership was
JOIN {schema}.membership now ON now.mention_id = was.mention_id AND now.to_position IS NULL
WHERE was.subject_id = $1 AND was.to_position IS NOT NULL AND now.subject_id <> $1
LIMIT 1000
"""

LINKING = "intake"
"""The store whose events say which mentions make up a subject."""


@dataclass(frozen=True, slots=True)
class Linking:
    """The decision by which a mention is where it is.

    Attributes:
        decided_at: when it was recorded.
        agency: whose people decided, or `throughline` for a rule.
    """

    mention_id: UUID
    subject_id: UUID
    decided_at: str
    agency: str
    event_id: UUID
    decision: intake.MentionLinked | intake.MentionMoved


class Snapshot:
    """The views at one vector of positions. Made by `snapshot`."""

    def __init__(self, connection: Any, schema: str, vector: dict[str, int], *, then: bool) -> None:
        self._connection = connection
        self.schema = schema
        self.vector = vector
        self.then = then
        """It is of an earlier moment: rows, which are of now, do not serve."""

    async def row(self, view: str, subject_id: UUID) -> tuple[bytes, bool] | None:
        """A subject's row as it is now, and whether not everybody may see all that is in it."""
        found = await self._connection.fetchrow(
            f"SELECT body, restricted FROM {self.schema}.row WHERE view = $1 AND subject_id = $2",
            view,
            subject_id,
        )
        return None if found is None else (found[0], found[1])

    async def subject_of(self, asked_for: UUID) -> UUID:
        """The subject that a mention was linked to, or what was asked for itself."""
        return (await self.subjects_of([asked_for]))[asked_for]

    async def subjects_of(self, mentions: Collection[UUID]) -> dict[UUID, UUID]:
        """For each mention its subject, or itself where it was linked to none."""
        rows = await self._connection.fetch(
            f"SELECT m.mention_id, m.subject_id FROM {self.schema}.membership m "
            f"WHERE m.mention_id = ANY($1) AND {self._linked}",
            list(mentions),
        )
        return {mention: mention for mention in mentions} | {row[0]: row[1] for row in rows}

    async def went_to(self, subject_id: UUID) -> dict[UUID, UUID]:
        """The mentions that were a subject's and are another's now, each with that one."""
        rows = await self._connection.fetch(WENT_TO.format(schema=self.schema), subject_id)
        return {row[0]: row[1] for row in rows}

    async def members_of(self, subjects: Collection[UUID]) -> dict[UUID, UUID]:
        """The mentions that make up these subjects, each with its subject.

        A subject that no mention is linked to is taken for a mention that stands for itself.
        """
        rows = await self._connection.fetch(
            f"SELECT m.mention_id, m.subject_id FROM {self.schema}.membership m "
            f"WHERE m.subject_id = ANY($1) AND {self._linked}",
            list(subjects),
        )
        found = {row[0]: row[1] for row in rows}
        alone = set(subjects) - set(found.values())
        elsewhere = await self.subjects_of(alone) if alone else {}
        return found | {mention: mention for mention, to in elsewhere.items() if to == mention}

    async def facts_of(self, subject_id: UUID) -> list[Fact]:
        """All facts of a subject, in their order."""
        return await self.facts_on(await self.members_of([subject_id]))

    async def facts_on(
        self, mentions: Iterable[UUID], kinds: Sequence[str] | None = None
    ) -> list[Fact]:
        """The facts of these mentions, of these kinds, in their order."""
        columns = ", ".join(f"f.{name}" for name in FACT_COLUMNS)
        told = (
            "JOIN unnest($3::text[], $4::bigint[]) AS v (source, position) "
            "ON f.source = v.source AND f.position <= v.position "
            if self.then
            else ""
        )
        rows = await self._connection.fetch(
            f"SELECT {columns} FROM {self.schema}.fact f {told}"
            "WHERE f.mention_id = ANY($1) AND ($2::text[] IS NULL OR f.kind = ANY($2))",
            list(mentions),
            list(kinds) if kinds is not None else None,
            *((list(self.vector), list(self.vector.values())) if self.then else ()),
        )
        facts = [Fact(**dict(zip(FACT_COLUMNS, row, strict=True))) for row in rows]
        return sorted(facts, key=lambda fact: fact.order)

    async def linkings(self, mentions: Collection[UUID]) -> dict[UUID, Linking]:
        """How each of these mentions came to where it is, in the link's own words."""
        rows = await self._connection.fetch(
            f"SELECT m.mention_id, m.subject_id, e.body FROM {self.schema}.membership m "
            f"JOIN archive.event e ON e.source = '{LINKING}' AND e.position = m.from_position "
            f"WHERE m.mention_id = ANY($1) AND {self._linked}",
            list(mentions),
        )
        found: dict[UUID, Linking] = {}
        for mention_id, subject_id, body in rows:
            read = envelope.read(body)
            decision = EVENTS.decode(read.type, read.data)
            if isinstance(decision, intake.MentionLinked | intake.MentionMoved):
                found[mention_id] = Linking(
                    mention_id, subject_id, read.time, read.agency, read.id, decision
                )
        return found

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        """Rows of a query of the views as they are now; `{schema}` stands for their schema."""
        found: list[Any] = await self._connection.fetch(
            sql.replace("{schema}", self.schema), *values
        )
        return found

    async def settle(self, **settings: float) -> None:
        """Set parameters of the database for this snapshot only."""
        for name, value in settings.items():
            await self._connection.execute(f"SET LOCAL {name.replace('__', '.')} = {value}")

    @property
    def _linked(self) -> str:
        """The condition under which a membership counts."""
        if not self.then:
            return "m.to_position IS NULL"
        position = self.vector.get(LINKING, 0)
        return (
            f"m.from_position <= {position} "
            f"AND (m.to_position IS NULL OR m.to_position > {position})"
        )


@asynccontextmanager
async def snapshot(
    pool: "asyncpg.Pool[Any]", *, as_at: datetime | None = None
) -> AsyncIterator[Snapshot]:
    """The views in one snapshot: as they are, or as they were known here at a moment.

    Args:
        pool: of the service's own database.
        as_at: what had come to this service by then; links that were decided later do not count.

    Raises:
        Unavailable: the views do not answer, or are still being made from the archive.
    """
    try:
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            schema = await archive.showing(connection, FOLDS)
            if schema is None:
                raise Unavailable("the views are being made for the first time")
            vector = await archive.shown_up_to(connection, schema)
            if as_at is not None:
                vector = vector | await _vector_at(connection, as_at)
            yield Snapshot(connection, schema, vector, then=as_at is not None)
    except DOWN as reason:
        raise Unavailable("the views do not answer") from reason


async def agency_names(snap: Snapshot) -> dict[str, str]:
    """The agencies' names by their codes."""
    rows = await snap.fetch("SELECT body FROM {schema}.row WHERE view = 'agency'")
    agencies = [msgspec.json.decode(row[0], type=AgencyFact) for row in rows]
    return {agency.code: agency.name for agency in agencies}


async def _vector_at(connection: Any, as_at: datetime) -> dict[str, int]:
    """Up to which position of each source this service had everything at a moment."""
    rows = await connection.fetch(
        "SELECT p.source, coalesce((SELECT max(a.to_position) FROM archive.availability a "
        "WHERE a.source = p.source AND a.available_at <= $1), 0) FROM archive.progress p",
        as_at,
    )
    return {row[0]: row[1] for row in rows}
