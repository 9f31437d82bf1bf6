"""Children in another authority's area: who is to be told, and that somebody has read it. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from eventsourcing.domain import event

from shared.contracts import intake, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import RuleBroken
from shared.eventstore.record import Record

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ToldStatus:
    """What a status says of where a child belongs and lives.

    Attributes:
        said_by: the authority that says so: it need not be told.
        until: its last day.
    """

    record_id: UUID
    child: UUID
    said_by: str
    responsible: str
    host: str | None
    since: date
    until: date | None

    def in_force(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """In whose area a child was found, and lives as the same report says.

    Attributes:
        found_in, lives_in: authorities; none where nobody has told, or it does not take part.
    """

    record_id: UUID
    child: UUID
    said_by: str
    found_in: str | None
    lives_in: str | None
    found_at: datetime | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """That an authority is to be told of a child.

    Attributes:
        occasions: the records that make it one occasion. Of each it is told once.
    """

    to: str
    reason: intake.BoundaryReason
    other: str
    child: UUID
    record_id: UUID
    since: date
    said_by: str
    occasions: tuple[UUID, ...]


def crossings(
    statuses: Sequence[ToldStatus], findings: Iterable[ToldFinding], today: date
) -> list[Crossing]:
    """Everything that is to be told of one child.

    Of a place in which the child does not live any more nobody is told; of where a child was
    found, however long ago, somebody is.
    """
    found = [*_placed(statuses, today)]
    for finding in findings:
        found += _found(finding, statuses)
    return found


def _placed(statuses: Sequence[ToldStatus], today: date) -> Iterator[Crossing]:
    """Statuses that follow one another without a gap are one occasion, whoever says so."""
    by_whom: dict[tuple[str, intake.BoundaryReason, str], list[ToldStatus]] = {}
    for status in sorted(statuses, key=lambda each: (each.since, each.record_id)):
        if status.host is None or status.host == status.responsible:
            continue
        by_whom.setdefault((status.host, "living-in", status.responsible), []).append(status)
        by_whom.setdefault((status.responsible, "placed-by", status.host), []).append(status)
    for (to, reason, other), told in by_whom.items():
        for chain in _chains(told):
            over = all(each.until is not None and each.until < today for each in chain)
            if over or any(each.said_by == to for each in chain):  # whoever says so knows it
                continue
            first = chain[0]
            yield Crossing(
                to=to,
                reason=reason,
                other=other,
                child=first.child,
                record_id=first.record_id,
                since=first.since,
                said_by=first.said_by,
                occasions=tuple(each.record_id for each in chain),
            )


def _chains(statuses: Sequence[ToldStatus]) -> list[list[ToldStatus]]:
    chains: list[list[ToldStatus]] = []
    end = date.min
    for status in statuses:
        if chains and status.since <= (end if end == date.max else end + DAY):
            chains[-1].append(status)
            end = max(end, status.until or date.max)
        else:
            chains.append([status])
            end = status.until or date.max
    return chains


def _found(finding: ToldFinding, statuses: Collection[ToldStatus]) -> Iterator[Crossing]:
    if finding.found_in is None or finding.found_at is None:
        return
    day = times.in_london(finding.found_at).date()
    here = [status for status in statuses if status.in_force(day)]
    responsible = [status.responsible for status in here]
    homes = {*responsible, *(status.host for status in here if status.host is not None)}
    if not homes and finding.lives_in is not None:
        homes = {finding.lives_in}
        responsible = [finding.lives_in]
    if not homes or finding.found_in in homes:
        return
    yield Crossing(
        to=finding.found_in,
        reason="found-in",
        other=responsible[0],
        child=finding.child,
        record_id=finding.record_id,
        since=day,
        said_by=finding.said_by,
        occasions=(finding.record_id,),
    )


class BoundaryNotice(Record):
    """An authority was told of a child."""

    class Raised(Record.Created):
        """It was told."""

        data: intake.BoundaryNoticeRaised

    class Acknowledged(Record.Event):
        """Somebody has read it."""

        data: intake.BoundaryNoticeAcknowledged

    @event(Raised)
    def __init__(
        self, data: intake.BoundaryNoticeRaised, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.to = data.to
        self.acknowledged = False

    @classmethod
    def tell(cls, crossing: Crossing, *, now: datetime) -> "BoundaryNotice":
        """Tell an authority of a child."""
        data = intake.BoundaryNoticeRaised(
            about=(crossing.child,),
            child=crossing.child,
            to=crossing.to,
            reason=crossing.reason,
            other=crossing.other,
            record_id=crossing.record_id,
            since=crossing.since,
        )
        return cls._create(cls.Raised, id=new_record_id(), data=data, timestamp=now, handling="P")

    def acknowledge(self, *, now: datetime) -> None:
        """Say that it was read.

        Raises:
            RuleBroken: somebody has said so already.
        """
        if self.acknowledged:
            raise RuleBroken("somebody of your authority has acknowledged this already")
        self._acknowledged(
            data=intake.BoundaryNoticeAcknowledged(
                about=(self.child,), child=self.child, to=self.to, acknowledged_at=now
            ),
            timestamp=now,
            handling="P",
        )

    @event(Acknowledged)
    def _acknowledged(
        self, data: intake.BoundaryNoticeAcknowledged, timestamp: datetime, handling: Handling
    ) -> None:
        self.acknowledged = True
