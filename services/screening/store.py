"""Screening's own lists, folded from its events: what an agency screened, and what is to be done.

The lists hold clear fields only: times, codes and ids.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.screening.views import (
    Change,
    Changed,
    Completed,
    ObligationRow,
    OfObligation,
    Opened,
    ScreeningRow,
    changes_of,
)
from shared.eventstore.lists import OwnList
from shared.eventstore.store import Recorded

SCREENING = ", ".join(ScreeningRow.__struct_fields__)
OBLIGATION = ", ".join(ObligationRow.__struct_fields__)

NO_DAY = datetime(9999, 1, 1, tzinfo=UTC)
"""Where an obligation without a last day stands in the order: after all that have one."""


def order_of(row: ObligationRow) -> tuple[datetime, UUID, str]:
    """What the list of obligations is ordered by."""
    return row.due_by or NO_DAY, row.screening_id, row.obligation


class ScreeningList(OwnList):
    """The lists in the service's database."""

    CALLED = "the list of screenings"

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        for event in events:
            for change in changes_of(event.envelope):
                await _apply(connection, event.envelope.subject, change)

    async def screenings(
        self, *, agency: str, after: tuple[datetime, UUID] | None = None, limit: int = 50
    ) -> list[ScreeningRow]:
        """An agency's screenings, the newest first.

        Args:
            after: `completed_at` and id of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch(
            f"SELECT {SCREENING} FROM lists.screening WHERE agency = $1 "
            "AND ($2::timestamptz IS NULL OR (completed_at, screening_id) < ($2, $3::uuid)) "
            "ORDER BY completed_at DESC, screening_id DESC LIMIT $4",
            agency,
            *(after or (None, None)),
            limit,
        )
        return [ScreeningRow(**dict(row.items())) for row in rows]

    async def obligations(
        self,
        *,
        agency: str | None = None,
        area: str | None = None,
        screening_id: UUID | None = None,
        obligation: str | None = None,
        due_before: datetime | None = None,
        only_open: bool = True,
        after: tuple[datetime, UUID, str] | None = None,
        limit: int = 50,
    ) -> list[ObligationRow]:
        """What is to be done for an agency's screenings, or in an area; the next due first.

        Args:
            after: `order_of` the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch(
            f"SELECT {OBLIGATION} FROM lists.obligation "
            "WHERE (agency = $1 OR area = $2) "
            "AND ($3::uuid IS NULL OR screening_id = $3) "
            "AND ($4::text IS NULL OR obligation = $4) "
            "AND ($5::timestamptz IS NULL OR due_by < $5) "
            "AND (NOT $6 OR closed_at IS NULL) "
            "AND ($7::timestamptz IS NULL OR (coalesce(due_by, $10), screening_id, obligation) > "
            "($7, $8::uuid, $9::text)) "
            "ORDER BY coalesce(due_by, $10), screening_id, obligation LIMIT $11",
            agency,
            area,
            screening_id,
            obligation,
            due_before,
            only_open,
            *(after or (None, None, None)),
            NO_DAY,
            limit,
        )
        return [ObligationRow(**dict(row.items())) for row in rows]

    async def running_out(self, now: datetime) -> list[UUID]:
        """Screenings with an obligation whose time is over, which nobody has recorded."""
        rows = await self._fetch(
            "SELECT DISTINCT screening_id FROM lists.obligation WHERE due_by < $1 "
            "AND closed_at IS NULL AND overdue_noticed_at IS NULL LIMIT 500",
            now,
        )
        return [row[0] for row in rows]


async def _apply(connection: Any, screening_id: UUID, change: Change) -> None:
    # The names are those of `changes_of`; the values are bound.
    names, values = list(change.columns), list(change.columns.values())
    numbered = ", ".join(f"${number}" for number in range(2, len(names) + 2))
    assigned = ", ".join(f"{name} = ${number}" for number, name in enumerate(names, 2))
    match change:
        case Completed():
            query = (
                f"INSERT INTO lists.screening (screening_id, {', '.join(names)}) "
                f"VALUES ($1, {numbered}) ON CONFLICT DO NOTHING"
            )
        case Changed():
            query = f"UPDATE lists.screening SET {assigned} WHERE screening_id = $1"
        case Opened():
            query = (
                f"INSERT INTO lists.obligation (screening_id, agency, {', '.join(names)}) "
                f"SELECT $1, agency, {numbered} FROM lists.screening WHERE screening_id = $1 "
                f"ON CONFLICT (screening_id, obligation) DO UPDATE SET {assigned}, "
                "closed_at = NULL, closed_by = NULL, overdue_noticed_at = NULL"
            )
        case OfObligation():
            query = (
                f"UPDATE lists.obligation SET {assigned} "
                f"WHERE screening_id = $1 AND obligation = ${len(names) + 2} AND closed_at IS NULL"
            )
            values.append(change.obligation)
        case _:
            query = f"UPDATE lists.obligation SET {assigned} WHERE screening_id = $1"
    await connection.execute(query, screening_id, *values)
