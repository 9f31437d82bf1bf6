"""Reading the views: the version being shown, in one snapshot with the positions it stands at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.mash.store.snapshot import snapshot
from services.mash.views import FOLDS
from shared.contracts.refusals import Unavailable
from shared.projecting import archive
from shared.projecting.facts import Fact
from shared.projecting.tables import Tables
from shared.vault.keys import DOWN

SEARCH_LIMIT = 20
"""More than this many children means: say more about whom you look for."""

CLOSE_ENOUGH = 0.4
"""Trigram similarity of whole names from which a spelling is worth a look; `macready` and
`mccready` are 0.50 alike (measured by a test)."""

CLOSE_WORD = 0.6
"""The same of a name within a longer one: `Wren` is all of a part of `Wren Ashdown`, although the
two as wholes are only 0.38 alike."""

SEARCH = """
WITH alike AS (
    SELECT t.mention_id,
           max(greatest(similarity(t.value, asked.name), word_similarity(asked.name, t.value)))
               AS closeness
    FROM unnest($1::text[]) AS asked (name)
    JOIN {schema}.term t
        ON t.kind = 'name' AND (t.value % asked.name OR t.value %> asked.name)
    GROUP BY t.mention_id
), born AS (
    SELECT mention_id FROM {schema}.term
    WHERE kind = 'born' AND (starts_with(value, $2) OR starts_with($2, value))
), hits AS (
    SELECT mention_id, closeness FROM alike
    UNION ALL SELECT mention_id, 1 FROM born WHERE cardinality($1::text[]) = 0
), subjects AS (
    SELECT coalesce(m.subject_id, h.mention_id) AS subject, max(h.closeness) AS closeness,
           array_agg(h.mention_id) AS mentions
    FROM hits h
    LEFT JOIN {schema}.membership m ON m.mention_id = h.mention_id AND m.to_position IS NULL
    GROUP BY 1
), told AS (
    SELECT s.subject, bool_or(b.mention_id IS NOT NULL) AS agrees
    FROM subjects s
    LEFT JOIN {schema}.membership m ON m.subject_id = s.subject AND m.to_position IS NULL
    JOIN {schema}.term t ON t.mention_id = coalesce(m.mention_id, s.subject) AND t.kind = 'born'
    LEFT JOIN born b ON b.mention_id = t.mention_id
    GROUP BY 1
)
SELECT s.subject, s.closeness, s.mentions
FROM subjects s LEFT JOIN told USING (subject)
WHERE ($2::text IS NULL OR coalesce(told.agrees, true))
  AND EXISTS (SELECT FROM {schema}.row r WHERE r.view = 'child' AND r.subject_id = s.subject)
ORDER BY s.closeness DESC, coalesce(told.agrees, false) DESC, s.subject LIMIT $3
"""
"""$1 the names asked for, $2 the birth asked for or NULL, $3 how many at most."""

ROW = f"""
SELECT s.schema_name, r.subject_id, r.body, r.restricted,
       (SELECT array_agg((source, position) ORDER BY source) FROM {{schema}}.progress) AS vector,
       {archive.CAUGHT_UP} AS caught_up
FROM archive.showing s
LEFT JOIN {{schema}}.row r ON r.view = $2 AND r.subject_id = coalesce(
    (SELECT subject_id FROM {{schema}}.membership
     WHERE mention_id = $3 AND to_position IS NULL), $3)
WHERE s.projection = $1
"""
"""A row, what it stands on, and which version is shown: one statement, and so one snapshot."""

SWITCHES = 3
"""Versions that may be shown one after the other while a row is read."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a view, and what it stands on.

    Attributes:
        restricted: some of its facts may not be shown to everybody: fold it anew from those that
            may.
        vector: the position in each store up to which the views knew everything.
    """

    subject_id: UUID
    body: bytes
    restricted: bool
    vector: dict[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A child that a search found.

    Attributes:
        mentions: those whose names or birth were found to agree.
    """

    subject_id: UUID
    similarity: float
    mentions: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found, closest first.

    Attributes:
        facts: of each child found, in their order.
        more: there were more than `SEARCH_LIMIT`.
        vector: the positions that all of it stands at.
    """

    found: list[Found]
    facts: dict[UUID, list[Fact]]
    more: bool
    vector: dict[str, int]


class ViewStore:
    """The views, read only."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._shown: str | None = None

    async def row(self, view: str, asked_for: UUID) -> Row | None:
        """The row of a subject, or of the subject that a mention is linked to.

        Raises:
            Unavailable: the views do not answer.
        """
        try:
            async with self._pool.acquire() as connection:
                for _ in range(SWITCHES):
                    schema = self._shown = self._shown or await _schema(connection)
                    found = await _row(connection, schema, view, asked_for)
                    if found is not None and found[0] == schema:
                        _, subject, body, restricted, vector, caught_up = found
                        if not caught_up:
                            raise Unavailable(archive.FOLDING)
                        return subject and Row(subject, body, restricted, dict(vector))
                    self._shown = None  # another version is shown since it was last asked
                raise Unavailable("the views are being switched")
        except DOWN as reason:
            raise Unavailable("the views do not answer") from reason

    async def row_elsewhere(
        self, view: str, subject_id: UUID
    ) -> tuple[Row, frozenset[UUID]] | None:
        """The row of the one subject that a subject's mentions went to, and those mentions.

        So an id in an old letter finds who it was about. None where they went to nobody, or to
        several.

        Raises:
            Unavailable: the views do not answer.
        """
        async with snapshot(self._pool) as snap:
            went = await snap.went_to(subject_id)
        if len(found := set(went.values())) != 1:
            return None
        row = await self.row(view, found.pop())
        return None if row is None else (row, frozenset(went))

    async def facts(self, subject_id: UUID) -> tuple[list[Fact], dict[str, int]]:
        """All facts of a subject in their order, and the positions they stand at.

        Raises:
            Unavailable: the views do not answer.
        """
        try:
            async with self._pool.acquire() as connection, _snapshot(connection):
                schema = await _schema(connection)
                rows = await Tables(schema, FOLDS).facts_of_subjects(connection, [subject_id])
                facts = sorted((fact for _, fact in rows), key=lambda fact: fact.order)
                return facts, await archive.shown_up_to(connection, schema)
        except DOWN as reason:
            raise Unavailable("the views do not answer") from reason

    async def facts_then(
        self, asked_for: UUID, as_at: datetime
    ) -> tuple[UUID, list[Fact], dict[str, int]]:
        """What was known here of a subject at a moment: its facts in their order.

        Returns:
            The subject that the id was linked to then, its facts, the positions they stand at.

        Raises:
            Unavailable: the views do not answer.
        """
        async with snapshot(self._pool, as_at=as_at) as snap:
            subject_id = await snap.subject_of(asked_for)
            return subject_id, await snap.facts_of(subject_id), snap.vector

    async def search(self, names: list[str], born: str | None) -> Hits:
        """Children whose names are spelt like one of these, closest first.

        A child whose day of birth nobody has told is found by name all the same: what is not known
        does not contradict. Everything is read in one snapshot, by as many queries for twenty
        children as for one.

        Args:
            names: in their spoken form (`services.mash.views.terms.spoken`).
            born: a day, month or year of birth that must agree as far as both are known.

        Raises:
            Unavailable: the views do not answer.
        """
        try:
            async with self._pool.acquire() as connection, _snapshot(connection):
                schema = await _schema(connection)
                await connection.execute(f"SET LOCAL pg_trgm.similarity_threshold = {CLOSE_ENOUGH}")
                await connection.execute(
                    f"SET LOCAL pg_trgm.word_similarity_threshold = {CLOSE_WORD}"
                )
                rows = await connection.fetch(
                    SEARCH.format(schema=schema), names, born, SEARCH_LIMIT + 1
                )
                found = [Found(row[0], row[1], frozenset(row[2])) for row in rows[:SEARCH_LIMIT]]
                facts: dict[UUID, list[Fact]] = {hit.subject_id: [] for hit in found}
                for subject_id, fact in await Tables(schema, FOLDS).facts_of_subjects(
                    connection, list(facts)
                ):
                    facts[subject_id].append(fact)
                for of_subject in facts.values():
                    of_subject.sort(key=lambda fact: fact.order)
                vector = await archive.shown_up_to(connection, schema)
                return Hits(found, facts, len(rows) > SEARCH_LIMIT, vector)
        except DOWN as reason:
            raise Unavailable("the views do not answer") from reason

    async def agency_rows(self) -> list[bytes]:
        """Every agency's row.

        Raises:
            Unavailable: the views do not answer.
        """
        try:
            async with self._pool.acquire() as connection:
                schema = await _schema(connection)
                rows = await connection.fetch(
                    f"SELECT body FROM {schema}.row WHERE view = 'agency' ORDER BY subject_id"
                )
                return [row[0] for row in rows]
        except DOWN as reason:
            raise Unavailable("the views do not answer") from reason


async def _row(connection: Any, schema: str, view: str, asked_for: UUID) -> Any:
    """What a version says, and which one is shown; None where that version was dropped."""
    try:
        return await connection.fetchrow(ROW.format(schema=schema), FOLDS.name, view, asked_for)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return None


def _snapshot(connection: Any) -> Any:
    """One view of the tables for several queries, so that positions and rows belong together."""
    return connection.transaction(isolation="repeatable_read", readonly=True)


async def _schema(connection: Any) -> str:
    schema = await archive.showing(connection, FOLDS)
    if schema is None:
        raise Unavailable("the views are being made for the first time")
    return schema
