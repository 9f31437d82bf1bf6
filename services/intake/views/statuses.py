"""What the list of an authority's statuses shows, and how each event changes it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from shared.contracts import EVENTS, intake, times
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData, UnknownType


class StatusRow(Struct, frozen=True, kw_only=True):
    """One status of the list, as it stands: ids, codes, days and times only.

    Attributes:
        child: the mention of the child: by it the child's view is found.
        since, until: its first and last day, both included; none while no end is known.
        said_at: when the authority said what stands. Of two things it said the later one does.
        recorded_at: when it was recorded first.
        withdrawn: it was never so.
    """

    status_id: UUID
    child: UUID
    kind: intake.StatusKind
    since: date
    until: date | None
    responsible: str | None
    host: str | None
    said_at: datetime
    recorded_at: datetime
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What an event changes: a new row, or these columns of a status's row.

    Attributes:
        said_at: only where nothing was said later; none: whatever was said.
    """

    columns: dict[str, Any]
    new: bool = False
    said_at: datetime | None = None


def change_of(envelope: Envelope) -> Change | None:
    """What an event changes, or None."""
    try:
        data: EventData = EVENTS.decode(envelope.type, envelope.data)
    except UnknownType:
        return None
    match data:
        case intake.StatusRecorded():
            first = {
                "child": data.child,
                "kind": data.kind,
                "authority": envelope.agency,
                "recorded_at": times.read(envelope.time),
            }
            return Change(first | _whole(data), new=True)
        case intake.StatusCorrected():
            return Change(_whole(data), said_at=data.said_at)
        case intake.StatusEnded():
            return Change({"until": data.until, "said_at": data.said_at}, said_at=data.said_at)
        case intake.StatusWithdrawn():
            return Change({"withdrawn": True})
        case _:
            return None


def _whole(data: intake.StatusFields) -> dict[str, Any]:
    names = ("since", "until", "responsible", "host", "said_at")
    return {name: getattr(data, name) for name in names}
