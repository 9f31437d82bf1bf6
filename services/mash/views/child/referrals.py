"""Referrals to children's social care in the child view: one line each, as it stands. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Happening
from services.mash.views.said import Said
from shared.contracts import intake

ABSENT = Details(state="absent")


class ReferralLine(Struct, frozen=True, kw_only=True):
    """One referral, or a decision against one.

    Attributes:
        said: whose screening, interview or report it comes from, or who referred.
        state: `not-referred`: a professional considered one and decided against it.
        origin: what it comes from; none of one that was not made.
        level: of a screening.
        council: who is to decide; none while nobody knows which.
        due_by: when it is to be decided. Overdue is for whoever asks at a moment.
        rating: by the area's own table; none while it is not rated.
        in_time: it was decided by the time it was due.
        decided_by: the council that decided.
        words: what was said when it was made, or decided against.
        decision: why it was decided so, and what happens next.
        shared: with which agencies it was decided to share, and with which not.
        told_at: when whoever referred was told.
        late: its time ran out, as was recorded then.
    """

    referral_id: UUID
    said: Said
    state: Literal["open", "decided", "not-referred"]
    received_at: datetime
    origin: intake.OriginKind | None = None
    level: str | None = None
    council: str | None = None
    immediate: bool = False
    due_by: datetime | None = None
    rating: intake.Rating | None = None
    actions: tuple[intake.CourseOfAction, ...] = ()
    decided_at: datetime | None = None
    decided_by: str | None = None
    in_time: bool | None = None
    words: Details = ABSENT
    decision: Details = ABSENT
    shared: tuple[tuple[str, bool], ...] = ()
    told_at: datetime | None = None
    late: bool = False


class _Origin(Struct, frozen=True):
    kind: intake.OriginKind
    level: str | None = None


class _Fields(Struct, frozen=True):
    """Those fields of the referral events that a line shows; each event has a few of them."""

    origin: _Origin | None = None
    to: str | None = None
    received_at: datetime | None = None
    immediate: bool = False
    due_by: datetime | None = None
    rating: intake.Rating | None = None
    actions: tuple[intake.CourseOfAction, ...] = ()
    decided_at: datetime | None = None
    in_time: bool | None = None
    details: Details | None = None
    agency: str | None = None
    share: bool = False
    told_at: datetime | None = None


REFERRAL = ("referral-", "sharing-decided", "not-referred")
MADE = "referral-made"
"""Of a screening: that its duty to refer was met. It stands in the screening's line."""


def referral_lines(happenings: Sequence[tuple[Said, Happening]]) -> tuple[ReferralLine, ...]:
    """The referrals, the newest first."""
    lines: dict[UUID, ReferralLine] = {}
    for said, happening in happenings:
        what = happening.what
        if not what.startswith(REFERRAL) or what == MADE:
            continue
        fields = msgspec.json.decode(happening.data, type=_Fields)
        record = happening.record_id
        if what in {"referral-opened", "not-referred"}:
            lines[record] = _begun(record, said, fields)
        elif record in lines:
            lines[record] = msgspec.structs.replace(
                lines[record], **_changes(what, said, lines[record], fields)
            )
    return tuple(sorted(lines.values(), key=lambda line: (line.received_at, line.referral_id)))[
        ::-1
    ]


def _begun(record: UUID, said: Said, fields: _Fields) -> ReferralLine:
    received = fields.received_at or fields.decided_at
    assert received is not None  # noqa: S101 (each of the two events has one of them)
    return ReferralLine(
        referral_id=record,
        said=said,
        state="open" if fields.origin is not None else "not-referred",
        received_at=received,
        origin=fields.origin.kind if fields.origin is not None else None,
        level=fields.origin.level if fields.origin is not None else None,
        council=fields.to,
        immediate=fields.immediate,
        due_by=fields.due_by,
        decided_at=fields.decided_at,
        words=fields.details or ABSENT,
    )


def _changes(what: str, said: Said, line: ReferralLine, fields: _Fields) -> dict[str, Any]:
    plain: dict[str, dict[str, Any]] = {
        "referral-directed": {"council": fields.to},
        "referral-fed-back": {"told_at": fields.told_at},
        "referral-overdue": {"late": True},
        "referral-rated": {"rating": fields.rating, "due_by": fields.due_by, "late": False},
    }
    match what:
        case "referral-informed":
            # What was decided is to be decided anew.
            level = fields.origin.level if fields.origin is not None else line.level
            anew: dict[str, Any]
            anew = {"state": "open", "actions": (), "decided_at": None, "decided_by": None}
            anew |= {"in_time": None, "decision": ABSENT, "told_at": None, "late": False}
            again = anew if line.state == "decided" else {}
            return {"level": level, "due_by": fields.due_by} | again
        case "referral-decided":
            return {
                "state": "decided",
                "actions": fields.actions,
                "decided_at": fields.decided_at,
                "decided_by": said.agency,
                "in_time": fields.in_time,
                "decision": fields.details or ABSENT,
            }
        case "sharing-decided" if fields.agency is not None:
            return {"shared": (*line.shared, (fields.agency, fields.share))}
    return plain.get(what, {})
