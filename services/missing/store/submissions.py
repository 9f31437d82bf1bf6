"""The lists of what agencies sent, of truancy stops to follow up, of concerns that stay open."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.missing.views import ConcernRow, Kind, Status, StopRow, SubmissionRow, step_of
from shared.contracts import missing, times
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData
from shared.eventstore.lists import Rows

SUBMISSION = ", ".join(SubmissionRow.__struct_fields__)
STOP = (
    "stop_id, patrol, EXISTS (SELECT FROM lists.truancy_patrol WHERE code = patrol) "
    "AS patrol_registered, stopped_at, follow_up_by, followed_up_at"
)
CONCERN = ", ".join(ConcernRow.__struct_fields__)

INTERVIEW_STATUS: Final = (
    "CASE WHEN given_up_at IS NOT NULL THEN 'not-completed' "
    "WHEN conducted_at IS NOT NULL THEN 'conducted' WHEN declined_at IS NOT NULL THEN 'declined' "
    "WHEN accepted_at IS NOT NULL THEN 'accepted' WHEN offered_at IS NOT NULL THEN 'offered' "
    "WHEN provider IS NOT NULL THEN 'allocated' ELSE 'required' END"
)
"""What has become of an interview, of its row in the list of interviews: so the two never differ.
What the child said last counts there, whatever came here last."""


class Submissions(Rows):
    """The lists in the service's database; `InterviewList` keeps them up with the store."""

    CALLED = "the list"

    async def rows(
        self,
        *,
        agency: str,
        kinds: Collection[Kind],
        status: Status | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 50,
    ) -> list[SubmissionRow]:
        """What an agency sent or holds, the newest first.

        Args:
            since, until: when it was received: from the first, up to but not at the second.
            after: `received_at` and `record_id` of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        received, record_id = after or (None, None)
        found = await self._fetch(
            f"SELECT {SUBMISSION} FROM lists.submission WHERE agency = $1 AND kind = ANY($2) "
            "AND ($3::text IS NULL OR status = $3) "
            "AND ($4::timestamptz IS NULL OR received_at >= $4) "
            "AND ($5::timestamptz IS NULL OR received_at < $5) "
            "AND ($6::timestamptz IS NULL OR (received_at, record_id) < ($6, $7::uuid)) "
            "ORDER BY received_at DESC, record_id DESC LIMIT $8",
            agency,
            list(kinds),
            status,
            since,
            until,
            received,
            record_id,
            limit,
        )
        return [SubmissionRow(**dict(row.items())) for row in found]

    async def stops(
        self,
        *,
        agency: str,
        due_before: date | None = None,
        only_due: bool = True,
        after: tuple[date, UUID] | None = None,
        limit: int = 50,
    ) -> list[StopRow]:
        """An agency's truancy stops by the last day for their follow-up, the first due first.

        Args:
            due_before: only those whose last day is before it: with today, the overdue ones.
            after: `follow_up_by` and `stop_id` of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        day, stop_id = after or (None, None)
        found = await self._fetch(
            f"SELECT {STOP} FROM lists.truancy_stop WHERE agency = $1 "
            "AND ($2::date IS NULL OR follow_up_by < $2) "
            "AND (NOT $3 OR followed_up_at IS NULL) "
            "AND ($4::date IS NULL OR (follow_up_by, stop_id) > ($4, $5::uuid)) "
            "ORDER BY follow_up_by, stop_id LIMIT $6",
            agency,
            due_before,
            only_due,
            day,
            stop_id,
            limit,
        )
        return [StopRow(**dict(row.items())) for row in found]

    async def concerns(
        self,
        *,
        raised_by: str | None = None,
        authority: str | None = None,
        open_since: datetime | None = None,
        police_told: missing.Told | None = None,
        only_open: bool = True,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 50,
    ) -> list[ConcernRow]:
        """Concerns of whoever is not seen safe and well yet, the longest open first.

        Args:
            raised_by, authority: those that this agency raised, and those of children for whom
                this council is responsible; neither: none.
            open_since: only those that were raised then, or before.
            only_open: none that was closed though nobody had seen the child safe.
            after: `raised_at` and `concern_id` of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        raised, concern_id = after or (None, None)
        found = await self._fetch(
            f"SELECT {CONCERN} FROM lists.concern "
            "WHERE (agency = $1 OR responsible_authority = $2) AND NOT safe_and_well "
            "AND ($3::timestamptz IS NULL OR raised_at <= $3) "
            "AND ($4::text IS NULL OR police_told = $4) "
            "AND (NOT $5 OR closed_at IS NULL) "
            "AND ($6::timestamptz IS NULL OR (raised_at, concern_id) > ($6, $7::uuid)) "
            "ORDER BY raised_at, concern_id LIMIT $8",
            raised_by,
            authority,
            open_since,
            police_told,
            only_open,
            raised,
            concern_id,
            limit,
        )
        return [ConcernRow(**dict(row.items())) for row in found]


async def keep(connection: Any, envelope: Envelope, data: EventData) -> None:
    """Change the lists as an event says, in the transaction that counts it as read."""
    if (step := step_of(envelope, data)) is None:
        return
    recorded = times.read(envelope.time)
    if step.begins is not None:
        await connection.execute(
            "INSERT INTO lists.submission "
            "(record_id, kind, agency, status, received_at, changed_at, events) "
            "VALUES ($1, $2, $3, $4, $5, $5, 1) ON CONFLICT DO NOTHING",
            envelope.subject,
            step.begins,
            step.comes_to,
            step.status,
            recorded,
        )
    else:
        await connection.execute(
            # Where the child was seen before the return may be told after it.
            "UPDATE lists.submission SET status = CASE WHEN $2::text = 'located' "
            "AND status IN ('returned', 'reported-in-error') THEN status "
            "ELSE coalesce($2, status) END, changed_at = $3, "
            "events = events + 1, agency = coalesce($4, agency), "
            "received_at = CASE WHEN $4::text IS NULL THEN received_at ELSE $3 END "
            "WHERE record_id = $1",
            envelope.subject,
            step.status,
            recorded,
            step.comes_to,
        )
    # The list of interviews was changed by the same event just before.
    await connection.execute(
        f"UPDATE lists.submission AS sent SET status = {INTERVIEW_STATUS} "
        "FROM lists.interview AS held WHERE sent.record_id = $1 AND held.interview_id = $1",
        envelope.subject,
    )
    await _keep_concern(connection, envelope, data)
    if isinstance(data, missing.TruancyStopRecorded):
        await connection.execute(
            "INSERT INTO lists.truancy_stop (stop_id, agency, patrol, stopped_at, follow_up_by) "
            "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            envelope.subject,
            envelope.agency,
            data.patrol,
            data.stopped_at,
            data.follow_up_by,
        )
    elif isinstance(data, missing.TruancyFollowUpRecorded):
        done = step.status == "followed-up"
        await connection.execute(
            "UPDATE lists.truancy_stop SET tries = tries + 1, followed_up_at = $2, outcome = $3 "
            "WHERE stop_id = $1",
            envelope.subject,
            data.done_at if done else None,
            data.outcome if done else None,
        )


async def _keep_concern(connection: Any, envelope: Envelope, data: EventData) -> None:
    if isinstance(data, missing.ConcernRaised):
        await connection.execute(
            "INSERT INTO lists.concern (concern_id, agency, responsible_authority, child, source, "
            "away_from, away_since, police_told, how_left, overnight, raised_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
            envelope.subject,
            envelope.agency,
            data.responsible_authority,
            data.child,
            data.source,
            data.away_from,
            data.away_since,
            data.police_told,
            data.how_left,
            data.overnight,
            times.read(envelope.time),
        )
    elif isinstance(data, missing.ConcernClosed):
        await connection.execute(
            "UPDATE lists.concern SET closed_at = $2, safe_and_well = $3 WHERE concern_id = $1",
            envelope.subject,
            data.closed_at,
            data.safe_and_well,
        )
