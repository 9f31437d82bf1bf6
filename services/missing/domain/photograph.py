"""A photograph of a child, as a carer gave it. Pure."""

from datetime import date, datetime
from uuid import UUID

from eventsourcing.domain import event

from shared.contracts import missing, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record


class Photograph(Record):
    """A picture in a carer's profile: a record of its own, so that the profile is read without it.

    It never changes: another picture is another record, and whether one may be shown is the
    profile's to say.
    """

    class Kept(Record.Created):
        """It was kept."""

        data: missing.PhotographKept

    @event(Kept)
    def __init__(
        self, data: missing.PhotographKept, timestamp: datetime, handling: Handling
    ) -> None:
        self.profile_id = data.profile_id
        self.taken_on = data.taken_on

    @classmethod
    def keep(
        cls,
        profile_id: UUID,
        child: UUID,
        *,
        jpeg: bytes,
        width: int,
        height: int,
        taken_on: date,
        now: datetime,
    ) -> "Photograph":
        """Keep a picture of a child.

        Raises:
            Invalid: it was taken on a day that has not come, or is larger than a picture may be.
        """
        refuse_future_day(taken_on, now)
        if len(jpeg) > missing.MAX_PHOTOGRAPH_BYTES or (
            max(width, height) > missing.MAX_PHOTOGRAPH_SIDE
        ):
            raise Invalid("nothing was stored", (Fault("/", "this picture is too large to keep"),))
        data = missing.PhotographKept(
            about=(child,),
            profile_id=profile_id,
            taken_on=taken_on,
            width=width,
            height=height,
            size_bytes=len(jpeg),
            picture=Sealed.of(child, missing.PhotographContent(jpeg=jpeg)),
        )
        return cls._create(cls.Kept, id=new_record_id(), data=data, timestamp=now, handling="C")


def refuse_future_day(taken_on: date, now: datetime) -> None:
    """Refuse a day that has not come, by the clocks of the place.

    Raises:
        Invalid: it is later than today.
    """
    if taken_on > times.in_london(now).date():
        raise Invalid(
            "nothing was stored", (Fault("/header/Taken-On", "this day has not come: check it"),)
        )
