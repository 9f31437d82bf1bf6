"""The list of measures: folded from this service's events, in its own database."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from services.intelligence.views import MeasureChange, MeasureRow, measure_change_of
from shared.eventstore.lists import OwnList, begin_row
from shared.eventstore.store import Recorded

COLUMNS = ", ".join(MeasureRow.__struct_fields__)


class MeasureList(OwnList):
    """The list in the service's database."""

    CALLED = "the list of measures"
    PROGRESS: ClassVar[str] = "lists.measure_progress"

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        for event in events:
            if (change := measure_change_of(event.envelope)) is not None:
                await _apply(connection, change)

    async def of_agency(
        self,
        agency: str,
        *,
        on: date | None,
        after: tuple[date, UUID] | None = None,
        limit: int = 50,
    ) -> list[MeasureRow]:
        """An agency's measures, the next to run out first; those without an end are last.

        Args:
            agency: whose.
            on: only those that hold on this day, its first and last included.
            after: `last_day` (`NO_END` where there is none) and id of the row before the first.
            limit: how many at most.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch(
            f"SELECT {COLUMNS} FROM lists.measure WHERE agency = $1 "
            "AND ($2::date IS NULL OR (NOT in_error AND since <= $2 AND last_day >= $2)) "
            "AND ($3::date IS NULL OR (last_day, measure_id) > ($3, $4::uuid)) "
            "ORDER BY last_day, measure_id LIMIT $5",
            agency,
            on,
            *(after or (None, None)),
            limit,
        )
        return [MeasureRow(**dict(row.items())) for row in rows]


async def _apply(connection: Any, change: MeasureChange) -> None:
    if change.begins:
        key = ("measure_id", change.measure_id)
        await begin_row(connection, "lists.measure", key, change.sets)
        return
    # The names are those of `measure_change_of`; the values are bound.
    # What changed last in the world counts, not what came last; and what ended has its last day.
    assigned = ", ".join(f"{name} = ${number}" for number, name in enumerate(change.sets, 3))
    await connection.execute(
        f"UPDATE lists.measure SET {assigned}{', breaches = breaches + 1' if change.breach else ''}"
        " WHERE measure_id = $1 AND ($2::timestamptz IS NULL OR varied_at IS NULL "
        "OR varied_at < $2) AND ($2::timestamptz IS NULL OR ended_on IS NULL)",
        change.measure_id,
        change.varied_at,
        *change.sets.values(),
    )
