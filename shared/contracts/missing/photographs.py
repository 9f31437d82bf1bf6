"""A photograph in a carer's profile: kept apart from the words, in an event of its own (ADR 30)."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

MAX_PHOTOGRAPH_BYTES: Final = 150 * 1024
"""Of the picture as it is kept. Written as text twice over, its event has not quite 280 kB: an
eighth of the largest event, a fifteenth of what the bus carries."""

MAX_PHOTOGRAPH_SIDE: Final = 1024
"""Of the longer side, in pixels."""

WhyPhotographWithdrawn = Literal["wrong-child", "out-of-date", "not-to-be-shown", "other"]


@content(33, FieldClass.PICTURE)
class PhotographContent(SealedContent, frozen=True, kw_only=True):
    """A picture of a child.

    Attributes:
        jpeg: as this service wrote it: pixels, and nothing beside them.
    """

    jpeg: bytes


@EVENTS.event_type("missing.photograph-kept.v1", aggregate="photograph")
class PhotographKept(EventData, frozen=True, kw_only=True):
    """A carer's picture of a child was kept. Nobody else sees it until its profile is released.

    Attributes:
        profile_id: the profile that it belongs to.
        taken_on: the day on which it was taken, as the carer says.
        width, height: in pixels.
        size_bytes: of the picture; its event is somewhat less than twice as large.
    """

    profile_id: UUID
    taken_on: date
    width: int
    height: int
    size_bytes: int
    picture: Sealed[PhotographContent]


@EVENTS.event_type("missing.carer-profile-photographed.v1", aggregate="carer-profile")
class CarerProfilePhotographed(EventData, frozen=True, kw_only=True):
    """From now on a profile is given with this picture, in place of the one before it.

    Attributes:
        photograph_id: the record that holds the picture.
    """

    photograph_id: UUID
    taken_on: date
    kept_at: datetime


@EVENTS.event_type("missing.carer-profile-photograph-withdrawn.v1", aggregate="carer-profile")
class CarerProfilePhotographWithdrawn(EventData, frozen=True, kw_only=True):
    """A picture is shown to nobody any more, nor to a force that was given it."""

    photograph_id: UUID
    why: WhyPhotographWithdrawn
    withdrawn_at: datetime
