"""Measures: what was done to stop somebody, or what goes on somewhere, and until when it holds.

A measure is a fact of an authority, no accusation of ours: that a notice was served, that a licence
was reviewed. Against whom, or where, and which children it is to protect, are mentions; so a
measure moves with them where somebody is identified, or a merge is undone (ADR 31).
"""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

MeasureKind = Literal[
    "child-abduction-warning-notice", "sexual-risk-order", "sexual-harm-prevention-order",
    "civil-injunction", "bail-conditions", "licence-conditions", "closure-notice", "closure-order",
    "hotel-information-notice", "premises-licence-review", "premises-licence-suspended",
    "premises-licence-revoked", "taxi-licence-suspended", "taxi-licence-revoked",
    "disruption-visit", "other",
]  # fmt: skip
"""What can be done against somebody or somewhere: those that the guidance on disruption names (Home
Office toolkit, September 2022, as others quote it; its own text was not read) and what a licensing
authority does (report of 2015, 5.3 and its action plan, 6.4). `licence-conditions` are those of
somebody released from prison."""

AGAINST_PERSONS: Final[frozenset[MeasureKind]] = frozenset({
    "child-abduction-warning-notice", "sexual-risk-order", "sexual-harm-prevention-order",
    "civil-injunction", "bail-conditions", "licence-conditions", "taxi-licence-suspended",
    "taxi-licence-revoked",
})  # fmt: skip
"""Kinds that bind a person. One that was never named may be bound: a description is served on a man
at a door."""

AGAINST_PLACES: Final[frozenset[MeasureKind]] = frozenset({
    "closure-notice", "closure-order", "hotel-information-notice", "premises-licence-review",
    "premises-licence-suspended", "premises-licence-revoked",
})  # fmt: skip
"""Kinds that bind premises. Whatever is in neither may be against either, or a vehicle."""

OrderedBy = Literal[
    "own-authority", "magistrates-court", "youth-court", "crown-court", "county-court",
    "licensing-sub-committee", "traffic-commissioner", "prison-or-probation", "other",
]  # fmt: skip
"""Who made it, where that is another than the agency that tells of it."""

WhyMeasureEnded = Literal[
    "withdrawn", "quashed", "replaced", "no-longer-needed", "charged-instead", "other"
]


@content(55, FieldClass.NARRATIVE)
class MeasureConditions(SealedContent, frozen=True, kw_only=True):
    """What a measure demands or forbids, in words."""

    text: str


@content(56, FieldClass.NARRATIVE)
class BreachAccount(SealedContent, frozen=True, kw_only=True):
    """How a measure was breached, in words."""

    text: str


@EVENTS.event_type("intelligence.measure-taken.v1", aggregate="measure")
class MeasureTaken(EventData, frozen=True, kw_only=True):
    """An authority took a measure against a person, a place or a vehicle.

    Attributes:
        taken_by: code of the agency that tells of it, and may say what became of it.
        target: the mention that it is against.
        protects: the children whom it is to protect, each a mention of role `child`.
        ordered_by: who made it; none where nobody said.
        taken_at: when it was served, made or done.
        since, until: its first and its last day; no last one where it has no end.
        conditions: what it demands or forbids; sealed as the target's.
    """

    kind: MeasureKind
    taken_by: str
    target: UUID
    protects: tuple[UUID, ...]
    ordered_by: OrderedBy | None
    taken_at: datetime
    since: date
    until: date | None
    conditions: Sealed[MeasureConditions] | None


@EVENTS.event_type("intelligence.measure-varied.v1", aggregate="measure")
class MeasureVaried(EventData, frozen=True, kw_only=True):
    """A measure was extended, shortened, or its conditions changed.

    Attributes:
        until: its last day from now on; none where it has no end.
        conditions: all of them as they are from now on; none where they stay as they were.
    """

    varied_at: datetime
    until: date | None
    conditions: Sealed[MeasureConditions] | None


@EVENTS.event_type("intelligence.measure-breached.v1", aggregate="measure")
class MeasureBreached(EventData, frozen=True, kw_only=True):
    """Somebody did what a measure forbids."""

    breached_at: datetime
    account: Sealed[BreachAccount] | None


@EVENTS.event_type("intelligence.measure-ended.v1", aggregate="measure")
class MeasureEnded(EventData, frozen=True, kw_only=True):
    """A measure ended before its last day, or had none.

    Attributes:
        ended_on: its last day.
    """

    ended_on: date
    why: WhyMeasureEnded


@EVENTS.event_type("intelligence.measure-recorded-in-error.v1", aggregate="measure")
class MeasureRecordedInError(EventData, frozen=True, kw_only=True):
    """There was no such measure: it was somebody else's, or a slip."""

    said_at: datetime
