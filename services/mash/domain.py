"""Alerts, and what people did about them. Pure."""

from datetime import datetime, timedelta
from uuid import UUID

from eventsourcing.domain import event

from services.mash.rules import Rule
from shared.contracts import mash
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record


class Alert(Record):
    """A rule spoke, and somebody is to look."""

    class Raised(Record.Created):
        """It spoke."""

        data: mash.AlertRaised

    class Acknowledged(Record.Event):
        """Somebody looked."""

        data: mash.AlertAcknowledged

    class Escalated(Record.Event):
        """Nobody looked in time."""

        data: mash.AlertEscalated

    @event(Raised)
    def __init__(self, data: mash.AlertRaised, timestamp: datetime, handling: Handling) -> None:
        self.about = data.about
        self.answer_by = data.answer_by
        self.acknowledged_at: datetime | None = None
        self.escalated_at: datetime | None = None

    @event(Acknowledged)
    def _acknowledged(
        self, data: mash.AlertAcknowledged, timestamp: datetime, handling: Handling
    ) -> None:
        self.acknowledged_at = data.acknowledged_at

    @event(Escalated)
    def _escalated(
        self, data: mash.AlertEscalated, timestamp: datetime, handling: Handling
    ) -> None:
        self.escalated_at = data.noticed_at

    @classmethod
    def raise_(
        cls,
        rule: Rule,
        *,
        subject_id: UUID,
        subject_kind: mash.AlertSubject,
        trigger: UUID,
        evidence: tuple[UUID, ...],
        mentions: tuple[UUID, ...],
        authorities: tuple[str, ...],
        happened_at: datetime,
        now: datetime,
    ) -> "Alert":
        """Ask a person to look, by when the rule says."""
        data = mash.AlertRaised(
            about=mentions,
            rule=rule.used,
            subject_id=subject_id,
            subject_kind=subject_kind,
            trigger=trigger,
            evidence=evidence,
            authorities=authorities,
            happened_at=happened_at,
            answer_by=now + timedelta(hours=rule.answer_in_hours),
        )
        return cls._create(cls.Raised, id=new_record_id(), data=data, timestamp=now, handling="P")

    def acknowledge(self, outcome: mash.AlertOutcome, note: str | None, *, now: datetime) -> None:
        """Say that somebody looked, and what becomes of it. Late is better than never.

        Raises:
            RuleBroken: somebody did already.
        """
        if self.acknowledged_at is not None:
            raise RuleBroken("somebody has acknowledged this alert already")
        data = mash.AlertAcknowledged(
            about=self.about,
            acknowledged_at=now,
            outcome=outcome,
            note=Sealed.of(self.about[0], mash.AlertNote(text=note)) if note is not None else None,
        )
        self._acknowledged(data=data, timestamp=now, handling="P")

    def escalate(self, *, now: datetime) -> None:
        """Say that nobody looked in time.

        Raises:
            RuleBroken: somebody did, there is time yet, or it was said already.
        """
        if self.acknowledged_at is not None or self.escalated_at is not None:
            raise RuleBroken("somebody has looked, or this was noticed already")
        if now < self.answer_by:
            raise RuleBroken("there is time yet")
        self._escalated(
            data=mash.AlertEscalated(about=self.about, noticed_at=now), timestamp=now, handling="P"
        )
