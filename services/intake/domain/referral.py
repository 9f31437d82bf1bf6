"""A referral to children's social care, from what needs it to what was decided. Pure.

One record for one screening, interview, episode or professional's referral. It is decided by the
council it is directed to; whatever comes later from the same origin comes into the same record.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from services.intake.domain.times import not_future
from services.intake.timescales import FIRST, Table, first_due
from shared.contracts import intake
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record


class Referral(Record):
    """A referral."""

    class Opened(Record.Created):
        """Something needs a decision."""

        data: intake.ReferralOpened

    class Directed(Record.Event):
        """It is known who decides."""

        data: intake.ReferralDirected

    class Informed(Record.Event):
        """More came."""

        data: intake.ReferralInformed

    class Rated(Record.Event):
        """It was rated."""

        data: intake.ReferralRated

    class Decided(Record.Event):
        """It was decided."""

        data: intake.ReferralDecided

    class FedBack(Record.Event):
        """Whoever referred was told."""

        data: intake.ReferralFedBack

    class SharingDecided(Record.Event):
        """It was decided to share, or not to."""

        data: intake.SharingDecided

    class Overdue(Record.Event):
        """Its time ran out."""

        data: intake.ReferralOverdue

    @event(Opened)
    def __init__(
        self, data: intake.ReferralOpened, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.origin = data.origin
        self.to = data.to
        self.since = data.received_at
        self.due_by = data.due_by
        self.immediate = data.immediate
        self.rating: intake.Rating | None = None
        self.rated_in_this_round = False
        self.decided = False
        self.overdue_noticed = False

    @classmethod
    def open(
        cls,
        *,
        child: UUID,
        origin: intake.Origin,
        to: str | None,
        received_at: datetime,
        table: Table,
        immediate: bool = False,
        given: intake.ReferralOpened | None = None,
    ) -> "Referral":
        """Open a referral.

        Args:
            child: the mention of the child.
            origin: what needs it.
            to: the council that is to decide, where it is known.
            received_at: when it came: its time runs from here.
            table: the area's timescales.
            immediate: risk to life, or of serious immediate harm: due like a red one.
            given: what a professional says with it.
        """
        red: intake.Rating = "red"
        data = intake.ReferralOpened(
            about=given.about if given is not None else (child,),
            mentions=given.mentions if given is not None else (),
            child=child,
            origin=origin,
            to=to,
            received_at=received_at,
            immediate=immediate,
            due_by=table.due_by(red, received_at) if immediate else first_due(received_at),
            rule=table.rule(red) if immediate else FIRST,
            consent=given.consent if given is not None else None,
            referrer=given.referrer if given is not None else None,
            details=given.details if given is not None else None,
            contact=given.contact if given is not None else None,
        )
        return cls._create(
            cls.Opened, id=new_record_id(), data=data, timestamp=received_at, handling="P"
        )

    def direct(self, to: str, *, at: datetime) -> bool:
        """Say which council decides.

        Returns:
            Whether that is anything new.
        """
        if to == self.to:
            return False
        self._directed(
            data=intake.ReferralDirected(
                about=(self.child,), child=self.child, to=to, before=self.to, directed_at=at
            ),
            timestamp=at,
            handling="P",
        )
        return True

    @event(Directed)
    def _directed(
        self, data: intake.ReferralDirected, timestamp: datetime, handling: Handling
    ) -> None:
        self.to = data.to

    def inform(self, origin: intake.Origin, *, at: datetime) -> None:
        """More came from its origin. What was decided is to be decided anew, within its time."""
        due_by = first_due(at) if self.decided else self.due_by
        self._informed(
            data=intake.ReferralInformed(
                about=(self.child,),
                child=self.child,
                origin=origin,
                informed_at=at,
                due_by=due_by,
                rule=FIRST,
            ),
            timestamp=at,
            handling="P",
        )

    @event(Informed)
    def _informed(
        self, data: intake.ReferralInformed, timestamp: datetime, handling: Handling
    ) -> None:
        self.origin = data.origin
        if self.decided:
            self.since = data.informed_at
            self.due_by = data.due_by
            self.decided = False
            self.rated_in_this_round = False
            self.overdue_noticed = False

    def rate(
        self, rating: intake.Rating, *, rationale: str, at: datetime, table: Table, now: datetime
    ) -> None:
        """Rate it, or rate it anew.

        The first rating counts from when it came; a later one from when it is given, because a
        change from green to red after two days would else be late before it was known.

        Raises:
            RuleBroken: it is decided, or has this rating already.
            Invalid: the area has no such rating, or the time is before it came or in the future.
        """
        self._to_decide()
        if rating not in table.ratings:
            known = ", ".join(table.ratings)
            raise Invalid("nothing was stored", (Fault("/rating", f"your area has: {known}"),))
        if rating == self.rating and self.rated_in_this_round:
            raise RuleBroken("it has this rating already")
        self._in_time(at, "/rated_at", now)
        self._rated(
            data=intake.ReferralRated(
                about=(self.child,),
                child=self.child,
                origin=self.origin,
                rating=rating,
                before=self.rating,
                rated_at=at,
                due_by=table.due_by(rating, at if self.rated_in_this_round else self.since),
                rule=table.rule(rating),
                rationale=Sealed.of(self.child, intake.ReferralWords(text=rationale)),
            ),
            timestamp=at,
            handling="P",
        )

    @event(Rated)
    def _rated(self, data: intake.ReferralRated, timestamp: datetime, handling: Handling) -> None:
        self.rating = data.rating
        self.due_by = data.due_by
        self.rated_in_this_round = True
        self.overdue_noticed = False

    def decide(
        self,
        actions: Sequence[intake.CourseOfAction],
        *,
        details: intake.DecisionDetails,
        by_social_worker: bool,
        at: datetime,
        first_responder: str | None,
        in_referral: UUID | None,
        now: datetime,
    ) -> None:
        """Decide on a course of action.

        Raises:
            RuleBroken: it is decided already.
            Invalid: what is decided contradicts itself, or the time is before it came or in the
                future.
        """
        self._to_decide()
        self._in_time(at, "/decided_at", now)
        faults = tuple(_faults(actions, first_responder, in_referral, self.id))
        if not by_social_worker:
            faults += (
                Fault("/decided_by_social_worker", "a qualified social worker decides on it"),
            )
        if faults:
            raise Invalid("nothing was stored", faults)
        self._decided(
            data=intake.ReferralDecided(
                about=(self.child,),
                child=self.child,
                origin=self.origin,
                actions=tuple(dict.fromkeys(actions)),
                decided_by_social_worker=by_social_worker,
                decided_at=at,
                first_responder=first_responder,
                in_referral=in_referral,
                in_time=at <= self.due_by,
                details=Sealed.of(self.child, details),
            ),
            timestamp=at,
            handling="P",
        )

    @event(Decided)
    def _decided(
        self, data: intake.ReferralDecided, timestamp: datetime, handling: Handling
    ) -> None:
        self.decided = True

    def feed_back(self, words: str | None, *, at: datetime, now: datetime) -> None:
        """Tell whoever referred what was decided.

        Raises:
            RuleBroken: nothing is decided yet.
            Invalid: the time is before it came, or in the future.
        """
        if not self.decided:
            raise RuleBroken("nothing is decided yet that could be told")
        self._in_time(at, "/told_at", now)
        told = (
            Sealed.of(self.child, intake.ReferralWords(text=words)) if words is not None else None
        )
        self._fed_back(
            data=intake.ReferralFedBack(
                about=(self.child,),
                child=self.child,
                to=self.origin.agency,
                told_at=at,
                words=told,
            ),
            timestamp=at,
            handling="P",
        )

    @event(FedBack)
    def _fed_back(
        self, data: intake.ReferralFedBack, timestamp: datetime, handling: Handling
    ) -> None:
        self.fed_back = True

    def decide_sharing(self, data: intake.SharingDecided, *, now: datetime) -> None:
        """Record that it was decided to share with an agency, or not to.

        Raises:
            Invalid: the time is before it came, or in the future.
        """
        self._in_time(data.decided_at, "/decided_at", now)
        self._sharing_decided(data=data, timestamp=data.decided_at, handling="P")

    @event(SharingDecided)
    def _sharing_decided(
        self, data: intake.SharingDecided, timestamp: datetime, handling: Handling
    ) -> None:
        self.sharing_decided_at = data.decided_at

    def run_out(self, *, now: datetime) -> bool:
        """Notice that its time is over, once.

        Returns:
            Whether anything was decided.
        """
        if self.decided or self.overdue_noticed or now <= self.due_by:
            return False
        self._ran_out(
            data=intake.ReferralOverdue(
                about=(self.child,), child=self.child, due_by=self.due_by, noticed_at=now
            ),
            timestamp=now,
            handling="P",
        )
        return True

    @event(Overdue)
    def _ran_out(
        self, data: intake.ReferralOverdue, timestamp: datetime, handling: Handling
    ) -> None:
        self.overdue_noticed = True

    def _to_decide(self) -> None:
        if self.decided:
            raise RuleBroken("this referral is decided; what comes later opens it again")

    def _in_time(self, at: datetime, pointer: str, now: datetime) -> None:
        not_future(at, pointer, now)
        if at < self.since:
            raise Invalid("nothing was stored", (Fault(pointer, "this is before it came"),))


class NotReferred(Record):
    """A referral that a professional decided against."""

    class Decided(Record.Created):
        """It was decided."""

        data: intake.NotReferred

    @event(Decided)
    def __init__(self, data: intake.NotReferred, timestamp: datetime, handling: Handling) -> None:
        self.child = data.child

    @classmethod
    def decide(cls, data: intake.NotReferred, *, now: datetime) -> "NotReferred":
        """Decide against a referral, and say why.

        Raises:
            Invalid: it was decided in the future.
        """
        not_future(data.decided_at, "/decided_at", now)
        return cls._create(
            cls.Decided, id=new_record_id(), data=data, timestamp=data.decided_at, handling="P"
        )


ALONE = ("no-further-action", "dealt-with-in-another")
"""Decisions that stand alone: together with another they would contradict it."""


def _faults(
    actions: Sequence[intake.CourseOfAction],
    first_responder: str | None,
    in_referral: UUID | None,
    own: UUID,
) -> list[Fault]:
    faults = []
    if not actions:
        faults.append(Fault("/actions", "say what is decided"))
    if len(set(actions)) > 1 and set(actions) & set(ALONE):
        faults.append(Fault("/actions", "no further action stands alone"))
    if ("nrm-referral" in actions) != (first_responder is not None):
        faults.append(
            Fault("/first_responder", "a referral to the National Referral Mechanism needs one")
        )
    if ("dealt-with-in-another" in actions) != (in_referral is not None):
        faults.append(Fault("/in_referral", "name the referral in which it is dealt with"))
    if in_referral == own:
        faults.append(Fault("/in_referral", "this is the same referral"))
    return faults
