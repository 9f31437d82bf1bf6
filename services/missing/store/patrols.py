"""The list of truancy patrols, and the counts of what came of their stops."""

from datetime import date
from typing import Any
from uuid import UUID

from services.missing.views import PatrolRow
from shared.contracts import missing
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData
from shared.eventstore.lists import Rows

COUNTS = """
SELECT p.patrol_id, p.code, p.run_by, p.areas, p.since, p.until,
    count(*) FILTER (WHERE s.counts) AS stops,
    count(*) FILTER (WHERE s.counts AND s.done IS NOT NULL) AS followed_up,
    count(*) FILTER (WHERE s.counts AND s.done <= s.follow_up_by) AS in_time,
    count(*) FILTER (WHERE s.counts AND s.done IS NULL AND s.follow_up_by >= $2) AS due,
    count(*) FILTER (WHERE s.counts AND s.done IS NULL AND s.follow_up_by < $2) AS overdue,
    count(*) FILTER (WHERE s.counts AND s.done IS NULL AND s.tries > 0) AS tried,
    count(*) FILTER (WHERE s.counts AND s.outcome = 'no-concern') AS no_concern,
    count(*) FILTER (WHERE s.counts AND s.outcome = 'support-offered') AS support_offered,
    count(*) FILTER (WHERE s.counts AND s.outcome = 'referred') AS referred,
    count(*) FILTER (WHERE s.ours AND NOT s.within) AS outside_its_days,
    count(*) FILTER (WHERE NOT s.ours) AS of_others
FROM lists.truancy_patrol p
LEFT JOIN LATERAL (
    SELECT t.*, t.ours AND t.within AS counts
    FROM (
        SELECT follow_up_by, outcome, tries, agency = ANY(p.run_by) AS ours,
            (stopped_at AT TIME ZONE 'Europe/London')::date BETWEEN p.since AND p.until AS within,
            (followed_up_at AT TIME ZONE 'Europe/London')::date AS done
        FROM lists.truancy_stop
        WHERE patrol = p.code
            AND ($3::date IS NULL OR (stopped_at AT TIME ZONE 'Europe/London')::date >= $3)
            AND ($4::date IS NULL OR (stopped_at AT TIME ZONE 'Europe/London')::date <= $4)
    ) t
) s ON true
WHERE p.managed_by = $1 AND ($5::date IS NULL OR (p.since, p.patrol_id) > ($5, $6::uuid))
GROUP BY p.patrol_id, p.code, p.run_by, p.areas, p.since, p.until
ORDER BY p.since, p.patrol_id LIMIT $7
"""


class Patrols(Rows):
    """The list in the service's database; `InterviewList` keeps it up with the store."""

    CALLED = "the list of patrols"

    async def rows(
        self,
        *,
        managed_by: str,
        today: date,
        since: date | None = None,
        until: date | None = None,
        after: tuple[date, UUID] | None = None,
        limit: int = 50,
    ) -> list[PatrolRow]:
        """An agency's patrols with what came of their stops, the first begun first.

        Args:
            today: what is overdue on it.
            since, until: first and last day of the stops that are counted.
            after: `since` and `patrol_id` of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        began, patrol_id = after or (None, None)
        found = await self._fetch(COUNTS, managed_by, today, since, until, began, patrol_id, limit)
        return [PatrolRow(**dict(row.items())) for row in found]


async def keep_patrol(connection: Any, envelope: Envelope, data: EventData) -> None:
    """Change the list as an event says, in the transaction that counts it as read."""
    if isinstance(data, missing.TruancyPatrolRegistered):
        await connection.execute(
            "INSERT INTO lists.truancy_patrol "
            "(patrol_id, code, managed_by, run_by, areas, since, until) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            envelope.subject,
            data.code,
            data.managed_by,
            list(data.run_by),
            list(data.areas),
            data.since,
            data.until,
        )
    elif isinstance(data, missing.TruancyPatrolCorrected):
        await connection.execute(
            "UPDATE lists.truancy_patrol SET run_by = $2, areas = $3, since = $4, until = $5 "
            "WHERE patrol_id = $1",
            envelope.subject,
            list(data.run_by),
            list(data.areas),
            data.since,
            data.until,
        )
