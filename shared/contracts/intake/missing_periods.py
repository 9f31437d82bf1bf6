"""What an authority returns to the government about a looked-after child who was missing or away.

The statutory return on looked-after children (SSDA903) has a table of its own for this, with two
codes that are the Department for Education's and nobody else's. Where reports differ, overlap, or
say what neither code means, a person of the authority decides, and this is that decision.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

MissingDecision = Literal["missing", "away", "not-returned"]
"""`missing` (code M): not at the placement or the place where they are expected to be, and their
whereabouts not known. `away` (code A): whereabouts known, but not there, without authorisation, and
the carer has concerns or the authority or police were told. `not-returned`: neither, or the same
time as another period. The police's `absent` is none of these by itself."""


@content(64, FieldClass.NARRATIVE)
class DecisionReason(SealedContent, frozen=True, kw_only=True):
    """Why a person decided so."""

    text: str


class MissingPeriodFields(EventData, frozen=True, kw_only=True):
    """A decision, whole: the same when it is made and when it is changed.

    Attributes:
        child: the mention of the child, among `mentions` of the first event.
        started_at: when the child left the placement or was last seen by a responsible adult,
            whichever is the latest; none for `not-returned`.
        ended_at: when the child was found (missing) or back at the placement (away); none while
            the child is not.
        sources: the records that it rests on and stands for: episodes, concerns. None where no
            report was made.
        decided_at: when the person decided. Who that is stands in the envelope.
    """

    child: UUID
    decision: MissingDecision
    started_at: datetime | None
    ended_at: datetime | None
    sources: tuple[UUID, ...]
    decided_at: datetime
    reason: Sealed[DecisionReason]


@EVENTS.event_type("intake.missing-period-decided.v1", aggregate="missing-period")
class MissingPeriodDecided(MissingPeriodFields, frozen=True, kw_only=True):
    """A person of the authority decided what is returned for a child."""


@EVENTS.event_type("intake.missing-period-changed.v1", aggregate="missing-period")
class MissingPeriodChanged(MissingPeriodFields, frozen=True, kw_only=True):
    """The decision was changed, as when the child was found: this is it now, whole."""


@EVENTS.event_type("intake.missing-period-withdrawn.v1", aggregate="missing-period")
class MissingPeriodWithdrawn(EventData, frozen=True, kw_only=True):
    """The decision was taken back: what was reported speaks for itself again."""

    child: UUID
    decided_at: datetime
    reason: Sealed[DecisionReason]
