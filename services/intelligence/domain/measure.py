"""A measure: taken against somebody or somewhere, varied, breached, ended. Pure."""

from datetime import date, datetime
from typing import Final

from eventsourcing.domain import event

from services.intelligence.domain.checks import not_future
from shared.contracts import intelligence, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.mentions import kind_of
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.eventstore.record import Record

YEARS_AHEAD: Final = 100
"""A last day later than so many years ahead is a slip: what has no end is said to have none."""
EARLIEST: Final = date(1990, 1, 1)
"""A day before this is a slip of the year: none of these could be taken then, or is in force."""


class Measure(Record):
    """A measure of an authority."""

    class Taken(Record.Created):
        """It was taken."""

        data: intelligence.MeasureTaken

    class Varied(Record.Event):
        """It was extended, shortened or changed."""

        data: intelligence.MeasureVaried

    class Breached(Record.Event):
        """It was breached."""

        data: intelligence.MeasureBreached

    class Ended(Record.Event):
        """It ended early."""

        data: intelligence.MeasureEnded

    class RecordedInError(Record.Event):
        """There was none."""

        data: intelligence.MeasureRecordedInError

    @event(Taken)
    def __init__(
        self, data: intelligence.MeasureTaken, timestamp: datetime, handling: Handling
    ) -> None:
        self.mentions = tuple(mention.mention_id for mention in data.mentions)
        self.kind = data.kind
        self.handling = handling
        self.taken_by = data.taken_by
        self.target = data.target
        self.taken_at = data.taken_at
        self.since = data.since
        self.until = data.until
        self.varied: frozenset[datetime] = frozenset()
        self.breaches: frozenset[datetime] = frozenset()
        self.ended_on: date | None = None
        self.in_error = False

    @classmethod
    def take(
        cls, data: intelligence.MeasureTaken, *, handling: Handling, now: datetime
    ) -> "Measure":
        """Record that a measure was taken.

        Raises:
            Invalid: its days contradict each other, it was taken in the future, or it is of a kind
                that is never against such a target.
        """
        not_future(data.taken_at, "/taken_at", now)
        faults = _target_faults(data)
        if data.since < times.in_london(data.taken_at).date():
            faults.append(Fault("/since", "this is before it was served, made or done"))
        if data.since < EARLIEST:
            faults.append(Fault("/since", "this is before 1990: check the year"))
        faults += _until_faults(data.until, data.since, now)
        if faults:
            raise Invalid("the measure is not right; nothing was stored", tuple(faults))
        return cls._create(
            cls.Taken, id=new_record_id(), data=data, timestamp=data.taken_at, handling=handling
        )

    def vary(self, data: intelligence.MeasureVaried, *, now: datetime) -> None:
        """Change its last day or its conditions; in any order, also late.

        Raises:
            RuleBroken: a change of that moment is recorded, it had ended, or there was none.
            Invalid: its time or its last day is not right.
        """
        self._refuse_if_in_error()
        not_future(data.varied_at, "/varied_at", now)
        day = times.in_london(data.varied_at).date()
        if data.varied_at < self.taken_at:
            raise _wrong("/varied_at", "this is before it was taken")
        if self.ended_on is not None and day > self.ended_on:
            raise RuleBroken("it had ended by then: record a new measure")
        if data.varied_at in self.varied:
            raise RuleBroken("a change of that moment is recorded already")
        if faults := _until_faults(data.until, self.since, now):
            raise Invalid("nothing was stored", tuple(faults))
        self._varied(data=data, timestamp=data.varied_at, handling=self.handling)

    @event(Varied)
    def _varied(
        self, data: intelligence.MeasureVaried, timestamp: datetime, handling: Handling
    ) -> None:
        # What changed last in the world counts, not what came last.
        latest = all(data.varied_at > known for known in self.varied)
        self.until = data.until if latest else self.until
        self.varied |= {data.varied_at}

    def breach(self, data: intelligence.MeasureBreached, *, now: datetime) -> None:
        """Record that it was breached; also after it ended, for a breach while it held.

        Raises:
            RuleBroken: a breach of that moment is recorded, or there was no measure.
            Invalid: it is in the future, or on a day on which it did not hold.
        """
        self._refuse_if_in_error()
        not_future(data.breached_at, "/breached_at", now)
        day = times.in_london(data.breached_at).date()
        last = min((d for d in (self.until, self.ended_on) if d is not None), default=day)
        if not self.since <= day <= last:
            raise _wrong("/breached_at", "it did not hold on that day")
        if data.breached_at in self.breaches:
            raise RuleBroken("a breach of that moment is recorded already")
        self._breached(data=data, timestamp=data.breached_at, handling=self.handling)

    @event(Breached)
    def _breached(
        self, data: intelligence.MeasureBreached, timestamp: datetime, handling: Handling
    ) -> None:
        self.breaches |= {data.breached_at}

    def end(self, data: intelligence.MeasureEnded, *, now: datetime) -> None:
        """Record that it ended early, or at all.

        Raises:
            RuleBroken: it ended already, or there was none.
            Invalid: that day is before it began, in the future, after its last day, or before a
                breach or a change that is recorded.
        """
        self._refuse_if_in_error()
        if self.ended_on is not None:
            raise RuleBroken("its end is recorded already")
        today = times.in_london(now).date()
        if data.ended_on > today:
            raise _wrong("/ended_on", "this is in the future: vary its last day instead")
        if data.ended_on < self.since:
            raise _wrong("/ended_on", "this is before it began: was it recorded in error?")
        if self.until is not None and data.ended_on > self.until:
            raise _wrong("/ended_on", "it had run out by then")
        if any(times.in_london(m).date() > data.ended_on for m in self.varied | self.breaches):
            raise _wrong("/ended_on", "a breach or a change after that day is recorded")
        moment = max(times.midnight(data.ended_on), self.taken_at)
        self._ended(data=data, timestamp=moment, handling=self.handling)

    @event(Ended)
    def _ended(
        self, data: intelligence.MeasureEnded, timestamp: datetime, handling: Handling
    ) -> None:
        self.ended_on = data.ended_on

    def mark_in_error(self, *, now: datetime) -> None:
        """Record that there was no such measure.

        Raises:
            RuleBroken: that is recorded.
        """
        self._refuse_if_in_error()
        data = intelligence.MeasureRecordedInError(about=self.mentions, said_at=now)
        self._recorded_in_error(data=data, timestamp=now, handling=self.handling)

    @event(RecordedInError)
    def _recorded_in_error(
        self, data: intelligence.MeasureRecordedInError, timestamp: datetime, handling: Handling
    ) -> None:
        self.in_error = True

    def _refuse_if_in_error(self) -> None:
        if self.in_error:
            raise RuleBroken("this measure was recorded as a mistake")


def _target_faults(data: intelligence.MeasureTaken) -> list[Fault]:
    kinds = {mention.mention_id: kind_of(mention) for mention in data.mentions}
    kind = kinds[data.target]
    if data.kind in intelligence.AGAINST_PERSONS and kind != "person":
        return [Fault("/kind", "this is taken against a person")]
    if data.kind in intelligence.AGAINST_PLACES and kind not in {"place", "organisation"}:
        return [Fault("/kind", "this is taken against premises")]
    if data.kind == "child-abduction-warning-notice" and not data.protects:
        return [Fault("/children", "say which child it is to protect")]
    return []


def _until_faults(until: date | None, since: date, now: datetime) -> list[Fault]:
    if until is None:
        return []
    if until < since:
        return [Fault("/until", "this is before it begins")]
    if until.year > times.in_london(now).year + YEARS_AHEAD:
        return [Fault("/until", "this is too far ahead: leave it out where it has no end")]
    return []


def _wrong(pointer: str, says: str) -> Invalid:
    return Invalid("nothing was stored", (Fault(pointer, says),))
