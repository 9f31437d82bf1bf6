"""That a child is in another authority's area, told to that authority once.

A child who lives, is placed or is found away from the authority that is responsible is easily
nobody's: the host does not know of the child, the home authority does not know where the child is
(report 2015; statutory guidance of January 2014, on children placed out of area). A notice tells;
it moves no responsibility, which only an acceptance does.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.contracts.registry import EVENTS, EventData

BoundaryReason = Literal["living-in", "placed-by", "found-in"]
"""`living-in`: a child for whom another is responsible lives in the told authority's area.
`placed-by`: a child for whom the told authority is responsible lives in another's, which says so.
`found-in`: a child of another authority was found in the told authority's area."""


@EVENTS.event_type("intake.boundary-notice-raised.v1", aggregate="boundary-notice")
class BoundaryNoticeRaised(EventData, frozen=True, kw_only=True):
    """An authority is told of a child.

    Attributes:
        child: the mention of the child in what it rests on.
        to: the authority that is told.
        other: the authority on the other side: the responsible one, or the host.
        record_id: the status, or the episode, that it rests on.
        since: the day on which the child came there, or was found.
    """

    child: UUID
    to: str
    reason: BoundaryReason
    other: str
    record_id: UUID
    since: date


@EVENTS.event_type("intake.boundary-notice-acknowledged.v1", aggregate="boundary-notice")
class BoundaryNoticeAcknowledged(EventData, frozen=True, kw_only=True):
    """Somebody of the authority that was told has read it."""

    child: UUID
    to: str
    acknowledged_at: datetime
