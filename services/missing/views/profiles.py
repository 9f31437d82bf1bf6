"""Carers' profiles and how long ago each was renewed: clear fields only. Pure."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct


class ProfileRow(Struct, frozen=True, kw_only=True):
    """A profile as its keeper's list has it.

    Attributes:
        renewed_at: when its newest version was written.
        photograph_id: the picture that it is given with; none where it has none.
        photograph_taken_on: the day on which that was taken, as the carer says.
        photograph_kept_at: when it was sent.
    """

    profile_id: UUID
    keeper: str
    placing_authority: str | None
    profile_version: int
    renewed_at: datetime
    photograph_id: UUID | None
    photograph_taken_on: date | None
    photograph_kept_at: datetime | None
