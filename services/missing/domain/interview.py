"""A return interview: one each time a child goes missing, from required to held or not. Pure."""

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from services.missing.domain.interview_rules import RULE, check_interviewer, due_by
from services.missing.domain.times import not_before, not_future
from shared.contracts import missing
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, NotPermitted, RuleBroken
from shared.eventstore.record import Record


class Interview(Record):
    """A return interview."""

    class Required(Record.Created):
        """A child went missing."""

        data: missing.InterviewRequired

    class AreaNamed(Record.Event):
        """The force said which council it is for."""

        data: missing.InterviewAreaNamed

    class ClockStarted(Record.Event):
        """The child is back."""

        data: missing.InterviewClockStarted

    class CoversEpisode(Record.Event):
        """It covers another episode too."""

        data: missing.InterviewCoversEpisode

    class Allocated(Record.Event):
        """A provider is to hold it."""

        data: missing.InterviewAllocated

    class Offered(Record.Event):
        """It was offered."""

        data: missing.InterviewOffered

    class Accepted(Record.Event):
        """It was accepted."""

        data: missing.InterviewAccepted

    class Rearranged(Record.Event):
        """It is to be held at another time."""

        data: missing.InterviewRearranged

    class Declined(Record.Event):
        """It was declined."""

        data: missing.InterviewDeclined

    class CarerInformed(Record.Event):
        """A carer gave information."""

        data: missing.CarerInformed

    class Conducted(Record.Event):
        """It was held."""

        data: missing.InterviewConducted

    class NotCompleted(Record.Event):
        """It will not be held."""

        data: missing.InterviewNotCompleted

    class Overdue(Record.Event):
        """Its time ran out."""

        data: missing.InterviewOverdue

    class Copied(Record.Event):
        """A copy went to children's social care."""

        data: missing.InterviewCopied

    @event(Required)
    def __init__(
        self, data: missing.InterviewRequired, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.episodes: tuple[UUID, ...] = (data.episode_id,)
        self.required_since = timestamp
        self.returned_at: datetime | None = None
        self.due_by: datetime | None = None
        self.area = data.area
        self.provider: str | None = None
        self.allocated_by: str | None = None
        self.offered_at: datetime | None = None
        self.accepted_at: datetime | None = None
        self.declined_at: datetime | None = None
        self.conducted_at: datetime | None = None
        self.given_up_at: datetime | None = None
        self.overdue = False
        self.steps: frozenset[tuple[str, datetime]] = frozenset()

    @classmethod
    def require(
        cls, *, child: UUID, episode_id: UUID, since: datetime, area: str | None = None
    ) -> "Interview":
        """Require an interview for an episode: every child is offered one, every time.

        Source: report to Walsall's scrutiny panel 2015, 4.1; DfE guidance 2014.
        """
        data = missing.InterviewRequired(
            about=(child,), child=child, episode_id=episode_id, area=area
        )
        return cls._create(
            cls.Required, id=new_record_id(), data=data, timestamp=since, handling="P"
        )

    def start_clock(self, *, episode_id: UUID, returned_at: datetime) -> None:
        """The child is back: from now the time runs. An interview already held keeps its place.

        A return that is corrected moves the deadline, to the right one. Where it covers several
        episodes, it is due when the first of them is: to cover one more, or to correct one of them,
        never gives anybody more time.

        Raises:
            RuleBroken: the episode is not this interview's.
        """
        if episode_id not in self.episodes:
            raise RuleBroken("this interview is not for that episode")
        due = due_by(returned_at)
        its_own = len(self.episodes) == 1
        if due == self.due_by or (self.due_by is not None and due > self.due_by and not its_own):
            return
        self._clock_started(
            data=missing.InterviewClockStarted(
                about=(self.child,),
                episode_id=episode_id,
                returned_at=returned_at,
                due_by=due,
                rule=RULE,
            ),
            timestamp=returned_at,
            handling="P",
        )

    @event(ClockStarted)
    def _clock_started(
        self, data: missing.InterviewClockStarted, timestamp: datetime, handling: Handling
    ) -> None:
        self.returned_at = data.returned_at
        self.due_by = data.due_by
        # Late by a deadline that was wrong is not late by the right one; the clock will say.
        self.overdue = False

    @property
    def is_open(self) -> bool:
        """Whether it was neither held nor given up; a child who declined may change their mind."""
        return self.conducted_at is None and self.given_up_at is None

    def cover(self, other: "Interview", *, now: datetime) -> None:
        """Let this interview cover the episodes of another with the same child, which ends with it.

        It may have been held already, if the child went missing before that: what was talked about
        is often known only afterwards. Whether it is the same child is asked by whoever calls.

        Raises:
            RuleBroken: it is the same interview, it covers them already, either is over, or the
                child went missing after it was held.
        """
        if other.id == self.id:
            raise RuleBroken("an interview does not cover itself: name another one")
        if set(other.episodes) <= set(self.episodes):
            raise RuleBroken("this interview covers that episode already")
        if len(other.episodes) > 1:
            raise RuleBroken("the other interview covers other episodes itself: let it cover yours")
        if other.conducted_at is not None or other.given_up_at is not None:
            raise RuleBroken("the other interview was held, given up, or is covered by another")
        if self.conducted_at is None:
            self._refuse_if_over()
        elif other.required_since > self.conducted_at:
            raise RuleBroken("the child went missing after this interview was held")
        (episode_id,) = other.episodes
        data = missing.InterviewCoversEpisode(
            about=(self.child, other.child), episode_id=episode_id, instead_of=other.id
        )
        self._covers(data=data, timestamp=now, handling="P")
        if other.returned_at is not None:
            self.start_clock(episode_id=episode_id, returned_at=other.returned_at)
        other.give_up(
            missing.InterviewNotCompleted(
                about=(other.child,),
                decided_at=now,
                why="covered-by-another-interview",
                attempts=0,
                reason=None,
            ),
            now=now,
        )

    @event(CoversEpisode)
    def _covers(
        self, data: missing.InterviewCoversEpisode, timestamp: datetime, handling: Handling
    ) -> None:
        self.episodes = (*self.episodes, data.episode_id)

    def name_area(self, area: str, *, now: datetime) -> None:
        """Take in which council it is for, if that is news; once allocated it stays where it is."""
        if area == self.area or self.allocated_by is not None or not self.is_open:
            return
        data = missing.InterviewAreaNamed(about=(self.child,), area=area)
        self._area_named(data=data, timestamp=now, handling="P")

    @event(AreaNamed)
    def _area_named(
        self, data: missing.InterviewAreaNamed, timestamp: datetime, handling: Handling
    ) -> None:
        self.area = data.area

    def refuse_other_councils(self, area: str, *, near: frozenset[str]) -> None:
        """Refuse a council that this interview is not for (ADR 29).

        Args:
            area: the council.
            near: the councils in the area of the force that reported.

        Raises:
            NotPermitted: another allocated it, or is named by the force, or it is nobody's and this
                council is not near.
        """
        whose = self.allocated_by or self.area
        if area != whose if whose is not None else area not in near:
            raise NotPermitted(
                "this interview is for another council: the one that allocated it or that the "
                "force's report names, or one in the force's area"
            )

    def allocate(self, *, provider: str, area: str, commission_id: UUID, at: datetime) -> None:
        """Give it to the provider that was commissioned for the area on that day.

        Raises:
            RuleBroken: it is over.
            Invalid: it is before the child went missing.
        """
        self._refuse_if_over()
        not_before(at, "/on", self._began_at)
        data = missing.InterviewAllocated(
            about=(self.child,),
            provider=provider,
            area=area,
            commission_id=commission_id,
            allocated_at=at,
        )
        self._allocated(data=data, timestamp=at, handling="P")

    @event(Allocated)
    def _allocated(
        self, data: missing.InterviewAllocated, timestamp: datetime, handling: Handling
    ) -> None:
        self.provider = data.provider
        self.allocated_by = data.area

    def offer(self, data: missing.InterviewOffered, *, now: datetime) -> None:
        """Record that it was offered; it may be offered again.

        Raises:
            RuleBroken: it is over.
            Invalid: it is in the future, or before the child went missing.
        """
        self._refuse_if_over(but_declined=True)
        self._refuse_time(data.offered_at, "/offered_at", now)
        self._offered(data=data, timestamp=data.offered_at, handling="P")

    @event(Offered)
    def _offered(
        self, data: missing.InterviewOffered, timestamp: datetime, handling: Handling
    ) -> None:
        self.steps |= {("offered", data.offered_at)}
        self.offered_at = min(data.offered_at, self.offered_at or data.offered_at)

    def accept(self, data: missing.InterviewAccepted, *, now: datetime) -> None:
        """Record that it was accepted, also after it was declined: a child may change their mind.

        What the child said last counts, not what came here last.

        Raises:
            RuleBroken: it was never offered, or is over.
            Invalid: it is in the future, before any offer, or planned for a time before.
        """
        self._refuse_if_over(but_declined=True)
        self._refuse_answer(data.accepted_at, "/accepted_at", now)
        if data.planned_for is not None:
            self._refuse_plan(data.planned_for)
        self._accepted(data=data, timestamp=data.accepted_at, handling="P")

    @event(Accepted)
    def _accepted(
        self, data: missing.InterviewAccepted, timestamp: datetime, handling: Handling
    ) -> None:
        self.steps |= {("accepted", data.accepted_at)}
        self.accepted_at = max(data.accepted_at, self.accepted_at or data.accepted_at)
        if self.declined_at is not None and data.accepted_at >= self.declined_at:
            self.declined_at = None

    def rearrange(self, data: missing.InterviewRearranged, *, now: datetime) -> None:
        """Record another time for it.

        Raises:
            RuleBroken: it is over.
            Invalid: the time is before it was offered, or before the child went missing.
        """
        self._refuse_if_over()
        self._refuse_plan(data.planned_for)
        self._rearranged(data=data, timestamp=now, handling="P")

    @event(Rearranged)
    def _rearranged(
        self, data: missing.InterviewRearranged, timestamp: datetime, handling: Handling
    ) -> None:
        self.planned_for = data.planned_for

    def decline(self, data: missing.InterviewDeclined, *, now: datetime) -> None:
        """Record that it was declined; where the child accepted later than that, it stays accepted.

        Raises:
            RuleBroken: it was never offered, is declined already, or is over.
            Invalid: it is in the future, or before any offer.
        """
        self._refuse_if_over()
        self._refuse_answer(data.declined_at, "/declined_at", now)
        self._declined(data=data, timestamp=data.declined_at, handling="P")

    @event(Declined)
    def _declined(
        self, data: missing.InterviewDeclined, timestamp: datetime, handling: Handling
    ) -> None:
        self.steps |= {("declined", data.declined_at)}
        if self.accepted_at is None or data.declined_at >= self.accepted_at:
            self.declined_at = data.declined_at

    def inform(self, data: missing.CarerInformed, *, now: datetime) -> None:
        """Keep what a parent or carer told, whatever became of the interview.

        Raises:
            Invalid: it is in the future, or before the child went missing.
        """
        self._refuse_time(data.given_at, "/given_at", now)
        self._informed(data=data, timestamp=data.given_at, handling="P")

    @event(CarerInformed)
    def _informed(
        self, data: missing.CarerInformed, timestamp: datetime, handling: Handling
    ) -> None:
        self.steps |= {("informed", data.given_at)}
        self.informed = True

    def conduct(self, data: missing.InterviewConducted, *, now: datetime) -> None:
        """Record that it was held. It may be held before the child is back with the carers.

        Raises:
            RuleBroken: it was held or given up already.
            Invalid: it is in the future, before the child went missing, or contradicts itself on
                whether the interviewer is independent.
        """
        self._refuse_if_over(but_declined=True)
        self._refuse_time(data.held_at, "/held_at", now)
        check_interviewer(data)
        self._conducted(data=data, timestamp=data.held_at, handling="P")

    @event(Conducted)
    def _conducted(
        self, data: missing.InterviewConducted, timestamp: datetime, handling: Handling
    ) -> None:
        self.steps |= {("held", data.held_at)}
        self.conducted_at = data.held_at
        self.declined_at = None

    def give_up(self, data: missing.InterviewNotCompleted, *, now: datetime) -> None:
        """Record that it will not be held: that, too, is put on file with the reason.

        Raises:
            RuleBroken: it was held or given up already.
            Invalid: it is in the future, or before the child went missing.
        """
        self._refuse_if_over(but_declined=True)
        self._refuse_time(data.decided_at, "/decided_at", now)
        self._given_up(data=data, timestamp=data.decided_at, handling="P")

    @event(NotCompleted)
    def _given_up(
        self, data: missing.InterviewNotCompleted, timestamp: datetime, handling: Handling
    ) -> None:
        self.steps |= {("given_up", data.decided_at)}
        self.given_up_at = data.decided_at

    def run_out(self, *, now: datetime) -> bool:
        """Record that its time ran out, once, if it has.

        Returns:
            Whether it was recorded now.
        """
        over = self.conducted_at or self.given_up_at or self.declined_at
        if self.due_by is None or now <= self.due_by or over is not None or self.overdue:
            return False
        data = missing.InterviewOverdue(about=(self.child,), due_by=self.due_by, noticed_at=now)
        self._ran_out(data=data, timestamp=self.due_by, handling="P")
        return True

    @event(Overdue)
    def _ran_out(
        self, data: missing.InterviewOverdue, timestamp: datetime, handling: Handling
    ) -> None:
        self.overdue = True

    def copy(self, *, to: str, sent: tuple[UUID, ...], at: datetime, is_known: bool) -> None:
        """Record that a copy went to children's social care.

        Args:
            to: the council.
            sent: the events that were copied.
            at: when.
            is_known: whether the council lies in an area that is known here: it may be the host.

        Raises:
            RuleBroken: there is nothing to copy yet.
            Invalid: nobody knows that council.
        """
        if to not in {self.area, self.allocated_by} and not is_known:
            says = (
                "no council here has this code: name the one that is responsible for the child, "
                "that allocated the interview, or in whose area the child lives"
            )
            raise Invalid("nothing was stored", (Fault("/to", says),))
        if not sent:
            raise RuleBroken(
                "there is nothing to copy: it was not held, and no carer told anything"
            )
        data = missing.InterviewCopied(about=(self.child,), to=to, sent_at=at, sent=sent)
        self._copied(data=data, timestamp=at, handling="P")

    @event(Copied)
    def _copied(
        self, data: missing.InterviewCopied, timestamp: datetime, handling: Handling
    ) -> None:
        self.copied_to = data.to

    @property
    def _began_at(self) -> datetime:
        """When the child went missing, as far as the interview knows."""
        # A newer version of the report may have moved the start; the return is never before it.
        return min(self.required_since, self.returned_at or self.required_since)

    def _refuse_time(self, moment: datetime, pointer: str, now: datetime) -> None:
        not_future(moment, pointer, now)
        not_before(moment, pointer, self._began_at)

    def _refuse_answer(self, moment: datetime, pointer: str, now: datetime) -> None:
        not_future(moment, pointer, now)
        if self.offered_at is None:
            raise RuleBroken("it was not offered yet: record the offer first")
        not_before(
            moment,
            pointer,
            self.offered_at,
            "it was not offered by then: check the time, or record the earlier offer first",
        )

    def _refuse_plan(self, moment: datetime) -> None:
        if self.offered_at is not None:
            not_before(
                moment, "/planned_for", self.offered_at, "this is before it was offered: check it"
            )
        not_before(moment, "/planned_for", self._began_at)

    def _refuse_if_over(self, *, but_declined: bool = False) -> None:
        if self.conducted_at is not None:
            raise RuleBroken("this interview was held already")
        if self.given_up_at is not None:
            raise RuleBroken("this interview was given up; a new one needs a new episode")
        if self.declined_at is not None and not but_declined:
            raise RuleBroken("this interview was declined; record that it was accepted after all")
