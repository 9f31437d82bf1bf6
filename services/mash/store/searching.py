"""Finding places, things and people beside a child by their terms, in one snapshot."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.mash.store.snapshot import Snapshot
from services.mash.store.views import CLOSE_ENOUGH, CLOSE_WORD
from shared.reference.vehicles import LONGEST

OF_SUBJECTS = """
SELECT coalesce(m.subject_id, h.mention_id) AS subject, max(h.closeness) AS closeness,
       array_agg(DISTINCT h.mention_id) AS mentions
FROM ({hits}) h
LEFT JOIN {schema}.membership m ON m.mention_id = h.mention_id AND m.to_position IS NULL
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}
"""

AGREEING = """
SELECT t.mention_id, count(*) OVER (PARTITION BY t.mention_id)::real AS closeness
FROM unnest($1::text[], $2::text[]) AS a (kind, value)
JOIN {schema}.term t ON t.kind = a.kind AND t.value = a.value
"""
"""Mentions that have one of these terms exactly; the more of them the closer."""

ALIKE = """
SELECT t.mention_id, greatest(similarity(t.value, $1), word_similarity($1, t.value)) AS closeness
FROM {{schema}}.term t
WHERE t.kind = '{kind}' AND (t.value % $1 OR t.value %> $1)
"""
"""Mentions with a term of one kind that is spelt like this, as a whole or within it."""

PLATES = """
SELECT t.mention_id, (CASE WHEN t.value = $1 THEN 3 WHEN t.value LIKE $2 THEN 2 ELSE 1 END)::real
           AS closeness
FROM {schema}.term t
WHERE t.kind = 'registration'
  AND (t.value LIKE $2
       OR ((length(t.value) < $3 OR t.value LIKE '%?%')
           AND $1 LIKE '%' || replace(t.value, '?', '_') || '%'))
"""
"""Registrations in which this one stands, or parts that stand in it. In normal form they have
letters, digits and `?` only, so no value is a pattern by accident."""

NUMBERS = """
SELECT t.mention_id, (CASE WHEN t.value = $1 THEN 2 ELSE 1 END)::real AS closeness
FROM {schema}.term t
WHERE t.kind = 'phone-number' AND t.value LIKE '%' || $1 || '%'
"""

UNNAMED = """
SELECT r.subject_id, ARRAY(SELECT m.mention_id FROM {schema}.membership m
                           WHERE m.subject_id = r.subject_id AND m.to_position IS NULL)
                     || r.subject_id
FROM {schema}.row r, LATERAL (SELECT convert_from(r.body, 'UTF8')::jsonb AS told) t
WHERE r.view = 'perpetrator' AND NOT (t.told ->> 'named')::boolean
ORDER BY t.told ->> 'last' DESC, 1 LIMIT $1
"""

HOT = """
SELECT coalesce(m.subject_id, t.mention_id) AS subject, count(DISTINCT f.event_id) AS incidents,
       array_agg(DISTINCT t.mention_id) AS mentions
FROM {schema}.term t
JOIN {schema}.fact f ON f.mention_id = t.mention_id AND f.kind = 'named'
    AND (f.handling = 'P' OR f.agency = $4)
LEFT JOIN {schema}.membership m ON m.mention_id = t.mention_id AND m.to_position IS NULL
WHERE t.kind = 'place-day' AND t.value >= $1 AND t.value < $2
  AND split_part(t.value, '|', 2) = ANY($3)
  AND ($5::text IS NULL OR EXISTS (SELECT FROM {schema}.term p
       WHERE p.mention_id = t.mention_id AND p.kind = 'premises-type' AND p.value = $5))
GROUP BY 1 HAVING count(DISTINCT f.event_id) >= $6
ORDER BY 2 DESC, 1 LIMIT $7
"""
"""$1 to $2 days, $3 roles, $4 the caller's agency, $5 a type or NULL, $6 at least, $7 at most."""


@dataclass(frozen=True, slots=True)
class NodeHit:
    """A subject that was found.

    Attributes:
        mentions: those by whose terms it was found.
    """

    subject_id: UUID
    closeness: float
    mentions: frozenset[UUID]


async def agreeing(
    snap: Snapshot, terms: Collection[tuple[str, str]], *, limit: int
) -> list[NodeHit]:
    """Subjects that have some of these terms exactly, those with most of them first."""
    ordered = sorted(terms)
    return await _hits(
        snap, AGREEING, limit, [kind for kind, _ in ordered], [value for _, value in ordered]
    )


async def spelt_like(snap: Snapshot, kind: str, value: str, *, limit: int) -> list[NodeHit]:
    """Subjects with a term of one of our kinds that is spelt like this, closest first."""
    await snap.settle(
        pg_trgm__similarity_threshold=CLOSE_ENOUGH, pg_trgm__word_similarity_threshold=CLOSE_WORD
    )
    return await _hits(snap, ALIKE.format(kind=kind), limit, value)


async def plates(snap: Snapshot, registration: str, *, limit: int) -> list[NodeHit]:
    """Vehicles whose registration this may be, or be a part of, or have as a part."""
    part = f"%{registration.replace('?', '_')}%"
    return await _hits(snap, PLATES, limit, registration, part, LONGEST)


async def numbers(snap: Snapshot, digits: str, *, limit: int) -> list[NodeHit]:
    """Phones whose number has these digits in it."""
    return await _hits(snap, NUMBERS, limit, digits)


async def unnamed_people(snap: Snapshot, *, limit: int) -> list[NodeHit]:
    """People beside children of whom no report gives a name, those spoken of last first."""
    rows = await snap.fetch(UNNAMED, limit)
    return [NodeHit(row[0], -place, frozenset(row[1])) for place, row in enumerate(rows)]


async def hot(
    snap: Snapshot,
    *,
    since: str,
    until: str,
    roles: Collection[str],
    agency: str,
    premises_type: str | None,
    at_least: int,
    limit: int,
) -> list[NodeHit]:
    """Places of which most reports tell something in a period, as far as an agency may see them."""
    rows = await snap.fetch(HOT, since, until, list(roles), agency, premises_type, at_least, limit)
    return [NodeHit(row[0], float(row[1]), frozenset(row[2])) for row in rows]


async def _hits(snap: Snapshot, hits: str, limit: int, *values: Any) -> list[NodeHit]:
    sql = OF_SUBJECTS.replace("{hits}", hits).replace("{limit}", str(limit))
    rows = await snap.fetch(sql, *values)
    return [NodeHit(row[0], row[1], frozenset(row[2])) for row in rows]
