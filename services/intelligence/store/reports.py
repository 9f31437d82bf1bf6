"""The bureau's list of reports: folded from this service's events, in its own database."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.intelligence.views import Change, ReportRow, change_of
from shared.eventstore.lists import OwnList, begin_row
from shared.eventstore.store import Recorded

COLUMNS = ", ".join(f"r.{name}" for name in ReportRow.__struct_fields__)


class ReportList(OwnList):
    """The list in the service's database."""

    CALLED = "the list of reports"

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        for event in events:
            if (change := change_of(event.envelope)) is not None:
                await _apply(connection, change)

    async def of_bureau(
        self,
        bureau: str,
        *,
        covert: bool,
        only_ungraded: bool = False,
        after: UUID | None = None,
        limit: int = 50,
    ) -> list[ReportRow]:
        """A bureau's reports, the oldest first.

        Args:
            bureau: the force.
            covert: whether covert ones are in it: whoever is not cleared must not even count them.
            only_ungraded: those that wait for a grade.
            after: the last id of the page before.
            limit: how many at most.

        Raises:
            Unavailable: the list does not answer.
        """
        return await self._rows(
            "SELECT {columns} FROM lists.report r WHERE bureau = $1 AND ($2 OR NOT covert) "
            "AND (NOT $3 OR (graded_at IS NULL AND withdrawn_at IS NULL)) "
            "AND ($4::uuid IS NULL OR (received_at, report_id) > "
            "(SELECT received_at, report_id FROM lists.report WHERE report_id = $4)) "
            "ORDER BY received_at, report_id LIMIT $5",
            bureau,
            covert,
            only_ungraded,
            after,
            limit,
        )

    async def of_author(self, author: bytes, *, limit: int) -> list[ReportRow]:
        """What somebody submitted, the newest first.

        Raises:
            Unavailable: the list does not answer.
        """
        return await self._rows(
            "SELECT {columns} FROM lists.report r JOIN sources.source s USING (source_ref) "
            "WHERE s.author = $1 ORDER BY received_at DESC, report_id LIMIT $2",
            author,
            limit,
        )

    async def _rows(self, query: str, *arguments: Any) -> list[ReportRow]:
        rows = await self._fetch(query.format(columns=COLUMNS), *arguments)
        return [ReportRow(**dict(row.items())) for row in rows]


async def _apply(connection: Any, change: Change) -> None:
    if change.begins:
        await begin_row(connection, "lists.report", ("report_id", change.report_id), change.sets)
        return
    # The names are those of `change_of`; the values are bound.
    parts = [f"{name} = ${number}" for number, name in enumerate(change.sets, 2)]
    parts += [f"{name} = {name} + 1" for name in change.counts]
    await connection.execute(
        f"UPDATE lists.report SET {', '.join(parts)} WHERE report_id = $1",
        change.report_id,
        *change.sets.values(),
    )
