"""The list of commissions: who holds a council's interviews, from day to day."""

from datetime import date
from typing import Any
from uuid import UUID

from services.missing.views import CommissionRow
from shared.contracts import missing, times
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData
from shared.eventstore.lists import Rows

COLUMNS = ", ".join(CommissionRow.__struct_fields__)


class CommissionList(Rows):
    """The list in the service's database; `InterviewList` keeps it up with the store."""

    CALLED = "the list of commissions"

    async def rows(
        self,
        *,
        area: str,
        on: date | None = None,
        after: tuple[date, UUID] | None = None,
        limit: int = 50,
    ) -> list[CommissionRow]:
        """The commissions of an area, the one that begins last first.

        Args:
            on: only those in force on this day, their first and last included.
            after: `since` and `commission_id` of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        found = await self._fetch(
            f"SELECT {COLUMNS} FROM lists.commission WHERE area = $1 "
            "AND ($2::date IS NULL OR (since <= $2 AND (until IS NULL OR until >= $2))) "
            "AND ($3::date IS NULL OR (since, commission_id) < ($3, $4::uuid)) "
            "ORDER BY since DESC, commission_id DESC LIMIT $5",
            area,
            on,
            *(after or (None, None)),
            limit,
        )
        return [CommissionRow(**dict(row.items())) for row in found]


async def keep(connection: Any, envelope: Envelope, data: EventData) -> None:
    """Change the list as an event says, in the transaction that counts it as read."""
    if isinstance(data, missing.ProviderCommissioned):
        await connection.execute(
            "INSERT INTO lists.commission "
            "(commission_id, provider, area, since, until, recorded_at) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            envelope.subject,
            data.provider,
            data.area,
            data.since,
            data.until,
            times.read(envelope.time),
        )
    elif isinstance(data, missing.CommissionEnded):
        await connection.execute(
            "UPDATE lists.commission SET until = $2 WHERE commission_id = $1",
            envelope.subject,
            data.until,
        )
