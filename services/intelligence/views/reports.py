"""What the bureau's list of reports shows, and how each event changes it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from shared.contracts import EVENTS, intelligence, times
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData, UnknownType


class ReportRow(Struct, frozen=True, kw_only=True):
    """One report of the list: times, codes and counts; no word of it, and nobody's name.

    Attributes:
        received_at: when it was recorded here.
        graded_at: when its present grade was given; none while it waits.
        grades, sanitised, disseminated: how many.
    """

    report_id: UUID
    bureau: str
    reported_at: datetime
    received_at: datetime
    third_party: bool
    victims: int
    perpetrators: int
    licensed_service: str | None
    graded_at: datetime | None
    grades: int
    covert: bool
    sanitised: int
    disseminated: int
    withdrawn_at: datetime | None

    @property
    def status(self) -> str:
        """How far it has come, as its author may know: nothing of what the bureau thinks of it."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "assessed" if self.graded_at is not None else "received"


@dataclass(frozen=True, slots=True)
class Change:
    """What an event changes in the list.

    Attributes:
        sets: columns to set in the report's row.
        counts: columns to count one up.
        begins: the row begins with these.
    """

    report_id: UUID
    sets: dict[str, Any]
    counts: tuple[str, ...] = ()
    begins: bool = False


_COUNTED: dict[type[EventData], str] = {
    intelligence.ReportSanitised: "sanitised",
    intelligence.ReportDisseminated: "disseminated",
}


def change_of(envelope: Envelope) -> Change | None:
    """What an event changes, or None."""
    try:
        data = EVENTS.decode(envelope.type, envelope.data)
    except UnknownType:
        return None
    report_id = envelope.subject
    match data:
        case intelligence.ReportSubmitted():
            begun = {
                "bureau": data.bureau,
                "source_ref": data.source_ref,
                "reported_at": data.reported_at,
                "received_at": times.read(envelope.time),
                "third_party": data.third_party,
                "victims": len(data.victims),
                "perpetrators": len(data.perpetrators),
                "licensed_service": data.licensed_service,
            }
            return Change(report_id, begun, begins=True)
        case intelligence.ReportGraded():
            graded = {"graded_at": data.graded_at, "covert": data.covert}
            return Change(report_id, graded, ("grades",))
        case intelligence.ReportSanitised() | intelligence.ReportDisseminated():
            return Change(report_id, {}, (_COUNTED[type(data)],))
        case intelligence.ReportWithdrawn() if report_id in data.versions:
            return Change(report_id, {"withdrawn_at": data.withdrawn_at})
    return None
