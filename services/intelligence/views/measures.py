"""What the list of measures shows, and how each event changes it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from shared.contracts import EVENTS, intelligence
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData, UnknownType

NO_END: Final = date.max
"""The last day, in the list, of what has none: behind all others."""


class MeasureRow(Struct, frozen=True, kw_only=True):
    """One measure of the list: codes and days; not against whom, and none of its words.

    Attributes:
        last_day: the last on which it holds or held; 9999-12-31 where it has no end.
        ended_on: where it ended early.
        breaches: how many are recorded.
        in_error: there was no such measure.
    """

    measure_id: UUID
    kind: intelligence.MeasureKind
    ordered_by: str | None
    taken_at: datetime
    since: date
    last_day: date
    ended_on: date | None
    breaches: int
    in_error: bool


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """What an event changes in the list.

    Attributes:
        sets: columns to set in the measure's row.
        begins: the row begins with these.
        breach: one breach more.
        varied_at: the change counts only if none of a later moment is known.
    """

    measure_id: UUID
    sets: dict[str, Any]
    begins: bool = False
    breach: bool = False
    varied_at: datetime | None = None


def measure_change_of(envelope: Envelope) -> MeasureChange | None:
    """What an event changes, or None."""
    try:
        data = EVENTS.decode(envelope.type, envelope.data)
    except UnknownType:
        return None
    measure_id = envelope.subject
    match data:
        case intelligence.MeasureTaken():
            return MeasureChange(measure_id, _begun(data), begins=True)
        case intelligence.MeasureVaried():
            varied = {"last_day": data.until or NO_END, "varied_at": data.varied_at}
            return MeasureChange(measure_id, varied, varied_at=data.varied_at)
        case _:
            return _became_of(measure_id, data)


def _begun(data: intelligence.MeasureTaken) -> dict[str, Any]:
    return {
        "agency": data.taken_by,
        "kind": data.kind,
        "ordered_by": data.ordered_by,
        "taken_at": data.taken_at,
        "since": data.since,
        "last_day": data.until or NO_END,
    }


def _became_of(measure_id: UUID, data: EventData) -> MeasureChange | None:
    match data:
        case intelligence.MeasureBreached():
            return MeasureChange(measure_id, {"breached_at": data.breached_at}, breach=True)
        case intelligence.MeasureEnded():
            ended = {"last_day": data.ended_on, "ended_on": data.ended_on}
            return MeasureChange(measure_id, ended)
        case intelligence.MeasureRecordedInError():
            return MeasureChange(measure_id, {"in_error": True})
    return None
