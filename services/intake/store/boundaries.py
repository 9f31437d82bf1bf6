"""Where children belong, live and were found, and which authorities were told: clear fields only.

The rows are written by whoever follows the events (`services/intake/consumers/boundaries.py`), and
written again they are the same.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from services.intake.domain import ToldFinding, ToldStatus
from shared.eventstore.lists import Rows


class NoticeRow(Struct, frozen=True, kw_only=True):
    """One notice of the list: ids, codes and times only.

    Attributes:
        other: the authority on the other side: the responsible one, or the host.
        child: a mention of the child: by it the child's view is found.
        since: the day on which the child came there, or was found.
    """

    notice_id: UUID
    reason: str
    other: str
    child: UUID
    record_id: UUID
    since: date
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None


COLUMNS = ", ".join(NoticeRow.__struct_fields__)


class BoundaryList(Rows):
    """The lists in the service's database."""

    CALLED = "the list of notices"

    async def status(self, told: ToldStatus) -> None:
        """Keep what a status says, in place of what it said before.

        Raises:
            Unavailable: the list does not answer.
        """
        await self._fetch(
            "INSERT INTO lists.boundary_status "
            "(record_id, child, said_by, responsible, host, since, until) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (record_id) DO UPDATE SET "
            "responsible = excluded.responsible, host = excluded.host, "
            "since = excluded.since, until = excluded.until",
            told.record_id,
            told.child,
            told.said_by,
            told.responsible,
            told.host,
            told.since,
            told.until,
        )

    async def status_over(self, record_id: UUID, *, until: date | None) -> None:
        """Keep that a status has a last day; or, without one, that it was never so."""
        await self._fetch(
            "UPDATE lists.boundary_status SET until = coalesce($2, until), "
            "withdrawn = withdrawn OR $2 IS NULL WHERE record_id = $1",
            record_id,
            until,
        )

    async def finding(self, told: ToldFinding) -> None:
        """Keep what a report or a return says, beside what was said before."""
        await self._fetch(
            "INSERT INTO lists.boundary_finding AS kept "
            "(record_id, child, said_by, found_in, lives_in, found_at) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (record_id) DO UPDATE SET "
            "found_in = coalesce(excluded.found_in, kept.found_in), "
            "lives_in = coalesce(excluded.lives_in, kept.lives_in), "
            "found_at = coalesce(excluded.found_at, kept.found_at)",
            told.record_id,
            told.child,
            told.said_by,
            told.found_in,
            told.lives_in,
            told.found_at,
        )

    async def tells_of(self, mention: UUID) -> bool:
        """Whether anything is told of this mention of a child.

        Raises:
            Unavailable: the list does not answer.
        """
        ((told,),) = await self._fetch(
            "SELECT EXISTS (SELECT FROM lists.boundary_status WHERE child = $1 AND NOT withdrawn) "
            "OR EXISTS (SELECT FROM lists.boundary_finding WHERE child = $1)",
            mention,
        )
        return bool(told)

    async def of_children(
        self, mentions: Collection[UUID]
    ) -> tuple[list[ToldStatus], list[ToldFinding]]:
        """What is told of these mentions of a child.

        Raises:
            Unavailable: the list does not answer.
        """
        statuses = await self._fetch(
            "SELECT record_id, child, said_by, responsible, host, since, until "
            "FROM lists.boundary_status WHERE child = ANY($1) AND NOT withdrawn",
            list(mentions),
        )
        findings = await self._fetch(
            "SELECT record_id, child, said_by, found_in, lives_in, found_at "
            "FROM lists.boundary_finding WHERE child = ANY($1)",
            list(mentions),
        )
        return [ToldStatus(*row) for row in statuses], [ToldFinding(*row) for row in findings]

    async def raised(self, row: NoticeRow, *, to: str) -> None:
        """Keep a notice."""
        await self._fetch(
            f"INSERT INTO lists.boundary_notice (told, {COLUMNS}) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
            to,
            *(getattr(row, name) for name in NoticeRow.__struct_fields__),
        )

    async def acknowledged(self, notice_id: UUID, *, at: datetime, by: str) -> None:
        """Keep that a notice was read."""
        await self._fetch(
            "UPDATE lists.boundary_notice SET acknowledged_at = $2, acknowledged_by = $3 "
            "WHERE notice_id = $1",
            notice_id,
            at,
            by,
        )

    async def notices(
        self, *, to: str, only_open: bool, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[NoticeRow]:
        """What an authority was told, the oldest first.

        Args:
            after: `raised_at` and id of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch(
            f"SELECT {COLUMNS} FROM lists.boundary_notice WHERE told = $1 "
            "AND (NOT $2 OR acknowledged_at IS NULL) "
            "AND ($3::timestamptz IS NULL OR (raised_at, notice_id) > ($3, $4::uuid)) "
            "ORDER BY raised_at, notice_id LIMIT $5",
            to,
            only_open,
            *(after or (None, None)),
            limit,
        )
        return [NoticeRow(**dict(row.items())) for row in rows]
