"""Who is responsible for a child, where two authorities are concerned.

A child found outside the home authority's area stays the host's responsibility until the home
authority accepts, in writing (several areas' procedures, drawn from Working Together). So a change
has three facts: one authority asks, the other accepts or declines, and only acceptance moves it.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

Matter = Literal[
    "child-protection-enquiry", "child-protection-plan", "child-in-need", "looked-after",
]  # fmt: skip
"""What the responsibility is for: an enquiry under section 47, a plan, a child in need, or care."""


@content(63, FieldClass.NARRATIVE)
class ResponsibilityWords(SealedContent, frozen=True, kw_only=True):
    """Why an authority asks, accepts or declines, in words."""

    text: str


@EVENTS.event_type("intake.responsibility-requested.v1", aggregate="responsibility")
class ResponsibilityRequested(EventData, frozen=True, kw_only=True):
    """An authority asked another to take responsibility for a child. It keeps it until then.

    Attributes:
        child: the mention of the child among `mentions`.
        held_by: the authority that asks, and stays responsible.
        asked: the authority that is asked.
    """

    child: UUID
    matter: Matter
    held_by: str
    asked: str
    requested_at: datetime
    reason: Sealed[ResponsibilityWords]


@EVENTS.event_type("intake.responsibility-accepted.v1", aggregate="responsibility")
class ResponsibilityAccepted(EventData, frozen=True, kw_only=True):
    """The authority that was asked accepted: from this moment it is responsible."""

    child: UUID
    matter: Matter
    held_by: str
    accepted_by: str
    accepted_at: datetime
    words: Sealed[ResponsibilityWords] | None


@EVENTS.event_type("intake.responsibility-declined.v1", aggregate="responsibility")
class ResponsibilityDeclined(EventData, frozen=True, kw_only=True):
    """The authority that was asked declined: whoever asked stays responsible."""

    child: UUID
    declined_at: datetime
    reason: Sealed[ResponsibilityWords]


@EVENTS.event_type("intake.responsibility-request-withdrawn.v1", aggregate="responsibility")
class ResponsibilityRequestWithdrawn(EventData, frozen=True, kw_only=True):
    """The authority that asked took its question back, unanswered."""

    child: UUID
    withdrawn_at: datetime
