"""What an agency sent or holds, and what has become of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts import EVENTS, missing
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData, UnknownType

Kind = Literal[
    "episode", "held-return", "interview", "concern", "truancy-stop", "education-status", "profile"
]
Status = Literal[
    "open", "located", "returned", "reported-in-error",
    "waiting-for-report", "joined-to-report",
    "required", "allocated", "offered", "accepted", "declined", "conducted", "not-completed",
    "closed", "follow-up-due", "followed-up", "recorded", "kept", "released",
]  # fmt: skip


class SubmissionRow(Struct, frozen=True, kw_only=True):
    """A record that an agency sent, or an interview that it holds: clear fields only.

    Attributes:
        record_id: the `id` of its receipts.
        received_at: when it was recorded, or came to this agency.
        changed_at: when the newest of its events was recorded.
        events: how many it has.
    """

    record_id: UUID
    kind: Kind
    status: Status
    received_at: datetime
    changed_at: datetime
    events: int


class StopRow(Struct, frozen=True, kw_only=True):
    """A truancy patrol's stop and its follow-up: clear fields only.

    Attributes:
        patrol_registered: somebody has registered a patrol of this code; if not, look whether it
            is written rightly.
        follow_up_by: the last day for it.
        followed_up_at: when it was done; none while it is due.
    """

    stop_id: UUID
    patrol: str
    patrol_registered: bool
    stopped_at: datetime
    follow_up_by: date
    followed_up_at: datetime | None


class ConcernRow(Struct, frozen=True, kw_only=True):
    """A concern of nobody known to be safe and well yet: clear fields only.

    Attributes:
        agency: who raised it, and closes it.
        child: the mention that the concern is about.
        raised_at: when it was recorded.
        police_told: whether they were, as whoever raised it said.
        closed_at: when it was closed without anybody having seen the child safe; none while open.
    """

    concern_id: UUID
    agency: str
    responsible_authority: str | None
    child: UUID
    source: missing.ConcernSource
    away_from: missing.MissingFrom
    away_since: datetime | None
    police_told: missing.Told
    how_left: missing.HowLeft
    overnight: missing.Told
    raised_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """What an event changes in the list of what was sent.

    Attributes:
        status: what has become of the record; none where that is as before, and for an interview,
            whose own row says it.
        begins: the kind of record that it begins.
        comes_to: the agency whose list it stands in from now on.
    """

    status: Status | None = None
    begins: Kind | None = None
    comes_to: str | None = None


_BEGINS: Final[Mapping[type[EventData], tuple[Kind, Status]]] = {
    missing.EpisodeReported: ("episode", "open"),
    missing.ReturnHeld: ("held-return", "waiting-for-report"),
    missing.ConcernRaised: ("concern", "open"),
    missing.TruancyStopRecorded: ("truancy-stop", "follow-up-due"),
    missing.EducationStatusRecorded: ("education-status", "recorded"),
    missing.InterviewRequired: ("interview", "required"),
    missing.CarerProfilePrepared: ("profile", "kept"),
}
_STATUS: Final[Mapping[type[EventData], Status]] = {
    missing.ChildLocated: "located",
    missing.ChildReturned: "returned",
    missing.ReportedInError: "reported-in-error",
    missing.HeldReturnJoined: "joined-to-report",
    missing.ConcernClosed: "closed",
    missing.TruancyFollowUpRecorded: "followed-up",
    missing.CarerProfileReleased: "released",
    missing.CarerProfileReleaseWithdrawn: "kept",
    missing.CarerProfileHandedOver: "kept",
}
_NOBODYS: Final = (
    missing.ProviderCommissioned,
    missing.CommissionEnded,
    missing.TruancyPatrolRegistered,
    missing.TruancyPatrolCorrected,
    missing.PhotographKept,
)


def step_of(envelope: Envelope, data: EventData) -> Step | None:
    """What an event changes in the list of what was sent, or None."""
    if isinstance(data, _NOBODYS):
        return None
    kind, begun = _BEGINS.get(type(data), (None, None))
    comes_to = envelope.agency if kind is not None else None
    match data:
        case missing.TruancyFollowUpRecorded(outcome="not-found"):
            return Step()  # Whoever was not found is still to be followed up.
        case missing.InterviewRequired():
            comes_to = None  # It is nobody's to hold until it is allocated.
        case missing.InterviewAllocated():
            comes_to = data.provider
        case missing.CarerProfilePrepared():
            comes_to = data.keeper
        case missing.CarerProfileHandedOver():
            comes_to = data.to
    return Step(begun or _STATUS.get(type(data)), kind, comes_to)


def data_of(envelope: Envelope) -> EventData | None:
    """An event's data; none where it is of a type that is not known here."""
    try:
        return EVENTS.decode(envelope.type, envelope.data)
    except UnknownType:
        return None
