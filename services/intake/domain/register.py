"""Agencies, subjects and links. Pure: what is given is decided, nothing is read or written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
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
        self,
        *,
        decided_by: intake.Decider,
        reason: intake.UnlinkReason,
        now: datetime,
        act: UUID | None = None,
    ) -> None:
        """Take the link back. The mention then stands for itself.

        Raises:
            RuleBroken: it is not linked.
        """
        if self.subject_id is None:
            raise RuleBroken("this mention is not linked to anybody")
        self._unlinked(
            data=intake.MentionUnlinked(
                about=(self.id,),
                subject_id=self.subject_id,
                decided_by=decided_by,
                reason=reason,
                act=act,
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
        confidence: intake.Confidence | None = None,
        basis: Sequence[intake.Basis] = (),
        act: UUID | None = None,
    ) -> None:
        """Link the mention to another subject, or again.

        Raises:
            RuleBroken: it is linked to that subject already; or somebody is identified without it
                being said how sure that is and on what it rests.
        """
        if self.subject_id == subject_id:
            raise RuleBroken("this mention is linked to that subject already")
        weighed(reason, confidence, basis)
        self._moved(
            data=intake.MentionMoved(
                about=(self.id,),
                from_subject=self.subject_id,
                subject_id=subject_id,
                decided_by=decided_by,
                reason=reason,
                confidence=confidence,
                basis=tuple(basis),
                act=act,
            ),
            timestamp=now,
            handling="P",
        )

    @event(Moved)
    def _moved(self, data: intake.MentionMoved, timestamp: datetime, handling: Handling) -> None:
        self.subject_id = data.subject_id


def weighed(
    reason: intake.MoveReason,
    confidence: intake.Confidence | None,
    basis: Sequence[intake.Basis],
) -> None:
    """Refuse to identify somebody without a word of how sure that is and on what it rests.

    Raises:
        RuleBroken: one of the two is missing.
    """
    if reason == "identified" and (confidence is None or not basis):
        raise RuleBroken("say how sure it is (confidence) and on what it rests (basis)")


RULE = intake.Decider(kind="rule", name="strong-identifier", version=2)
"""The rule for people: a verified strong identifier that is known links, and so does the agency's
word that this is another version of its report, or somebody whom another version describes in the
same words; everything else is new."""

THING_RULE = intake.Decider(kind="rule", name="thing-identifier", version=1)
"""The rule for places, vehicles, phones and organisations: what is unique to one thing links (a
UPRN, premises with postcode and number, a whole registration, a whole phone number), and the same
words in versions of one report. A part of a registration never links by itself."""

DECISIVE: frozenset[intake.MatchedOn] = frozenset({"uprn"})
"""What decides by itself: a property's own number, whatever its address is written like."""


@dataclass(frozen=True, slots=True)
class StrongIdentifier:
    """What is unique to one person or thing, in its normal form.

    Attributes:
        issuer: whose numbering it is; empty for a national one. For `same-words` the report.
    """

    scheme: intake.MatchedOn
    issuer: str
    value: str


@dataclass(frozen=True, slots=True)
class NewMention:
    """A mention that wants a subject: what the rule may look at, and nothing else.

    Attributes:
        apart: what sets it apart from others with which it seems to agree: premises that are known
            under a property number are not those that have another.
        same_as: an earlier mention that the same report made of the same person.
    """

    mention_id: UUID
    kind: intake.SubjectKind
    identifiers: tuple[StrongIdentifier, ...] = ()
    apart: tuple[StrongIdentifier, ...] = ()
    same_as: UUID | None = None


def link_by_rule(
    mention: NewMention,
    agreed: Sequence[tuple[intake.Evidence, UUID]],
    *,
    apart_from: Collection[UUID] = (),
    now: datetime,
) -> tuple[Subject | None, UUID, Link]:
    """Link a mention for the first time.

    Where nobody known agrees, or several do, the mention gets a subject of its own: of several a
    person must choose, and nothing is joined meanwhile.

    Args:
        mention: the mention.
        agreed: what agrees with it, each with the subject that this points to.
        apart_from: subjects that it is set apart from; only what is decisive links it to one.
        now: the present.

    Returns:
        The subject, if one was made; the id of the mention's subject; and the link.
    """
    decisive = [found for found in agreed if found[0].matched_on in DECISIVE]
    speaking = decisive or [found for found in agreed if found[1] not in apart_from]
    pointed_to = tuple(dict.fromkeys(subject_id for _, subject_id in agreed))
    chosen = tuple(dict.fromkeys(subject_id for _, subject_id in speaking))
    made = Subject.register(mention.kind, now=now) if len(chosen) != 1 else None
    subject_id = made.id if made is not None else chosen[0]
    data = intake.MentionLinked(
        about=(mention.mention_id,),
        subject_id=subject_id,
        subject_kind=mention.kind,
        new_subject=made is not None,
        decided_by=RULE if mention.kind == "person" else THING_RULE,
        evidence=tuple(found for found, _ in speaking) if made is None else (),
        conflicting=tuple(other for other in pointed_to if other != subject_id),
    )
    return made, subject_id, Link.decide(mention.mention_id, data, now=now)
