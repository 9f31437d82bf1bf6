"""Intake's own list of referrals, folded from its events; and which council an interview is for.

The lists hold clear fields only: times, codes and ids.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.views.referrals import Change, ReferralRow, change_of
from shared.eventstore.lists import OwnList, begin_row
from shared.eventstore.store import Recorded

COLUMNS = ", ".join(ReferralRow.__struct_fields__)


class ReferralList(OwnList):
    """The lists in the service's database."""

    CALLED = "the list of referrals"
    PROGRESS = "lists.referral_progress"

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        for event in events:
            if (change := change_of(event.envelope)) is not None:
                await _apply(connection, event.envelope.subject, change)

    async def for_council(
        self,
        *,
        council: str,
        only_open: bool = True,
        due_before: datetime | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 50,
    ) -> list[ReferralRow]:
        """Referrals that a council is to decide, and those of nobody yet; the next due first.

        Args:
            after: `due_by` and id of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        return await self._rows(
            "(council = $1 OR council IS NULL) AND (NOT $2 OR decided_at IS NULL) "
            "AND ($3::timestamptz IS NULL OR due_by < $3)",
            council,
            only_open,
            due_before,
            after=after,
            limit=limit,
        )

    async def sent_by(
        self, *, agency: str, after: tuple[datetime, UUID] | None = None, limit: int = 50
    ) -> list[ReferralRow]:
        """Referrals that come from an agency; the next due first.

        Args:
            after: `due_by` and id of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        return await self._rows("referred_by = $1", agency, after=after, limit=limit)

    async def running_out(self, now: datetime) -> list[UUID]:
        """Referrals whose time is over, which nobody has recorded."""
        rows = await self._fetch(
            "SELECT referral_id FROM lists.referral WHERE due_by < $1 AND decided_at IS NULL "
            "AND overdue_noticed_at IS NULL ORDER BY due_by LIMIT 500",
            now,
        )
        return [row[0] for row in rows]

    async def interview_is_for(
        self, interview_id: UUID, *, council: str | None, episode_id: UUID | None = None
    ) -> None:
        """Keep which council an interview, and its episode, is for. Done again, it changes nothing.

        Raises:
            Unavailable: the list does not answer.
        """
        await self._fetch(
            "INSERT INTO lists.interview_council AS kept (interview_id, episode_id, council) "
            "VALUES ($1, $2, $3) ON CONFLICT (interview_id) DO UPDATE SET "
            "episode_id = coalesce(excluded.episode_id, kept.episode_id), "
            "council = coalesce(excluded.council, kept.council)",
            interview_id,
            episode_id,
            council,
        )

    async def council_of(self, record_id: UUID) -> str | None:
        """Which council an interview or an episode is for, where that is known.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch(
            "SELECT council FROM lists.interview_council "
            "WHERE (interview_id = $1 OR episode_id = $1) AND council IS NOT NULL LIMIT 1",
            record_id,
        )
        return rows[0][0] if rows else None

    async def episode_of(self, interview_id: UUID) -> UUID | None:
        """The episode that an interview is for, where that is known.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch(
            "SELECT episode_id FROM lists.interview_council WHERE interview_id = $1", interview_id
        )
        return rows[0][0] if rows else None

    async def _rows(
        self, condition: str, *arguments: Any, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[ReferralRow]:
        number = len(arguments) + 1
        rows = await self._fetch(
            f"SELECT {COLUMNS} FROM lists.referral WHERE {condition} "
            f"AND (${number}::timestamptz IS NULL OR (due_by, referral_id) > "
            f"(${number}, ${number + 1}::uuid)) "
            f"ORDER BY due_by, referral_id LIMIT ${number + 2}",
            *arguments,
            *(after or (None, None)),
            limit,
        )
        return [ReferralRow(**dict(row.items())) for row in rows]


async def _apply(connection: Any, referral_id: UUID, change: Change) -> None:
    if change.new:
        await begin_row(connection, "lists.referral", ("referral_id", referral_id), change.columns)
        return
    # The names are those of `change_of`; the values are bound.
    assigned = ", ".join(f"{name} = ${number}" for number, name in enumerate(change.columns, 2))
    await connection.execute(
        f"UPDATE lists.referral SET {assigned} WHERE referral_id = $1",
        referral_id,
        *change.columns.values(),
    )
