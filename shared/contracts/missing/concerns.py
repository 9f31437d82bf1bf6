"""What no police episode holds: unreported runaways, truancy patrols, education.

Most children who run away are never reported to the police, so a concern stands by itself. Truancy
is neither of the police's two kinds, and neither is the DfE's code A.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.contracts.missing.episodes import MissingFrom
from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

ConcernSource = Literal["school", "youth-worker", "health", "family", "child", "public", "other"]

Told = Literal["yes", "no", "unknown"]

HowLeft = Literal["ran-away", "forced-to-leave", "whereabouts-unknown", "not-said"]
"""A young runaway ran away, was forced to leave, or nobody knows where she or he is. Whether a
child is called one also depends on age and on a night away, and definitions differ: one ends at 16,
the government's at 18. So what happened is kept, and not what it is called."""

EducationStatus = Literal[
    "mainstream", "alternative-provision", "home-educated", "part-time-timetable",
    "not-in-education", "unknown",
]  # fmt: skip

FollowUpOutcome = Literal["no-concern", "support-offered", "referred", "not-found"]


@content(30, FieldClass.NARRATIVE)
class ConcernNarrative(SealedContent, frozen=True, kw_only=True):
    """What is said about a child, in words.

    Attributes:
        attempts_to_find: what was done to find the child.
    """

    text: str
    attempts_to_find: str | None = None


@EVENTS.event_type("missing.concern-raised.v1", aggregate="concern")
class ConcernRaised(EventData, frozen=True, kw_only=True):
    """Somebody is concerned that a child has run away; the police may not have been told.

    Attributes:
        police_told: whether they were; a rule of practice says: as soon as possible, once the child
            cannot be found.
        how_left, overnight: what definitions of a runaway turn on.
        responsible_authority: the council responsible for the child, if that is known: it sees that
            the concern is open.
        definition: code of the definition by which whoever raised it calls the child a runaway.
    """

    child: UUID
    source: ConcernSource
    away_from: MissingFrom
    away_since: datetime | None
    police_told: Told
    how_left: HowLeft = "not-said"
    overnight: Told = "unknown"
    responsible_authority: str | None = None
    definition: str | None = None
    narrative: Sealed[ConcernNarrative]


@EVENTS.event_type("missing.concern-closed.v1", aggregate="concern")
class ConcernClosed(EventData, frozen=True, kw_only=True):
    """The concern is over: how.

    Attributes:
        safe_and_well: somebody saw the child safe; needed for those who live by themselves too.
    """

    closed_at: datetime
    safe_and_well: bool
    narrative: Sealed[ConcernNarrative] | None


@EVENTS.event_type("missing.truancy-patrol-registered.v1", aggregate="truancy-patrol")
class TruancyPatrolRegistered(EventData, frozen=True, kw_only=True):
    """A truancy patrol is registered: a project with dates and an area (report 2015, 6.6).

    Attributes:
        code: what its stops name it by; no other patrol has it.
        managed_by: the agency that manages it, and judges its effect.
        run_by: the agencies whose stops are its own, the manager among them.
        areas: where it goes, by the manager's own codes.
        since, until: its first and its last day.
    """

    code: str
    managed_by: str
    run_by: tuple[str, ...]
    areas: tuple[str, ...]
    since: date
    until: date


@EVENTS.event_type("missing.truancy-patrol-corrected.v1", aggregate="truancy-patrol")
class TruancyPatrolCorrected(EventData, frozen=True, kw_only=True):
    """What was registered of a patrol was wrong or has changed: this says it all anew.

    Its code stays: its stops name it by that.
    """

    run_by: tuple[str, ...]
    areas: tuple[str, ...]
    since: date
    until: date


@EVENTS.event_type("missing.truancy-stop-recorded.v1", aggregate="truancy-stop")
class TruancyStopRecorded(EventData, frozen=True, kw_only=True):
    """A patrol met a child who should have been at school. Every stop has a follow-up.

    Attributes:
        patrol: code of the dated, area-bound project that it belongs to. One that nobody has
            registered is taken: a stop that is refused would have no follow-up. It is counted once
            the patrol is registered, whichever comes first.
        follow_up_by: the last day for it.
    """

    child: UUID
    patrol: str
    stopped_at: datetime
    follow_up_by: date
    narrative: Sealed[ConcernNarrative] | None


@EVENTS.event_type("missing.truancy-follow-up-recorded.v1", aggregate="truancy-stop")
class TruancyFollowUpRecorded(EventData, frozen=True, kw_only=True):
    """The follow-up of a stop was done; or tried, where the child was not found."""

    done_at: datetime
    outcome: FollowUpOutcome
    narrative: Sealed[ConcernNarrative] | None


@EVENTS.event_type("missing.education-status-recorded.v1", aggregate="education")
class EducationStatusRecorded(EventData, frozen=True, kw_only=True):
    """How a child is taught, from a day on."""

    child: UUID
    status: EducationStatus
    since: date
