"""Intake's own list of what authorities say of children's standing, folded from its events."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.intake.views.statuses import Change, StatusRow, change_of
from shared.contracts.intake import StatusKind
from shared.eventstore.lists import OwnList, begin_row
from shared.eventstore.store import Recorded

COLUMNS = ", ".join(StatusRow.__struct_fields__)


class StatusList(OwnList):
    """The list in the service's database."""

    CALLED = "the list of statuses"
    PROGRESS = "lists.status_progress"

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        for event in events:
            if (change := change_of(event.envelope)) is not None:
                await _apply(connection, event.envelope.subject, change)

    async def of_authority(
        self,
        *,
        authority: str,
        kind: StatusKind | None = None,
        on: date | None = None,
        include_withdrawn: bool = False,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 50,
    ) -> list[StatusRow]:
        """What an authority said, as it stands, the newest first.

        Args:
            on: only what holds on this day, its first and last included.
            after: `recorded_at` and `status_id` of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch(
            f"SELECT {COLUMNS} FROM lists.status WHERE authority = $1 "
            "AND ($2::text IS NULL OR kind = $2) "
            "AND ($3::date IS NULL OR (since <= $3 AND (until IS NULL OR until >= $3))) "
            "AND ($4 OR NOT withdrawn) "
            "AND ($5::timestamptz IS NULL OR (recorded_at, status_id) < ($5, $6::uuid)) "
            "ORDER BY recorded_at DESC, status_id DESC LIMIT $7",
            authority,
            kind,
            on,
            include_withdrawn,
            *(after or (None, None)),
            limit,
        )
        return [StatusRow(**dict(row.items())) for row in rows]


async def _apply(connection: Any, status_id: UUID, change: Change) -> None:
    if change.new:
        await begin_row(connection, "lists.status", ("status_id", status_id), change.columns)
        return
    # The names are those of `change_of`; the values are bound.
    assigned = ", ".join(f"{name} = ${number}" for number, name in enumerate(change.columns, 3))
    await connection.execute(
        f"UPDATE lists.status SET {assigned} WHERE status_id = $1 "
        "AND ($2::timestamptz IS NULL OR said_at <= $2)",
        status_id,
        change.said_at,
        *change.columns.values(),
    )
