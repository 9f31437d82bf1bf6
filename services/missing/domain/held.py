"""A return whose report has not come: kept until it does, and then joined to it. Pure."""

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from services.missing.domain.times import not_future
from shared.contracts import missing
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import RuleBroken
from shared.eventstore.record import Record


class HeldReturn(Record):
    """A return without its report."""

    class Held(Record.Created):
        """It came."""

        data: missing.ReturnHeld

    class Joined(Record.Event):
        """Its report came."""

        data: missing.HeldReturnJoined

    @event(Held)
    def __init__(self, data: missing.ReturnHeld, timestamp: datetime, handling: Handling) -> None:
        self.force = data.force
        self.child = data.child
        self.data = data
        self.episode_id: UUID | None = None

    @classmethod
    def hold(cls, data: missing.ReturnHeld, *, now: datetime) -> "HeldReturn":
        """Keep a return.

        Raises:
            Invalid: it is in the future.
        """
        not_future(data.returned_at, "/returned_at", now)
        return cls._create(
            cls.Held, id=new_record_id(), data=data, timestamp=data.returned_at, handling="P"
        )

    def join(self, episode_id: UUID, *, now: datetime) -> None:
        """Its report came: the return now stands in that episode.

        Raises:
            RuleBroken: it is joined already.
        """
        if self.episode_id is not None:
            raise RuleBroken("this return stands in an episode already")
        data = missing.HeldReturnJoined(about=(self.child,), episode_id=episode_id)
        self._joined(data=data, timestamp=now, handling="P")

    @event(Joined)
    def _joined(
        self, data: missing.HeldReturnJoined, timestamp: datetime, handling: Handling
    ) -> None:
        self.episode_id = data.episode_id
