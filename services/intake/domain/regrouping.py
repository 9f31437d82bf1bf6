"""Moving several mentions in one act, and taking that back. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from services.intake.domain.register import Link, weighed
from shared.contracts import intake
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record


class Regrouping(Record):
    """One act: which mentions went from where to where."""

    class Made(Record.Created):
        """It was done."""

        data: intake.MentionsRegrouped

    class Undone(Record.Event):
        """It was taken back."""

        data: intake.RegroupingUndone

    @event(Made)
    def __init__(
        self, data: intake.MentionsRegrouped, timestamp: datetime, handling: Handling
    ) -> None:
        self.data = data
        self.undone_by: UUID | None = None

    @event(Undone)
    def _undone(
        self, data: intake.RegroupingUndone, timestamp: datetime, handling: Handling
    ) -> None:
        self.undone_by = data.by_act

    @classmethod
    def move(
        cls,
        links: Sequence[Link],
        subject_id: UUID,
        *,
        decided_by: intake.Decider,
        reason: intake.MoveReason,
        confidence: intake.Confidence | None,
        basis: Sequence[intake.Basis],
        note: str | None,
        now: datetime,
    ) -> "Regrouping":
        """Move mentions to a subject, all or none.

        Raises:
            RuleBroken: there is none to move, one is there already, or somebody is identified
                without it being said how sure that is and on what it rests.
        """
        if not links:
            raise RuleBroken("there is no mention to move")
        weighed(reason, confidence, basis)
        act = new_record_id()
        moved = tuple(
            intake.Moved(mention_id=link.id, from_subject=link.subject_id, to_subject=subject_id)
            for link in links
        )
        for link in links:
            link.move(
                subject_id,
                decided_by=decided_by,
                reason=reason,
                confidence=confidence,
                basis=basis,
                act=act,
                now=now,
            )
        data = intake.MentionsRegrouped(
            about=tuple(link.id for link in links),
            moved=moved,
            decided_by=decided_by,
            reason=reason,
            confidence=confidence,
            basis=tuple(basis),
            note=_note(links[0].id, note),
        )
        return cls._create(cls.Made, id=act, data=data, timestamp=now, handling="P")

    def undo(
        self,
        links: Mapping[UUID, Link],
        came_since: Sequence[UUID],
        *,
        decided_by: intake.Decider,
        reason: intake.MoveReason,
        note: str | None,
        now: datetime,
    ) -> "Regrouping":
        """Take the act back: every mention that is where it was put returns to where it was.

        Whatever a person or a rule decided since stays as it was decided.

        Args:
            links: those of the act's mentions.
            came_since: mentions that came to the subjects joined since; nothing is guessed of them.
            decided_by: who.
            reason: `wrong-person`: the two are different, and are not to be proposed again.
            note: why, in words.
            now: the present.

        Returns:
            The act that takes this one back; it can be taken back itself.

        Raises:
            RuleBroken: it was taken back already, or nothing of it is as it was put.
        """
        if self.undone_by is not None:
            raise RuleBroken("this was taken back already")
        back = [
            moved
            for moved in self.data.moved
            if links[moved.mention_id].subject_id == moved.to_subject
        ]
        if not back:
            raise RuleBroken("everything of it was decided otherwise since")
        act = new_record_id()
        for moved in back:
            _put_back(links[moved.mention_id], moved, decided_by, reason, act, now)
        data = intake.MentionsRegrouped(
            about=tuple(moved.mention_id for moved in back),
            moved=tuple(
                intake.Moved(
                    mention_id=moved.mention_id,
                    from_subject=moved.to_subject,
                    to_subject=moved.from_subject,
                )
                for moved in back
            ),
            decided_by=decided_by,
            reason=reason,
            note=_note(back[0].mention_id, note),
            undoes=self.id,
            left=tuple(m.mention_id for m in self.data.moved if m not in back),
            to_assign=tuple(came_since),
        )
        self._undone(
            data=intake.RegroupingUndone(about=self.data.about, by_act=act),
            timestamp=now,
            handling="P",
        )
        return self._create(self.Made, id=act, data=data, timestamp=now, handling="P")


def _put_back(
    link: Link,
    moved: intake.Moved,
    decided_by: intake.Decider,
    reason: intake.MoveReason,
    act: UUID,
    now: datetime,
) -> None:
    if moved.from_subject is None:
        link.unlink(decided_by=decided_by, reason="superseded", act=act, now=now)
    else:
        link.move(moved.from_subject, decided_by=decided_by, reason=reason, act=act, now=now)


def _note(owner: UUID, text: str | None) -> Sealed[intake.LinkNote] | None:
    return Sealed.of(owner, intake.LinkNote(text=text)) if text is not None else None
