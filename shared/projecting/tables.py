"""The tables of one version of the views: what is written, by either driver, and recomputed."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from importlib.resources import files
from operator import attrgetter
from typing import Any
from uuid import UUID

from shared.projecting.facts import Event, Fact, Folds, LinkChange, rows_of
from shared.projecting.writing import Into, columns_of, insert

FACT_COLUMNS = (
    "mention_id", "source", "position", "ordinal", "kind", "occurred_at", "recorded_at", "agency",
    "handling", "event_id", "value", "limits",
)  # fmt: skip

FACT_TYPES = {
    **dict.fromkeys(FACT_COLUMNS, "text"),
    "mention_id": "uuid",
    "position": "bigint",
    "ordinal": "smallint",
    "event_id": "uuid",
    "value": "bytea",
    "limits": "bytea",
}
TERM_COLUMNS = ("mention_id", "kind", "value")
TERM_TYPES = {"mention_id": "uuid", "kind": "text", "value": "text"}
MEMBERSHIP_TYPES = {
    "mention_id": "uuid", "subject_id": "uuid", "from_position": "bigint", "to_position": "bigint",
}  # fmt: skip
ROW_COLUMNS = ("view", "subject_id", "body", "digest", "restricted")
NO_ROWS: list[list[Any]] = [[] for _ in ROW_COLUMNS]

fact_row: Callable[[Fact], tuple[Any, ...]] = attrgetter(*FACT_COLUMNS)
"""A fact in the order of its columns."""


async def make_tables(connection: Any, schema: str, sources: Iterable[str]) -> None:
    """Make an empty version of the views, without indexes; `make_indexes` follows."""
    sql = (files("shared.projecting") / "tables.sql").read_text().replace("{schema}", schema)
    await connection.execute(sql)
    await connection.executemany(
        f"INSERT INTO {schema}.progress (source, position) VALUES ($1, 0)",
        [(source,) for source in sources],
    )


async def make_indexes(connection: Any, schema: str) -> None:
    """Index an empty version; a rebuild does it after copying, a statement at a time."""
    await connection.execute(";".join(index_statements(schema)))


def index_statements(schema: str) -> list[str]:
    """The statements that index a version, each for itself."""
    sql = (files("shared.projecting") / "indexes.sql").read_text().replace("{schema}", schema)
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    return [statement for part in "\n".join(lines).split(";") if (statement := part.strip())]


class Tables:
    """One version of the views, written within the caller's transaction."""

    def __init__(self, schema: str, folds: Folds) -> None:
        self.schema = schema
        self.folds = folds

    async def apply(self, connection: Any, events: Sequence[Event]) -> set[UUID]:
        """Write what these events say, and recompute the rows of the subjects they touch.

        Returns:
            Those subjects.
        """
        facts = [fact for event in events for fact in self.folds.facts_of(event)]
        links = [link for event in events for link in self.folds.links_of(event)]
        touched = {fact.mention_id for fact in facts} | {link.mention_id for link in links}
        before = await self._subjects(connection, touched)
        await self._insert(connection, facts)
        await self._link(connection, links)
        after = await self._subjects(connection, touched) if links else before
        # A mention that came to a subject leaves its provisional one, and the other way round.
        subjects = {*before.values(), *after.values()}
        await self.recompute(connection, subjects)
        return subjects

    async def apply_late(self, connection: Any, event: Event, links: Sequence[LinkChange]) -> None:
        """Write what an event says that comes after others it should have come before.

        Args:
            links: every change of membership, in order, of the mentions that the event links.
        """
        facts = self.folds.facts_of(event)
        touched = {fact.mention_id for fact in facts} | {link.mention_id for link in links}
        before = await self._subjects(connection, touched)
        await self._insert(connection, facts)
        if links:
            await connection.execute(
                f"DELETE FROM {self.schema}.membership WHERE mention_id = ANY($1)",
                list({link.mention_id for link in links}),
            )
            await self._link(connection, links)
        after = await self._subjects(connection, touched) if links else before
        await self.recompute(connection, {*before.values(), *after.values()})

    async def recompute(self, connection: Any, subjects: Iterable[UUID]) -> None:
        """Fold these subjects anew from their facts, and write or remove their rows."""
        wanted = list(subjects)
        facts: dict[UUID, list[Fact]] = {subject: [] for subject in wanted}
        for subject, fact in await self.facts_of_subjects(connection, wanted):
            facts[subject].append(fact)
        rows = [
            (view, subject, body, sha256(body).digest(), restricted(of_subject))
            for subject, of_subject in facts.items()
            for view, body in rows_of(self.folds, subject, of_subject).items()
        ]
        if wanted:
            await connection.execute(
                f"WITH gone AS (DELETE FROM {self.schema}.row WHERE view = ANY($1::text[]) "
                "AND subject_id = ANY($2::uuid[]) AND NOT EXISTS (SELECT FROM "
                "unnest($3::text[], $4::uuid[]) AS k (v, s) WHERE k.v = view AND k.s = subject_id))"
                f"INSERT INTO {self.schema}.row (view, subject_id, body, digest, restricted) "
                "SELECT * FROM unnest($3::text[], $4::uuid[], $5::bytea[], $6::bytea[], "
                "$7::boolean[]) ON CONFLICT (view, subject_id) DO UPDATE SET "
                "body = excluded.body, digest = excluded.digest, restricted = excluded.restricted",
                list(self.folds.views),
                wanted,
                *(columns_of(rows) or NO_ROWS),
            )

    async def facts_of_subjects(
        self, connection: Any, subjects: Sequence[UUID]
    ) -> list[tuple[UUID, Fact]]:
        """The facts of these subjects' mentions as linked now; provisional subjects included."""
        columns = ", ".join(f"f.{name}" for name in FACT_COLUMNS)
        rows = await connection.fetch(
            f"SELECT m.subject_id, {columns} FROM {self.schema}.membership m "
            f"JOIN {self.schema}.fact f USING (mention_id) "
            "WHERE m.subject_id = ANY($1) AND m.to_position IS NULL "
            f"UNION ALL SELECT f.mention_id, {columns} FROM {self.schema}.fact f "
            "WHERE f.mention_id = ANY($1) AND NOT EXISTS (SELECT FROM "
            f"{self.schema}.membership m WHERE m.mention_id = f.mention_id "
            "AND m.to_position IS NULL)",
            list(subjects),
        )
        return [(row[0], Fact(*row[1:])) for row in rows]

    async def _subjects(self, connection: Any, mentions: set[UUID]) -> dict[UUID, UUID]:
        """For each mention its subject as linked now, or itself."""
        rows = await connection.fetch(
            f"SELECT mention_id, subject_id FROM {self.schema}.membership "
            "WHERE mention_id = ANY($1) AND to_position IS NULL",
            list(mentions),
        )
        return {mention: mention for mention in mentions} | {row[0]: row[1] for row in rows}

    async def _insert(self, connection: Any, facts: Sequence[Fact]) -> None:
        terms = [
            (term.mention_id, term.kind, term.value)
            for fact in facts
            for term in self.folds.terms_of(fact)
        ]
        await insert(
            connection,
            (Into(self.schema, "fact", FACT_TYPES), [fact_row(fact) for fact in facts]),
            (Into(self.schema, "term", TERM_TYPES), terms),
        )

    async def _link(self, connection: Any, links: Sequence[LinkChange]) -> None:
        """Close what these links end and write what they begin, as if one after the other."""
        if not links:
            return
        ended: dict[UUID, int] = {}
        opened: dict[UUID, LinkChange] = {}
        rows: list[tuple[UUID, UUID, int, int | None]] = []
        for link in links:
            ended.setdefault(link.mention_id, link.position)
            last = opened.pop(link.mention_id, None)
            if last is not None and last.subject_id is not None:
                rows.append((last.mention_id, last.subject_id, last.position, link.position))
            opened[link.mention_id] = link
        rows.extend(
            (link.mention_id, link.subject_id, link.position, None)
            for link in opened.values()
            if link.subject_id is not None
        )
        await connection.execute(
            f"UPDATE {self.schema}.membership SET to_position = e.position "
            "FROM unnest($1::uuid[], $2::bigint[]) AS e (mention_id, position) "
            "WHERE membership.mention_id = e.mention_id AND to_position IS NULL",
            list(ended),
            list(ended.values()),
        )
        await insert(connection, (Into(self.schema, "membership", MEMBERSHIP_TYPES), rows))


def restricted(facts: Iterable[Fact]) -> bool:
    """Whether some of these facts may not be shown to everybody who may see the view."""
    return any(fact.handling != "P" or fact.limits is not None for fact in facts)
