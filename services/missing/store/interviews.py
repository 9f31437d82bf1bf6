"""The list of return interviews, for providers and councils; and what keeps every list up."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.missing.store import commissions, patrols, profiles, submissions
from services.missing.views import (
    Change,
    InterviewCounts,
    InterviewRow,
    Unless,
    changes_of,
    data_of,
)
from shared.eventstore.lists import OwnList
from shared.eventstore.store import Recorded

COLUMNS = ", ".join(InterviewRow.__struct_fields__)

NOT_DUE = datetime(9999, 1, 1, tzinfo=UTC)
"""Where an interview stands in the order whose child is not back yet: after all that are due."""


def order_of(row: InterviewRow) -> tuple[datetime, UUID]:
    """What the list is ordered by."""
    return row.due_by or NOT_DUE, row.interview_id


class InterviewList(OwnList):
    """The list in the service's database."""

    CALLED = "the list of interviews"

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        for event in events:
            envelope = event.envelope
            if (data := data_of(envelope)) is None:
                continue
            for change in changes_of(envelope, data):
                await _apply(connection, change)
            await submissions.keep(connection, envelope, data)
            await commissions.keep(connection, envelope, data)
            await patrols.keep_patrol(connection, envelope, data)
            await profiles.keep_profile(connection, envelope, data)

    async def rows(
        self,
        *,
        provider: str | None = None,
        area: str | None = None,
        force: str | None = None,
        near: Sequence[str] = (),
        only_open: bool = True,
        due_before: datetime | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 50,
    ) -> list[InterviewRow]:
        """Interviews of a provider, an area or a force, the next due first.

        Args:
            near: forces whose interviews for no named area are the area's too (ADR 29).
            after: `order_of` the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        found = await self._fetch(
            f"SELECT {COLUMNS} FROM lists.interview "
            "WHERE ($1::text IS NULL OR provider = $1) AND ($2::text IS NULL OR area = $2 "
            "OR (area IS NULL AND force = ANY($10::text[]))) "
            "AND ($3::text IS NULL OR force = $3) "
            "AND (NOT $4 OR (conducted_at IS NULL AND given_up_at IS NULL "
            "AND declined_at IS NULL)) "
            "AND ($5::timestamptz IS NULL OR due_by < $5) "
            "AND ($6::timestamptz IS NULL "
            "OR (coalesce(due_by, $8), interview_id) > ($6, $7::uuid)) "
            "ORDER BY coalesce(due_by, $8), interview_id LIMIT $9",
            provider,
            area,
            force,
            only_open,
            due_before,
            *(after or (None, None)),
            NOT_DUE,
            limit,
            list(near),
        )
        return [InterviewRow(**dict(row.items())) for row in found]

    async def counts(
        self,
        *,
        since: datetime,
        until: datetime,
        provider: str | None = None,
        area: str | None = None,
        force: str | None = None,
        near: Sequence[str] = (),
        now: datetime,
    ) -> InterviewCounts:
        """How many were required in a period, and what became of them: one query.

        Args:
            near: see `rows`.

        Raises:
            Unavailable: the list does not answer.
        """
        (row,) = await self._fetch(
            """
            SELECT count(*) AS required,
                count(provider) AS allocated,
                count(offered_at) AS offered,
                count(accepted_at) AS accepted,
                count(declined_at) AS declined,
                count(conducted_at) AS conducted,
                count(*) FILTER (WHERE conducted_at <= due_by) AS in_time,
                count(given_up_at) AS given_up,
                count(covered_by) AS covered,
                count(*) FILTER (WHERE conducted_at IS NULL AND declined_at IS NULL
                    AND given_up_at IS NULL) AS open,
                count(*) FILTER (WHERE conducted_at IS NULL AND declined_at IS NULL
                    AND given_up_at IS NULL AND due_by < $6) AS overdue
            FROM lists.interview
            WHERE coalesce(returned_at, required_at) >= $1
                AND coalesce(returned_at, required_at) < $2
                AND ($3::text IS NULL OR provider = $3) AND ($4::text IS NULL OR area = $4
                    OR (area IS NULL AND force = ANY($7::text[])))
                AND ($5::text IS NULL OR force = $5)
            """,
            since,
            until,
            provider,
            area,
            force,
            now,
            list(near),
        )
        return InterviewCounts(**dict(row.items()))

    async def running_out(self, now: datetime) -> list[UUID]:
        """Interviews whose time has run out and that nobody has recorded as late."""
        rows = await self._fetch(
            "SELECT interview_id FROM lists.interview WHERE due_by < $1 AND conducted_at IS NULL "
            "AND given_up_at IS NULL AND declined_at IS NULL AND overdue_noticed_at IS NULL "
            "ORDER BY due_by LIMIT 500",
            now,
        )
        return [row[0] for row in rows]


async def _apply(connection: Any, change: Change) -> None:
    if "required_at" in change.columns:
        await connection.execute(
            "INSERT INTO lists.interview (interview_id, force, area, required_at) "
            "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            change.interview_id,
            *change.columns.values(),
        )
        return
    # The names are those of `changes_of`; the values are bound.
    values: list[Any] = [change.interview_id, change.covers]
    assignments = ["episodes = episodes + $2"]
    for name, value in change.columns.items():
        if isinstance(value, Unless):
            values += [value.later_than, value.value]
            first, second = len(values) - 1, len(values)
            assignments.append(
                f"{name} = CASE WHEN {value.column} > ${first}::timestamptz THEN {name} "
                f"ELSE ${second}::timestamptz END"
            )
        else:
            values.append(value)
            assignments.append(f"{name} = ${len(values)}")
    await connection.execute(
        f"UPDATE lists.interview SET {', '.join(assignments)} WHERE interview_id = $1", *values
    )
