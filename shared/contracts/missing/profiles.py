"""Carers' profiles: written before a child goes missing, given to a force when the child does.

After the Philomena protocol (Durham Constabulary, 2019, and the forces that followed): the profile
belongs to the carer or the placing authority, is kept up to date, moves with the child to a new
carer, and is given to the police only when the child is reported.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

WhyWithdrawn = Literal["wrong-child", "wrong-force", "wrong-version", "other"]


@content(31, FieldClass.IDENTITY)
class CarerProfile(SealedContent, frozen=True, kw_only=True):
    """What a carer writes down before a child goes missing (Philomena protocol, part one).

    Attributes:
        photograph: where others are, and who can send them. The one that is given with the profile
            is a record of its own (`PhotographKept`).
        addresses: of family, friends and earlier placements.
        missing_before: when, where the child was then, and how she or he was found.
    """

    description: str | None = None
    photograph: str | None = None
    friends_and_associates: str | None = None
    addresses: str | None = None
    places_frequented: str | None = None
    missing_before: str | None = None
    medical: str | None = None
    phones_and_online: str | None = None
    money_and_transport: str | None = None
    vulnerabilities: str | None = None


@content(32, FieldClass.NARRATIVE)
class WhenMissing(SealedContent, frozen=True, kw_only=True):
    """What can be said only once the child is missing (Philomena protocol, part two)."""

    last_seen: str | None = None
    clothing: str | None = None
    carrying: str | None = None
    intentions: str | None = None


@EVENTS.event_type("missing.carer-profile-prepared.v1", aggregate="carer-profile")
class CarerProfilePrepared(EventData, frozen=True, kw_only=True):
    """A carer wrote a child's profile. Nobody else sees it until it is released.

    Attributes:
        keeper: the agency that keeps it: a carer's, a children's home, an authority.
        placing_authority: the council that may release it and move it as its keeper may.
        may_be_known: whether whoever may see the child may know that it exists, and who keeps it.
    """

    child: UUID
    keeper: str
    placing_authority: str | None
    may_be_known: bool
    profile_version: int
    profile: Sealed[CarerProfile]


@EVENTS.event_type("missing.carer-profile-renewed.v1", aggregate="carer-profile")
class CarerProfileRenewed(EventData, frozen=True, kw_only=True):
    """A carer brought a child's profile up to date: the whole of it, not what changed.

    Attributes:
        may_be_known: as it was said when the profile was prepared.
    """

    may_be_known: bool
    profile_version: int
    profile: Sealed[CarerProfile]


@EVENTS.event_type("missing.carer-profile-released.v1", aggregate="carer-profile")
class CarerProfileReleased(EventData, frozen=True, kw_only=True):
    """The child is missing, and one version of the profile was given to the force of one episode.

    Attributes:
        when_missing: part two.
        photograph_id, photograph_taken_on: the picture that was given with it, if one was.
    """

    to: str
    episode_id: UUID
    profile_version: int
    released_at: datetime
    when_missing: Sealed[WhenMissing] | None
    photograph_id: UUID | None = None
    photograph_taken_on: date | None = None


@EVENTS.event_type("missing.carer-profile-release-withdrawn.v1", aggregate="carer-profile")
class CarerProfileReleaseWithdrawn(EventData, frozen=True, kw_only=True):
    """A profile should not have been given for this episode: from now on the force sees nothing."""

    episode_id: UUID
    why: WhyWithdrawn
    withdrawn_at: datetime


@EVENTS.event_type("missing.carer-profile-handed-over.v1", aggregate="carer-profile")
class CarerProfileHandedOver(EventData, frozen=True, kw_only=True):
    """The child has a new carer, and the profile moved along: only the new keeper has it now.

    Attributes:
        to: the new keeper.
        placing_authority: which council stands behind it from now on.
    """

    to: str
    placing_authority: str | None
    handed_over_at: datetime
