"""A carer's profile of a child: whose it is, its versions, and to whom it was given. Pure."""

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from services.missing.domain.episode import Episode
from shared.contracts import missing
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record


class Profile(Record):
    """A carer's profile of a child, kept until the child goes missing (Philomena protocol).

    It belongs to its keeper, and to the authority that placed the child. What is in it is handled
    with conditions in every version: a release lets one force read one version for one episode, and
    opens nothing else.
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

    @event(Prepared)
    def __init__(
        self, data: missing.CarerProfilePrepared, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.keeper = data.keeper
        self.placing_authority = data.placing_authority
        self.may_be_known = data.may_be_known
        self.profile_version = data.profile_version
        self.released: dict[UUID, int] = {}

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
        """Give the newest version to the force of an episode that is open.

        Raises:
            RuleBroken: the child is back, the report was a mistake, or the force has this version.
        """
        if episode.is_over:
            raise RuleBroken("this episode is over: a profile is given while the child is missing")
        if self.released.get(episode.id) == self.profile_version:
            raise RuleBroken("the force was given this version for this episode already")
        data = missing.CarerProfileReleased(
            about=(self.child,),
            to=episode.force,
            episode_id=episode.id,
            profile_version=self.profile_version,
            released_at=now,
            when_missing=when_missing,
        )
        self._released(data=data, timestamp=now, handling=self._existence)

    @event(Released)
    def _released(
        self, data: missing.CarerProfileReleased, timestamp: datetime, handling: Handling
    ) -> None:
        self.released = self.released | {data.episode_id: data.profile_version}

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
        self.released = {e: v for e, v in self.released.items() if e != data.episode_id}

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
