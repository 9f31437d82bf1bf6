"""What the list of referrals shows, and how each event changes it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from shared.contracts import EVENTS, intake
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData, UnknownType


class ReferralRow(Struct, frozen=True, kw_only=True):
    """One referral of the list: ids, codes and times only.

    Attributes:
        council: who is to decide; none while nobody knows which: then any council may take it.
        origin_kind, origin_id, level: what it comes from; the level of a screening.
        referred_by: the agency that referred, or whose screening, interview or report it is.
        due_by: when it is to be decided, as it stands: anew after a rating, or when more came.
        first_due_by: within one working day of its coming, whatever came after.
    """

    referral_id: UUID
    council: str | None
    origin_kind: str
    origin_id: UUID | None
    level: str | None
    referred_by: str
    immediate: bool
    received_at: datetime
    due_by: datetime
    first_due_by: datetime
    rating: str | None
    rated_at: datetime | None
    decided_at: datetime | None
    actions: list[str] | None
    in_time: bool | None
    fed_back_at: datetime | None
    overdue_noticed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """What an event changes: a new row, or these columns of a referral's row."""

    columns: dict[str, Any]
    new: bool = False


_COLUMNS: dict[type[EventData], Callable[[Any], dict[str, Any]]] = {
    intake.ReferralOpened: lambda data: {
        "council": data.to,
        "origin_kind": data.origin.kind,
        "origin_id": data.origin.record_id,
        "level": data.origin.level,
        "referred_by": data.origin.agency,
        "immediate": data.immediate,
        "received_at": data.received_at,
        "due_by": data.due_by,
        "first_due_by": data.due_by,
    },
    intake.ReferralDirected: lambda data: {"council": data.to},
    intake.ReferralInformed: lambda data: {
        "level": data.origin.level,
        "due_by": data.due_by,
        "decided_at": None,
        "actions": None,
        "in_time": None,
        "overdue_noticed_at": None,
    },
    intake.ReferralRated: lambda data: {
        "rating": data.rating,
        "rated_at": data.rated_at,
        "due_by": data.due_by,
        "overdue_noticed_at": None,
    },
    intake.ReferralDecided: lambda data: {
        "decided_at": data.decided_at,
        "actions": list(data.actions),
        "in_time": data.in_time,
    },
    intake.ReferralFedBack: lambda data: {"fed_back_at": data.told_at},
    intake.ReferralOverdue: lambda data: {"overdue_noticed_at": data.noticed_at},
}


def change_of(envelope: Envelope) -> Change | None:
    """What an event changes, or None."""
    try:
        data = EVENTS.decode(envelope.type, envelope.data)
    except UnknownType:
        return None
    columns = _COLUMNS.get(type(data))
    if columns is None:
        return None
    return Change(columns(data), new=isinstance(data, intake.ReferralOpened))
