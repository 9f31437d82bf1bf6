"""Agencies, subjects and links. Pure: what is given is decided, nothing is read or written."""

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from shared.contracts import intake
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id, new_subject_id
from shared.contracts.refusals import RuleBroken
from shared.eventstore.record import Record


class Agency(Record):
    """An agency that takes part."""

    class Registered(Record.Created):
        """It was registered."""

        data: intake.AgencyRegistered

    @event(Registered)
    def __init__(
        self, data: intake.AgencyRegistered, timestamp: datetime, handling: Handling
    ) -> None:
        self.data = data

    @classmethod
    def register(cls, data: intake.AgencyRegistered, *, now: datetime) -> "Agency":
        """Register an agency."""
        return cls._create(
            cls.Registered, id=new_record_id(), data=data, timestamp=now, handling="P"
        )


class Subject(Record):
    """One person, place or thing. It has no data: only mentions do."""

    class Registered(Record.Created):
        """It came into being."""

        data: intake.SubjectRegistered

    @event(Registered)
    def __init__(
        self, data: intake.SubjectRegistered, timestamp: datetime, handling: Handling
    ) -> None:
        self.kind = data.kind

    @classmethod
    def register(cls, kind: intake.SubjectKind, *, now: datetime) -> "Subject":
        """Make a subject, under an id that tells nothing."""
        data = intake.SubjectRegistered(kind=kind)
        return cls._create(
            cls.Registered, id=new_subject_id(), data=data, timestamp=now, handling="P"
        )


class Link(Record):
    """Which subject a mention is about, as decided so far. Its id is the mention's."""

    class Linked(Record.Created):
        """The first decision."""

        data: intake.MentionLinked

    class Moved(Record.Event):
        """Decided otherwise, or linked again."""

        data: intake.MentionMoved

    class Unlinked(Record.Event):
        """Taken back."""

        data: intake.MentionUnlinked

    @event(Linked)
    def __init__(self, data: intake.MentionLinked, timestamp: datetime, handling: Handling) -> None:
        self.subject_id: UUID | None = data.subject_id
        self.subject_kind = data.subject_kind

    @classmethod
    def decide(cls, mention_id: UUID, data: intake.MentionLinked, *, now: datetime) -> "Link":
        """Link a mention for the first time."""
        return cls._create(cls.Linked, id=mention_id, data=data, timestamp=now, handling="P")

    def unlink(
        self, *, decided_by: intake.Decider, reason: intake.UnlinkReason, now: datetime
    ) -> None:
        """Take the link back. The mention then stands for itself.

        Raises:
            RuleBroken: it is not linked.
        """
        if self.subject_id is None:
            raise RuleBroken("this mention is not linked to anybody")
        self._unlinked(
            data=intake.MentionUnlinked(
                about=(self.id,), subject_id=self.subject_id, decided_by=decided_by, reason=reason
            ),
            timestamp=now,
            handling="P",
        )

    @event(Unlinked)
    def _unlinked(
        self, data: intake.MentionUnlinked, timestamp: datetime, handling: Handling
    ) -> None:
        self.subject_id = None

    def move(
        self,
        subject_id: UUID,
        *,
        decided_by: intake.Decider,
        reason: intake.MoveReason,
        now: datetime,
    ) -> None:
        """Link the mention to another subject, or again.

        Raises:
            RuleBroken: it is linked to that subject already.
        """
        if self.subject_id == subject_id:
            raise RuleBroken("this mention is linked to that subject already")
        self._moved(
            data=intake.MentionMoved(
                about=(self.id,),
                from_subject=self.subject_id,
                subject_id=subject_id,
                decided_by=decided_by,
                reason=reason,
            ),
            timestamp=now,
            handling="P",
        )

    @event(Moved)
    def _moved(self, data: intake.MentionMoved, timestamp: datetime, handling: Handling) -> None:
        self.subject_id = data.subject_id
