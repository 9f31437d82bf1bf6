"""Mash's own list of alerts, folded from its events, and how far the rules have looked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from shared.contracts import EVENTS, mash, times
from shared.contracts.envelope import Envelope
from shared.contracts.registry import UnknownType
from shared.eventstore.lists import OwnList
from shared.eventstore.store import Recorded

COLUMNS = (
    "alert_id", "rule", "rule_version", "subject_id", "subject_kind", "mentions", "authorities",
    "happened_at",
    "raised_at", "answer_by", "acknowledged_at", "acknowledged_by", "outcome", "escalated_at",
)  # fmt: skip


class AlertRow(Struct, frozen=True, kw_only=True):
    """One alert of the list: ids, codes and times.

    Attributes:
        authorities: the councils that it is for; none where nobody has told of any.
    """

    alert_id: UUID
    rule: str
    rule_version: int
    subject_id: UUID
    subject_kind: str
    mentions: list[UUID]
    authorities: list[str]
    happened_at: datetime
    raised_at: datetime
    answer_by: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    outcome: str | None
    escalated_at: datetime | None


class AlertList(OwnList):
    """The list in the service's database."""

    CALLED = "the list of alerts"

    async def _take(self, connection: Any, events: Sequence[Recorded]) -> None:
        for event in events:
            await _apply(connection, event.envelope)

    async def rows(
        self,
        *,
        only_open: bool,
        rule: str | None,
        authority: str | None,
        after: UUID | None,
        limit: int,
    ) -> list[AlertRow]:
        """Alerts: open ones by when somebody should have looked, all by when they were raised.

        Args:
            authority: those for this council, and those of which nobody knows for whom they are.
            after: the last of the page before.

        Raises:
            Unavailable: the list does not answer.
        """
        by, than, order = (
            ("answer_by, alert_id", ">", "answer_by, alert_id")
            if only_open
            else ("raised_at, alert_id", "<", "raised_at DESC, alert_id DESC")
        )
        rows = await self._fetch(
            f"SELECT {', '.join(COLUMNS)} FROM lists.alert "
            "WHERE (NOT $1 OR acknowledged_at IS NULL) AND ($2::text IS NULL OR rule = $2) "
            "AND ($3::text IS NULL OR authorities = '{}' OR $3 = ANY(authorities)) "
            f"AND ($4::uuid IS NULL OR ({by}) {than} "
            f"(SELECT {by} FROM lists.alert WHERE alert_id = $4)) ORDER BY {order} LIMIT $5",
            only_open,
            rule,
            authority,
            after,
            limit,
        )
        return [AlertRow(**dict(row.items())) for row in rows]

    async def unanswered(self, now: datetime) -> list[UUID]:
        """Alerts that nobody looked at in time, and of which that was not said yet."""
        rows = await self._fetch(
            "SELECT alert_id FROM lists.alert WHERE acknowledged_at IS NULL "
            "AND escalated_at IS NULL AND answer_by <= $1 ORDER BY answer_by LIMIT 500",
            now,
        )
        return [row[0] for row in rows]

    async def watched(self, sources: Sequence[str]) -> dict[str, int]:
        """Up to which position of each store the rules were asked."""
        rows = await self._fetch("SELECT source, position FROM lists.watched")
        return dict.fromkeys(sources, 0) | {row[0]: row[1] for row in rows}

    async def begin(self, sources: Sequence[str]) -> None:
        """Begin, for a store that was never asked about, where the archive stands.

        What was reported before there were rules raises no alerts all at once: look over it by
        `throughline alerts try`.
        """
        await self._fetch(
            "INSERT INTO lists.watched (source, position) SELECT s.source, coalesce(p.position, 0) "
            "FROM unnest($1::text[]) AS s (source) LEFT JOIN archive.progress p USING (source) "
            "ON CONFLICT DO NOTHING",
            list(sources),
        )

    async def of_mentions(self, mentions: Sequence[UUID]) -> list[AlertRow]:
        """Alerts that rest on one of these mentions, the newest first.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch(
            f"SELECT {', '.join(COLUMNS)} FROM lists.alert WHERE mentions && $1 "
            "ORDER BY raised_at DESC, alert_id LIMIT 100",
            list(mentions),
        )
        return [AlertRow(**dict(row.items())) for row in rows]

    async def raised_by(self, rule: str) -> int:
        """How many alerts any version of a rule has raised.

        Raises:
            Unavailable: the list does not answer.
        """
        rows = await self._fetch("SELECT count(*) FROM lists.alert WHERE rule = $1", rule)
        return int(rows[0][0])

    async def asked_up_to(self, source: str, position: int) -> None:
        """Everything of a store up to a position was asked about."""
        await self._fetch(
            "INSERT INTO lists.watched (source, position) VALUES ($1, $2) "
            "ON CONFLICT (source) DO UPDATE SET position = excluded.position",
            source,
            position,
        )

    async def came(self, source: str, after: int, up_to: int, limit: int) -> tuple[int, list[UUID]]:
        """The mentions that the next events of a store in the archive are about.

        Returns:
            The position of the last of those events, and the mentions.
        """
        last = min(after + limit, up_to)
        rows = await self._fetch(
            "SELECT DISTINCT mention_id FROM archive.mention "
            "WHERE source = $1 AND position > $2 AND position <= $3",
            source,
            after,
            last,
        )
        return last, [row[0] for row in rows]


async def _apply(connection: Any, event: Envelope) -> None:
    try:
        data = EVENTS.decode(event.type, event.data)
    except UnknownType:
        return
    match data:
        case mash.AlertRaised():
            await connection.execute(
                "INSERT INTO lists.alert (alert_id, rule, rule_version, subject_id, subject_kind, "
                "mentions, authorities, happened_at, raised_at, answer_by) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
                event.subject,
                data.rule.name,
                data.rule.version,
                data.subject_id,
                data.subject_kind,
                list(data.about),
                list(data.authorities),
                data.happened_at,
                times.read(event.time),
                data.answer_by,
            )
        case mash.AlertAcknowledged():
            await connection.execute(
                "UPDATE lists.alert SET acknowledged_at = $2, acknowledged_by = $3, outcome = $4 "
                "WHERE alert_id = $1",
                event.subject,
                data.acknowledged_at,
                event.actor,
                data.outcome,
            )
        case mash.AlertEscalated():
            await connection.execute(
                "UPDATE lists.alert SET escalated_at = $2 WHERE alert_id = $1",
                event.subject,
                data.noticed_at,
            )
