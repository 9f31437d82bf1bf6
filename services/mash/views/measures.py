"""Measures in the views: what was done against somebody or somewhere, and until when. Pure.

Whether one is in force is not decided here: that depends on the day on which somebody asks.
"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Happening
from services.mash.views.said import Said

ABSENT = Details(state="absent")


class Variation(Struct, frozen=True, kw_only=True):
    """A change of a measure.

    Attributes:
        until: its last day from then on; none where it had no end from then on.
        conditions: all of them from then on; absent where they stayed as they were.
    """

    said: Said
    varied_at: datetime
    until: date | None
    conditions: Details


class Breach(Struct, frozen=True, kw_only=True):
    """A breach of a measure."""

    said: Said
    breached_at: datetime
    account: Details


class MeasureLine(Struct, frozen=True, kw_only=True):
    """A measure as its authority tells it.

    Attributes:
        target: the mention that it is against.
        protects: the mentions of the children whom it is to protect.
        since, until: its first and last day, as it stands; no last one where it has no end.
        conditions: as they stand.
        ended_on, why: where it ended before its last day.
        varied: oldest first.
        breaches: oldest first.
        in_error: there was no such measure.
    """

    measure_id: UUID
    kind: str
    said: Said
    target: UUID
    protects: tuple[UUID, ...]
    ordered_by: str | None
    taken_at: datetime
    since: date
    until: date | None
    conditions: Details
    ended_on: date | None = None
    why: str | None = None
    varied: tuple[Variation, ...] = ()
    breaches: tuple[Breach, ...] = ()
    in_error: bool = False

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds or held; None where it has no end."""
        return self.ended_on or self.until

    def in_force(self, day: date) -> bool:
        """Whether it holds on a day, its first and last included."""
        last = self.last_day
        return not self.in_error and self.since <= day and (last is None or day <= last)


class _Fields(Struct, frozen=True, kw_only=True):
    """The fields of the events of a measure; each has some of them."""

    kind: str = ""
    target: UUID = UUID(int=0)
    protects: tuple[UUID, ...] = ()
    ordered_by: str | None = None
    taken_at: datetime | None = None
    since: date | None = None
    until: date | None = None
    conditions: Details | None = None
    varied_at: datetime | None = None
    breached_at: datetime | None = None
    account: Details | None = None
    ended_on: date | None = None
    why: str | None = None


MEASURES = frozenset({
    "measure-taken", "measure-varied", "measure-breached", "measure-ended",
    "measure-recorded-in-error",
})  # fmt: skip
"""What happened to a measure."""


def measures_of(happenings: Iterable[tuple[Said, Happening]]) -> tuple[MeasureLine, ...]:
    """The measures among what happened, the latest to begin first."""
    found: dict[UUID, MeasureLine] = {}
    for said, happening in happenings:
        if happening.what not in MEASURES:
            continue
        fields = msgspec.json.decode(happening.data, type=_Fields)
        line = found.get(happening.record_id)
        if happening.what == "measure-taken":
            if fields.taken_at is not None and fields.since is not None:
                found[happening.record_id] = _begun(said, happening.record_id, fields)
        elif line is not None:
            found[happening.record_id] = _then(line, said, happening.what, fields)
    return tuple(
        sorted(
            map(_as_varied, found.values()),
            key=lambda line: (line.since, line.measure_id),
            reverse=True,
        )
    )


def in_force_on(measures: Iterable[MeasureLine], day: date) -> tuple[UUID, ...]:
    """Those that hold on a day."""
    return tuple(line.measure_id for line in measures if line.in_force(day))


def _begun(said: Said, measure_id: UUID, fields: _Fields) -> MeasureLine:
    assert fields.taken_at is not None  # noqa: S101 (looked at by the caller)
    assert fields.since is not None  # noqa: S101 (looked at by the caller)
    return MeasureLine(
        measure_id=measure_id,
        kind=fields.kind,
        said=said,
        target=fields.target,
        protects=fields.protects,
        ordered_by=fields.ordered_by,
        taken_at=fields.taken_at,
        since=fields.since,
        until=fields.until,
        conditions=fields.conditions or ABSENT,
    )


def _then(line: MeasureLine, said: Said, what: str, fields: _Fields) -> MeasureLine:
    known = [one.said.event_id for one in line.varied] + [
        one.said.event_id for one in line.breaches
    ]
    if said.event_id in known:  # on another mention of the same subject, once more
        return line
    match what:
        case "measure-varied" if fields.varied_at is not None:
            one = Variation(
                said=said,
                varied_at=fields.varied_at,
                until=fields.until,
                conditions=fields.conditions or ABSENT,
            )
            return msgspec.structs.replace(line, varied=(*line.varied, one))
        case "measure-breached" if fields.breached_at is not None:
            breach = Breach(
                said=said, breached_at=fields.breached_at, account=fields.account or ABSENT
            )
            return msgspec.structs.replace(line, breaches=(*line.breaches, breach))
        case "measure-ended":
            return msgspec.structs.replace(line, ended_on=fields.ended_on, why=fields.why)
        case "measure-recorded-in-error":
            return msgspec.structs.replace(line, in_error=True)
    return line


def _as_varied(line: MeasureLine) -> MeasureLine:
    """As it stands: what changed last in the world counts, not what came last."""
    varied = tuple(sorted(line.varied, key=lambda one: one.varied_at))
    breaches = tuple(sorted(line.breaches, key=lambda one: one.breached_at))
    conditions = [one.conditions for one in varied if one.conditions.state != "absent"]
    return msgspec.structs.replace(
        line,
        varied=varied,
        breaches=breaches,
        until=varied[-1].until if varied else line.until,
        conditions=conditions[-1] if conditions else line.conditions,
    )
