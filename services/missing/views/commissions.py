"""What the list of commissions shows."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct


class CommissionRow(Struct, frozen=True, kw_only=True):
    """A provider's commission for an area.

    Attributes:
        commission_id: the `id` of its receipt.
        since, until: its first and last day, both included; none while it has no last day.
        recorded_at: when it was recorded.
    """

    commission_id: UUID
    provider: str
    area: str
    since: date
    until: date | None
    recorded_at: datetime
