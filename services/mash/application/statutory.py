"""The statutory Missing table, asked for by a person of the authority whose return it is."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.mash.application.asking import Answered, Asker, seen
from services.mash.store import Snapshot, snapshot
from services.mash.views.child import ChildView, as_child, child_view
from services.mash.views.statutory import OfChild, Problem, Row, of_child, one_child_each
from services.mash.views.terms import LOOKED_AFTER
from shared.access.disclosure import Disclosures, Showing

ACTION = "export-missing-table"
IN_ONE_DISCLOSURE = 20_000
"""Mentions: their ids must fit into one event, with room to spare."""


class MissingTable(Struct, frozen=True, kw_only=True):
    """The table and what stands against it.

    Attributes:
        rows: by child and start.
        problems: for a person to look at; nothing of them is guessed.
        children: how many were looked after by the authority in the year.
        as_of: the position in each store up to which it knows everything.
    """

    authority: str
    year: int
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    children: int
    as_of: dict[str, int]


class StatutoryApplication:
    """Returns to the government."""

    def __init__(self, pool: "asyncpg.Pool[Any]", disclosures: Disclosures) -> None:
        self._pool = pool
        self._disclosures = disclosures

    async def missing_table(self, *, authority: str, year: int, asker: Asker) -> Answered:
        """An authority's Missing table for the collection year that ends in a year.

        Everything is of one moment, and every child in it is on record as shown before it leaves.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        parts: list[OfChild] = []
        shown: list[ChildView] = []
        withheld = 0
        async with snapshot(self._pool) as snap:
            async for view, hidden in _children(snap, authority, asker):
                part = of_child(view, authority=authority, year=year, withheld=hidden)
                if part is not None:
                    parts.append(part)
                    shown.append(view)
                    withheld += hidden
            vector = snap.vector
        rows, problems = one_child_each(parts)
        table = MissingTable(
            authority=authority,
            year=year,
            rows=rows,
            problems=problems,
            children=sum(part.looked_after for part in parts),
            as_of=vector,
        )
        body = msgspec.json.encode(table)
        for subjects, mentions in in_disclosures(shown):
            await self._disclosures.record(
                Showing(
                    action=ACTION,
                    outcome="shown" if subjects else "nothing-found",
                    answer=body,
                    subjects=subjects,
                    mentions=mentions,
                    vector=vector,
                    withheld=withheld,
                ),
                actor=asker.actor,
                correlation_id=asker.correlation_id,
                decided=asker.decided,
            )
        return Answered(body)


async def _children(
    snap: Snapshot, authority: str, asker: Asker
) -> AsyncIterator[tuple[ChildView, int]]:
    """Every child with a status that names the authority, as the asker may see her or him."""
    told = await snap.fetch(
        "SELECT DISTINCT mention_id FROM {schema}.term WHERE kind = $1 AND value = $2",
        LOOKED_AFTER,
        authority,
    )
    subjects = await snap.subjects_of([row[0] for row in told])
    for subject_id in sorted(set(subjects.values())):
        row = await snap.row("child", subject_id)
        if row is not None and not row[1]:
            yield msgspec.json.decode(row[0], type=ChildView), 0
            continue
        found = seen(as_child(await snap.facts_of(subject_id)), asker.actor)
        view = child_view(subject_id, found.facts)
        if view is not None:
            yield view, found.withheld


def in_disclosures(shown: Sequence[ChildView]) -> Iterator[tuple[list[UUID], list[UUID]]]:
    """Subjects and mentions for as many disclosures as they need; one also where there is none."""
    told = [(view.subject_id, mention) for view in shown for mention in view.mentions]
    for start in range(0, max(len(told), 1), IN_ONE_DISCLOSURE):
        some = told[start : start + IN_ONE_DISCLOSURE]
        yield list(dict.fromkeys(subject for subject, _ in some)), [mention for _, mention in some]
