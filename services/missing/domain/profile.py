"""A carer's profile of a child: whose it is, its versions, and to whom it was given. Pure."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from eventsourcing.domain import event

from services.missing.domain.episode import Episode
from shared.contracts import missing
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record

MOST_PHOTOGRAPHS: Final = 100
"""Of one profile, ever: a new one every two months for a whole childhood. Ours; so that no mistaken
program fills the store with pictures."""


class Profile(Record):
    """A carer's profile of a child, kept until the child goes missing (Philomena protocol).

    It belongs to its keeper, and to the authority that placed the child. What is in it is handled
    with conditions in every version: a release lets one force read one version for one episode, and
    opens nothing else. A picture belongs to it and is a record of its own (`Photograph`).
    """

    class Prepared(Record.Created):
        """Its first version was written."""

        data: missing.CarerProfilePrepared

    class Renewed(Record.Event):
        """A newer version was written."""

        data: missing.CarerProfileRenewed

    class Released(Record.Event):
        """It was given to a force."""

        data: missing.CarerProfileReleased

    class ReleaseWithdrawn(Record.Event):
        """It should not have been given."""

        data: missing.CarerProfileReleaseWithdrawn

    class HandedOver(Record.Event):
        """It moved to the child's new carer."""

        data: missing.CarerProfileHandedOver

    class Photographed(Record.Event):
        """It has a newer picture."""

        data: missing.CarerProfilePhotographed

    class PhotographWithdrawn(Record.Event):
        """A picture is not to be shown any more."""

        data: missing.CarerProfilePhotographWithdrawn

    @event(Prepared)
    def __init__(
        self, data: missing.CarerProfilePrepared, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.keeper = data.keeper
        self.placing_authority = data.placing_authority
        self.may_be_known = data.may_be_known
        self.profile_version = data.profile_version
        self.released: dict[UUID, tuple[int, UUID | None]] = {}
        self.photograph: tuple[UUID, date] | None = None
        self.photographs: frozenset[UUID] = frozenset()
        self.photographs_kept = 0
        self.photographs_given: dict[UUID, frozenset[UUID]] = {}

    @classmethod
    def prepare(cls, data: missing.CarerProfilePrepared, *, now: datetime) -> "Profile":
        """Write the first version.

        Raises:
            Invalid: it says nothing.
        """
        _refuse_empty(data.profile)
        return cls._create(cls.Prepared, id=new_record_id(), data=data, timestamp=now, handling="C")

    def belongs_to(self, agency: str) -> bool:
        """Whether an agency keeps it, or stands behind whoever does."""
        return agency in {self.keeper, self.placing_authority}

    def renew(self, data: missing.CarerProfileRenewed, *, now: datetime) -> None:
        """Write a newer version.

        Raises:
            RuleBroken: its number is not the next.
            Invalid: it says nothing.
        """
        if data.profile_version != self.profile_version + 1:
            raise RuleBroken(f"the next version of this profile is {self.profile_version + 1}")
        _refuse_empty(data.profile)
        self._renewed(data=data, timestamp=now, handling="C")

    @event(Renewed)
    def _renewed(
        self, data: missing.CarerProfileRenewed, timestamp: datetime, handling: Handling
    ) -> None:
        self.profile_version = data.profile_version

    def release(
        self,
        episode: Episode,
        *,
        when_missing: Sealed[missing.WhenMissing] | None,
        now: datetime,
    ) -> None:
        """Give the newest version, and its picture, to the force of an episode that is open.

        Raises:
            RuleBroken: the child is back, the report was a mistake, or the force has this version
                with this picture.
        """
        if episode.is_over:
            raise RuleBroken("this episode is over: a profile is given while the child is missing")
        photograph_id, taken_on = self.photograph or (None, None)
        if self.released.get(episode.id) == (self.profile_version, photograph_id):
            raise RuleBroken("the force was given this version for this episode already")
        data = missing.CarerProfileReleased(
            about=(self.child,),
            to=episode.force,
            episode_id=episode.id,
            profile_version=self.profile_version,
            released_at=now,
            when_missing=when_missing,
            photograph_id=photograph_id,
            photograph_taken_on=taken_on,
        )
        self._released(data=data, timestamp=now, handling=self._existence)

    @event(Released)
    def _released(
        self, data: missing.CarerProfileReleased, timestamp: datetime, handling: Handling
    ) -> None:
        given = (data.profile_version, data.photograph_id)
        self.released = self.released | {data.episode_id: given}
        before = self.photographs_given.get(data.episode_id, frozenset())
        pictures = before if data.photograph_id is None else before | {data.photograph_id}
        self.photographs_given = self.photographs_given | {data.episode_id: pictures}

    def withdraw_release(
        self, episode_id: UUID, *, why: missing.WhyWithdrawn, now: datetime
    ) -> None:
        """Take back what was given for an episode; who read it meanwhile stays on record.

        Raises:
            RuleBroken: nothing is given for that episode.
        """
        if episode_id not in self.released:
            raise RuleBroken("this profile is not given for that episode")
        data = missing.CarerProfileReleaseWithdrawn(
            about=(self.child,), episode_id=episode_id, why=why, withdrawn_at=now
        )
        self._withdrawn(data=data, timestamp=now, handling=self._existence)

    @event(ReleaseWithdrawn)
    def _withdrawn(
        self, data: missing.CarerProfileReleaseWithdrawn, timestamp: datetime, handling: Handling
    ) -> None:
        self.released = {e: given for e, given in self.released.items() if e != data.episode_id}
        self.photographs_given = {
            e: given for e, given in self.photographs_given.items() if e != data.episode_id
        }

    def gives_photograph(self, photograph_id: UUID, episode: Episode) -> bool:
        """Whether a picture is to be shown to the force of an episode, which was given it."""
        given = self.photographs_given.get(episode.id, frozenset())
        return not episode.is_over and photograph_id in given & self.photographs

    def show_photograph(self, photograph_id: UUID, taken_on: date, *, now: datetime) -> None:
        """Have this picture from now on, in place of the one before it.

        A force that was given an earlier one goes on reading that, until the profile is given anew.

        Raises:
            RuleBroken: the profile has had as many as one may have.
        """
        self.refuse_more_photographs()
        data = missing.CarerProfilePhotographed(
            about=(self.child,), photograph_id=photograph_id, taken_on=taken_on, kept_at=now
        )
        self._photographed(data=data, timestamp=now, handling="C")

    def refuse_more_photographs(self) -> None:
        """Refuse another picture before any work is done for it.

        Raises:
            RuleBroken: the profile has had as many as one may have.
        """
        if self.photographs_kept >= MOST_PHOTOGRAPHS:
            raise RuleBroken(f"a profile has at most {MOST_PHOTOGRAPHS} photographs, ever")

    @event(Photographed)
    def _photographed(
        self, data: missing.CarerProfilePhotographed, timestamp: datetime, handling: Handling
    ) -> None:
        self.photograph = (data.photograph_id, data.taken_on)
        self.photographs = self.photographs | {data.photograph_id}
        self.photographs_kept += 1

    def withdraw_photograph(
        self, photograph_id: UUID, *, why: missing.WhyPhotographWithdrawn, now: datetime
    ) -> None:
        """Show a picture to nobody any more, nor to a force that was given it.

        No earlier one takes its place: the profile has none until another is kept.

        Raises:
            RuleBroken: it is none of this profile's, or was withdrawn before.
        """
        if photograph_id not in self.photographs:
            raise RuleBroken("this profile has no such photograph, or it was withdrawn already")
        data = missing.CarerProfilePhotographWithdrawn(
            about=(self.child,), photograph_id=photograph_id, why=why, withdrawn_at=now
        )
        self._photograph_withdrawn(data=data, timestamp=now, handling="C")

    @event(PhotographWithdrawn)
    def _photograph_withdrawn(
        self,
        data: missing.CarerProfilePhotographWithdrawn,
        timestamp: datetime,
        handling: Handling,
    ) -> None:
        self.photographs = self.photographs - {data.photograph_id}
        if self.photograph is not None and self.photograph[0] == data.photograph_id:
            self.photograph = None

    def hand_over(self, *, to: str, placing_authority: str | None, now: datetime) -> None:
        """Move it to the child's new carer, with all its versions.

        Raises:
            RuleBroken: they have it already.
        """
        if (to, placing_authority) == (self.keeper, self.placing_authority):
            raise RuleBroken("this profile is with that keeper and authority already")
        data = missing.CarerProfileHandedOver(
            about=(self.child,), to=to, placing_authority=placing_authority, handed_over_at=now
        )
        self._handed_over(data=data, timestamp=now, handling=self._existence)

    @event(HandedOver)
    def _handed_over(
        self, data: missing.CarerProfileHandedOver, timestamp: datetime, handling: Handling
    ) -> None:
        self.keeper = data.to
        self.placing_authority = data.placing_authority

    @property
    def _existence(self) -> Handling:
        """Of what tells that there is a profile, and nothing that is in it."""
        return "P" if self.may_be_known else "C"


def _refuse_empty(profile: Sealed[missing.CarerProfile]) -> None:
    if profile.opened == missing.CarerProfile():
        raise Invalid("nothing was stored", (Fault("/profile", "say something of the child"),))
