"""What the list of return interviews shows, and how each event changes it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from shared.contracts import missing, times
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData


class InterviewRow(Struct, frozen=True, kw_only=True):
    """One interview of the list: clear fields only."""

    interview_id: UUID
    force: str
    provider: str | None
    area: str | None
    required_at: datetime
    episodes: int
    returned_at: datetime | None
    due_by: datetime | None
    offered_at: datetime | None
    accepted_at: datetime | None
    planned_for: datetime | None
    declined_at: datetime | None
    conducted_at: datetime | None
    given_up_at: datetime | None
    covered_by: UUID | None
    overdue_noticed_at: datetime | None
    copied_at: datetime | None
    needs_action_now: bool


class InterviewCounts(Struct, frozen=True, kw_only=True):
    """How many interviews were required, and what became of them.

    Each counts interviews whose return (before it, whose requirement) lies in the period asked for.
    `in_time` were held by their deadline, before the return included; `given_up` will not be
    held, `covered` of them because another interview covers their episode; `open` are neither held,
    declined nor given up; `overdue` are open past their deadline.
    """

    required: int
    allocated: int
    offered: int
    accepted: int
    declined: int
    conducted: int
    in_time: int
    given_up: int
    covered: int
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Unless:
    """A value for a column, unless another column holds a later time: events come in any order.

    Attributes:
        column: the column that is compared.
        later_than: the moment that it is compared with.
        value: what is set otherwise.
    """

    column: str
    later_than: datetime
    value: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """What an event changes in the list: set these columns of this interview's row.

    Attributes:
        covers: how many episodes more it covers.
    """

    interview_id: UUID
    columns: dict[str, Any]
    covers: int = 0


_COLUMNS: dict[type[EventData], Callable[[Any], dict[str, Any]]] = {
    missing.InterviewClockStarted: lambda data: {
        "returned_at": data.returned_at,
        "due_by": data.due_by,
        "overdue_noticed_at": None,
    },
    missing.InterviewAreaNamed: lambda data: {"area": data.area},
    missing.InterviewAllocated: lambda data: {"provider": data.provider, "area": data.area},
    missing.InterviewOffered: lambda data: {"offered_at": data.offered_at},
    missing.InterviewAccepted: lambda data: {
        "accepted_at": Unless("accepted_at", data.accepted_at, data.accepted_at),
        "planned_for": Unless("accepted_at", data.accepted_at, data.planned_for),
        "declined_at": Unless("declined_at", data.accepted_at, None),
    },
    missing.InterviewRearranged: lambda data: {"planned_for": data.planned_for},
    missing.InterviewDeclined: lambda data: {
        "declined_at": Unless("accepted_at", data.declined_at, data.declined_at)
    },
    missing.InterviewConducted: lambda data: {
        "conducted_at": data.held_at,
        "needs_action_now": data.needs_action_now,
        "declined_at": None,
    },
    missing.InterviewNotCompleted: lambda data: {"given_up_at": data.decided_at},
    missing.InterviewOverdue: lambda data: {"overdue_noticed_at": data.noticed_at},
    missing.InterviewCopied: lambda data: {"copied_at": data.sent_at},
}


def changes_of(envelope: Envelope, data: EventData) -> tuple[Change, ...]:
    """What an event changes in the list of interviews."""
    if isinstance(data, missing.InterviewRequired):
        columns = {
            "force": envelope.agency,
            "area": data.area,
            "required_at": times.read(envelope.occurredat),
        }
        return (Change(envelope.subject, columns),)
    if isinstance(data, missing.InterviewCoversEpisode):
        return (
            Change(envelope.subject, {}, covers=1),
            Change(data.instead_of, {"covered_by": envelope.subject}),
        )
    changed = _COLUMNS.get(type(data))
    return (Change(envelope.subject, changed(data)),) if changed is not None else ()
