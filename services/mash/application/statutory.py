"""The statutory Missing table, asked for by a person of the authority whose return it is."""

from collections.abc import AsyncIterator

import msgspec
from msgspec import Struct

from services.mash.application.asking import Answered, Asker, seen
from services.mash.store import ViewStore
from services.mash.views.child import ChildView, as_child, child_view
from services.mash.views.statutory import Problem, Row, of_child
from shared.access.disclosure import Disclosures, Showing

ACTION = "export-missing-table"
IN_ONE_DISCLOSURE = 500
"""Children: their mentions must fit into one event."""


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

    def __init__(self, views: ViewStore, disclosures: Disclosures) -> None:
        self._views = views
        self._disclosures = disclosures

    async def missing_table(self, *, authority: str, year: int, asker: Asker) -> Answered:
        """An authority's Missing table for the collection year that ends in a year.

        Every child in it is on record as shown, before it leaves.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        rows: list[Row] = []
        problems: list[Problem] = []
        shown: list[ChildView] = []
        withheld = 0
        vector = await self._views.vector()
        async for view, hidden in self._children(authority, asker):
            found = of_child(view, authority=authority, year=year, withheld=hidden)
            if found is not None:
                rows.extend(found.rows)
                problems.extend(found.problems)
                shown.append(view)
                withheld += hidden
        rows.sort(key=lambda row: (row.child, row.mis_start[6:], row.mis_start[3:5], row.mis_start))
        table = MissingTable(
            authority=authority,
            year=year,
            rows=tuple(rows),
            problems=tuple(problems),
            children=len(shown),
            as_of=vector,
        )
        body = msgspec.json.encode(table)
        for start in range(0, max(len(shown), 1), IN_ONE_DISCLOSURE):
            part = shown[start : start + IN_ONE_DISCLOSURE]
            await self._disclosures.record(
                Showing(
                    action=ACTION,
                    outcome="shown" if part else "nothing-found",
                    answer=body,
                    subjects=[view.subject_id for view in part],
                    mentions=[mention for view in part for mention in view.mentions],
                    vector=vector,
                    withheld=withheld,
                ),
                actor=asker.actor,
                correlation_id=asker.correlation_id,
                decided=asker.decided,
            )
        return Answered(body)

    async def _children(self, authority: str, asker: Asker) -> AsyncIterator[tuple[ChildView, int]]:
        """Every child with a status that could matter, as the asker may see it."""
        async for row in self._views.rows_holding("child", b'"looked-after"', authority.encode()):
            if not row.restricted:
                yield msgspec.json.decode(row.body, type=ChildView), 0
                continue
            facts, _ = await self._views.facts(row.subject_id)
            found = seen(as_child(facts), asker.actor)
            view = child_view(row.subject_id, found.facts)
            if view is not None:
                yield view, found.withheld
