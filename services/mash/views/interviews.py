"""Return interviews in the child view: one line each, from required to held or not. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Happening
from services.mash.views.said import Said


class Voice(Struct, frozen=True, kw_only=True):
    """What the child said, in the child's own words."""

    said: Said
    interview_id: UUID
    words: Details


class InterviewLine(Struct, frozen=True, kw_only=True):
    """One return interview, as far as it has come.

    Attributes:
        due_by: 72 elapsed hours after the return; none while the child is away.
        late: its time ran out before it was held, declined or given up, as was recorded then.
        exploitation: the interviewer's assessment of the risk of exploitation.
        interviewer_from: whose staff held it, where that was said.
    """

    interview_id: UUID
    episodes: tuple[UUID, ...] = ()
    provider: str | None = None
    required_at: str | None = None
    due_by: datetime | None = None
    offered_at: datetime | None = None
    accepted_at: datetime | None = None
    planned_for: datetime | None = None
    declined_at: datetime | None = None
    declined_by: str | None = None
    conducted_at: datetime | None = None
    interviewer_from: str | None = None
    exploitation: str | None = None
    needs_action_now: bool = False
    given_up_at: datetime | None = None
    given_up_why: str | None = None
    late: bool = False
    copied_at: datetime | None = None
    view: Details | None = None
    carer_information: Details | None = None


class _Fields(Struct, frozen=True):
    """Those fields of the interview events that a line shows; each event has a few of them."""

    episode_id: UUID | None = None
    provider: str | None = None
    due_by: datetime | None = None
    offered_at: datetime | None = None
    accepted_at: datetime | None = None
    planned_for: datetime | None = None
    declined_at: datetime | None = None
    by: str | None = None
    held_at: datetime | None = None
    interviewer_from: str | None = None
    exploitation: str | None = None
    needs_action_now: bool = False
    decided_at: datetime | None = None
    why: str | None = None
    sent_at: datetime | None = None
    words: Details | None = None
    view: Details | None = None
    information: Details | None = None


def interview_lines(
    happenings: Sequence[tuple[Said, Happening]],
) -> tuple[tuple[InterviewLine, ...], tuple[Voice, ...]]:
    """The interviews, newest first, and what was said in them, newest first."""
    lines: dict[UUID, InterviewLine] = {}
    voices: list[Voice] = []
    clocks: dict[UUID, tuple[tuple[str, UUID], datetime | None]] = {}
    noticed: set[tuple[UUID, datetime | None]] = set()
    for said, happening in happenings:
        if not happening.what.startswith(("interview-", "carer-informed")):
            continue
        fields = msgspec.json.decode(happening.data, type=_Fields)
        line = lines.get(happening.record_id) or InterviewLine(interview_id=happening.record_id)
        changes = _changes(happening.what, said, line, fields)
        lines[happening.record_id] = msgspec.structs.replace(line, **changes)
        if happening.what == "interview-clock-started":
            # A return that is corrected moves the clock: what was recorded last, not what
            # happened last, for a right return may be earlier than the wrong one.
            told = ((said.recorded_at, said.event_id), fields.due_by)
            clocks[happening.record_id] = max(told, clocks.get(happening.record_id, told))
        elif happening.what == "interview-overdue":
            noticed.add((happening.record_id, fields.due_by))
        if fields.words is not None:
            voices.append(Voice(said=said, interview_id=happening.record_id, words=fields.words))
    for interview_id, (_, due_by) in clocks.items():
        late = (interview_id, due_by) in noticed
        lines[interview_id] = msgspec.structs.replace(lines[interview_id], due_by=due_by, late=late)
    return tuple(reversed(lines.values())), tuple(reversed(voices))


def _changes(what: str, said: Said, line: InterviewLine, fields: _Fields) -> dict[str, Any]:
    changes: dict[str, Any] = _PLAIN[what](fields) if what in _PLAIN else {}
    if what == "interview-required":
        changes["required_at"] = said.occurred_at
    if what in {"interview-required", "interview-covers-episode"}:
        changes["episodes"] = _with(line, fields)
    if what in {"interview-accepted", "interview-conducted"}:
        # A child who declined may change their mind.
        changes |= {"declined_at": None, "declined_by": None}
    return changes


_PLAIN: dict[str, Any] = {
    "interview-declined": lambda fields: {
        "declined_at": fields.declined_at,
        "declined_by": fields.by,
    },
    "interview-accepted": lambda fields: {
        "accepted_at": fields.accepted_at,
        "planned_for": fields.planned_for,
    },
    "interview-conducted": lambda fields: {
        "conducted_at": fields.held_at,
        "interviewer_from": fields.interviewer_from,
        "exploitation": fields.exploitation,
        "needs_action_now": fields.needs_action_now,
        "view": fields.view,
    },
    "interview-not-completed": lambda fields: {
        "given_up_at": fields.decided_at,
        "given_up_why": fields.why,
    },
    "interview-allocated": lambda fields: {"provider": fields.provider},
    "interview-offered": lambda fields: {"offered_at": fields.offered_at},
    "interview-rearranged": lambda fields: {"planned_for": fields.planned_for},
    "interview-copied": lambda fields: {"copied_at": fields.sent_at},
    "carer-informed": lambda fields: {"carer_information": fields.information},
}


def _with(line: InterviewLine, fields: _Fields) -> tuple[UUID, ...]:
    if fields.episode_id is None or fields.episode_id in line.episodes:
        return line.episodes
    return (*line.episodes, fields.episode_id)
