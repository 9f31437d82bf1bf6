"""What an authority says of a child's standing with children's social care, and from when to when.

A status is one authority's word about one child: looked after, subject to a child protection plan,
a child in need, who the allocated worker is, which school. Several authorities may speak of one
child at once, and all of it is kept. What is wrong is corrected, and what is over is ended, by
events of its own.

Four authorities are kept apart: the one that *says so* (the envelope's agency), the one that is
*responsible* for the child, the *host* in whose area the child lives, and the police force, which
stands in the report of an episode. Who is responsible changes only when the other authority accepts
(`shared.contracts.intake.responsibility`).
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

StatusKind = Literal[
    "looked-after", "child-protection-plan", "child-in-need", "allocated-worker", "school",
]  # fmt: skip

AbuseCategory = Literal["neglect", "emotional", "physical", "sexual", "multiple"]
"""Why there is a child protection plan."""

WithdrawnWhy = Literal["recorded-in-error", "another-child", "recorded-twice"]


@content(60, FieldClass.NARRATIVE)
class StatusDetails(SealedContent, frozen=True, kw_only=True):
    """What a status says beside its kind and its days.

    Attributes:
        reference: the authority's own number for it, in its first account.
        legal_status, placement_type: of a child looked after, as codes of the statutory return on
            looked-after children (SSDA903). They change by year, so they are kept as given; the
            first is checked against its list when it is sent.
        category: of a child protection plan.
    """

    reference: str | None = None
    legal_status: str | None = None
    placement_type: str | None = None
    category: AbuseCategory | None = None
    notes: str | None = None


@content(61, FieldClass.CONTACT)
class WorkerContact(SealedContent, frozen=True, kw_only=True):
    """How an allocated worker is reached. Belongs to the worker's mention."""

    team: str | None = None
    phone: str | None = None
    email: str | None = None


@content(62, FieldClass.NARRATIVE)
class EndDetails(SealedContent, frozen=True, kw_only=True):
    """Why a status ended, or was wrong.

    Attributes:
        reason: a code of the statutory return, such as `E8`, where there is one.
    """

    reason: str | None = None
    text: str | None = None


class StatusFields(EventData, frozen=True, kw_only=True):
    """A status, whole: the same when it is recorded and when it is corrected.

    Attributes:
        child: the mention of the child, among `mentions` of the first event.
        since: its first day.
        until: its last day, included; none while no end is known. Both may lie ahead.
        responsible: code of the authority responsible for the child, which for a child looked after
            is the placing authority; none where the status does not say.
        host: code of the authority in whose area the child lives, where that is told.
        said_at: when the authority said so. Of two things it said, the later one stands, whichever
            arrived first.
        worker: the allocated worker's mention. The place of a placement (role `placed_at`) and the
            school (an organisation, role `school`) are mentions too.
    """

    child: UUID
    kind: StatusKind
    since: date
    until: date | None
    responsible: str | None
    host: str | None
    said_at: datetime
    details: Sealed[StatusDetails]
    worker: UUID | None
    contact: Sealed[WorkerContact] | None


@EVENTS.event_type("intake.status-recorded.v1", aggregate="status")
class StatusRecorded(StatusFields, frozen=True, kw_only=True):
    """An authority said that a child has, or had, a status."""


@EVENTS.event_type("intake.status-corrected.v1", aggregate="status")
class StatusCorrected(StatusFields, frozen=True, kw_only=True):
    """What was said of a status was wrong; this is right, whole. The first account stays."""

    reason: Sealed[EndDetails]


@EVENTS.event_type("intake.status-ended.v1", aggregate="status")
class StatusEnded(EventData, frozen=True, kw_only=True):
    """A status got its last day."""

    child: UUID
    until: date
    said_at: datetime
    reason: Sealed[EndDetails] | None


@EVENTS.event_type("intake.status-withdrawn.v1", aggregate="status")
class StatusWithdrawn(EventData, frozen=True, kw_only=True):
    """The status was never so, or is another child's. It stays on record and counts nowhere."""

    child: UUID
    why: WithdrawnWhy
    said_at: datetime
    reason: Sealed[EndDetails] | None


@EVENTS.event_type("intake.status-ending-held.v1", aggregate="held-ending")
class StatusEndingHeld(EventData, frozen=True, kw_only=True):
    """A status's last day came before the status: it is kept, and joined to it when that comes.

    Attributes:
        child: a stand-in for the child, of whom nothing is known here.
        status_id: the record that the status will have.
    """

    child: UUID
    status_id: UUID
    until: date
    said_at: datetime
    reason: Sealed[EndDetails] | None


@EVENTS.event_type("intake.held-ending-joined.v1", aggregate="held-ending")
class HeldEndingJoined(EventData, frozen=True, kw_only=True):
    """The status came, and its ending stands in it."""

    child: UUID
    status_id: UUID
