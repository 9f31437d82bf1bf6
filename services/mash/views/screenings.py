"""Screenings in the child view: one line each, whoever filled it in, and what changed since. Pure.

A tick in a "current" column is current to the day of its screening, which stands beside it: it
ages. The level is the professional's; what the tool advised stands apart from it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Happening
from services.mash.views.said import Said
from shared.contracts.screening import CLOSED_BY, Direction, ScreeningAnswers, Tick

NOTE = (
    "An indicator that is not ticked is no evidence that the child is safe. A tick is current to "
    "the day of its screening, not to today."
)
"""For whoever reads screenings: a later West Midlands tool says the first in terms; the second
follows from the form's own columns."""

QUIET = frozenset({"obligation-opened", "review-done"})
"""What stands in a screening's line and would only fill the chronology."""


LEVELLED = frozenset({"screening-completed", "screening-amended", "level-overridden"})


class OpenObligation(Struct, frozen=True, kw_only=True):
    """Something that is still to be done about a screening.

    Attributes:
        must: it must be done; else it should.
        due_by: none where nobody set a time.
        late: its time ran out, as was recorded then.
    """

    obligation: str
    must: bool
    opened_at: str
    due_by: datetime | None
    late: bool = False


class DoneObligation(Struct, frozen=True, kw_only=True):
    """What closed an obligation, and who recorded it."""

    obligation: str
    by: str
    said: Said
    notes: Details | None


class Since(Struct, frozen=True, kw_only=True):
    """What changed since the screening of this child before, whoever filled that in.

    Attributes:
        direction: of the level: `higher` is an escalation of risk.
        newly_ticked, no_longer_ticked, other_columns: codes of indicators; none of them where the
            answers of either cannot be read.
        same_version: both answered one version of the tool; else an indicator that is newly ticked
            may not have been asked for before.
    """

    screening_id: UUID
    agency: str
    completed_at: datetime
    level: str
    direction: Direction
    same_version: bool
    newly_ticked: tuple[str, ...]
    no_longer_ticked: tuple[str, ...]
    other_columns: tuple[str, ...]


class ScreeningLine(Struct, frozen=True, kw_only=True):
    """One screening, as its form stands now.

    Attributes:
        said: who filled it in; of an amended form, the amendment.
        completed_at: when: "current" ticks are current to this day.
        level: the professional's, as it stands now.
        overridden_from: what it was before somebody gave another to the same answers.
        advised_level: what the tool pointed to.
        ticks: what was ticked, worded as it was asked; the significant ones first.
        columns: the words above the form's columns, by their codes.
        answers, circumstances, judgement, about_child: as the agency gave them, or why not.
        open, done: what it obliges to.
    """

    screening_id: UUID
    said: Said
    completed_at: datetime
    level: str
    levels: tuple[str, ...]
    instrument: str
    version: str
    area: str
    consent: str
    meets_threshold: str
    overridden_from: str | None = None
    override_rationale: Details | None = None
    advised_level: str | None = None
    amended_at: datetime | None = None
    ticks: tuple[Tick, ...] = ()
    columns: dict[str, str] = {}
    answers: Details | None = None
    circumstances: Details | None = None
    judgement: Details | None = None
    about_child: Details | None = None
    since: Since | None = None
    open: tuple[OpenObligation, ...] = ()
    done: tuple[DoneObligation, ...] = ()


class Screenings(Struct, frozen=True, kw_only=True):
    """All screenings of a child.

    Attributes:
        note: what to bear in mind when reading them.
        lines: the newest form first.
    """

    note: str = NOTE
    lines: tuple[ScreeningLine, ...] = ()


class _Form(Struct, frozen=True):
    """Those fields of a form that its line shows."""

    completed_at: datetime
    level: str
    levels: tuple[str, ...]
    instrument: str
    version: str
    area: str
    consent: str
    meets_threshold: str
    answers: Details
    circumstances: Details
    judgement: Details
    about_child: Details
    advised_level: str | None = None
    amended_at: datetime | None = None


class _Later(Struct, frozen=True):
    """Those fields of later events of a screening that its line shows; each has a few of them."""

    level: str = ""
    from_level: str | None = None
    rationale: Details | None = None
    obligation: str = ""
    must: bool = True
    due_by: datetime | None = None
    notes: Details | None = None
    outcome: Details | None = None
    plan: Details | None = None
    reason: Details | None = None


def screenings(happenings: Sequence[tuple[Said, Happening]]) -> Screenings:
    """The screenings of a child, each with what changed since the one before."""
    lines: dict[UUID, ScreeningLine] = {}
    for said, happening in happenings:
        if happening.what in {"screening-completed", "screening-amended"}:
            lines[happening.record_id] = _filled(said, happening, lines.get(happening.record_id))
        elif (line := lines.get(happening.record_id)) is not None:
            lines[happening.record_id] = _later(line, said, happening)
    in_time = sorted(lines.values(), key=lambda line: (line.completed_at, line.screening_id))
    shown = [
        msgspec.structs.replace(line, since=_since(before, line)) if before is not None else line
        for before, line in zip([None, *in_time], in_time, strict=False)
    ]
    return Screenings(lines=tuple(reversed(shown)))


def level_of(happening: Happening) -> str | None:
    """The level that an event of a screening gives, for the chronology."""
    if happening.what not in LEVELLED:
        return None
    return msgspec.json.decode(happening.data, type=_Later).level


def _filled(said: Said, happening: Happening, before: ScreeningLine | None) -> ScreeningLine:
    form = msgspec.json.decode(happening.data, type=_Form)
    opened = form.answers.opened
    answers = msgspec.json.decode(opened, type=ScreeningAnswers) if opened is not None else None
    return ScreeningLine(
        screening_id=happening.record_id,
        said=said,
        ticks=answers.ticks if answers is not None else (),
        columns={c.code: c.label for c in answers.columns} if answers is not None else {},
        open=before.open if before is not None else (),
        done=before.done if before is not None else (),
        **{name: getattr(form, name) for name in form.__struct_fields__},
    )


def _later(line: ScreeningLine, said: Said, happening: Happening) -> ScreeningLine:
    fields = msgspec.json.decode(happening.data, type=_Later)
    changes: dict[str, Any] = {}
    match happening.what:
        case "level-overridden":
            changes = {
                "level": fields.level,
                "overridden_from": fields.from_level,
                "override_rationale": fields.rationale,
            }
        case "obligation-opened":
            opened = OpenObligation(
                obligation=fields.obligation,
                must=fields.must,
                opened_at=said.occurred_at,
                due_by=fields.due_by,
            )
            changes = {"open": (*_others(line, fields.obligation), opened)}
        case "obligation-overdue":
            changes = {
                "open": tuple(
                    msgspec.structs.replace(one, late=True)
                    if one.obligation == fields.obligation
                    else one
                    for one in line.open
                )
            }
        case _:
            closed = (
                fields.obligation
                if happening.what == "obligation-lifted"
                else CLOSED_BY.get(happening.what)
            )
            if closed is not None:
                done = DoneObligation(
                    obligation=closed,
                    by=happening.what,
                    said=said,
                    notes=fields.notes or fields.outcome or fields.plan or fields.reason,
                )
                changes = {"open": _others(line, closed), "done": (*line.done, done)}
    return msgspec.structs.replace(line, **changes)


def _others(line: ScreeningLine, obligation: str) -> tuple[OpenObligation, ...]:
    return tuple(one for one in line.open if one.obligation != obligation)


def _since(before: ScreeningLine, line: ScreeningLine) -> Since:
    readable = all(one.answers is not None and one.answers.opened for one in (before, line))
    first = {tick.code: tick.columns for tick in before.ticks} if readable else {}
    second = {tick.code: tick.columns for tick in line.ticks} if readable else {}
    return Since(
        screening_id=before.screening_id,
        agency=before.said.agency,
        completed_at=before.completed_at,
        level=before.level,
        direction=_direction(before, line),
        same_version=(before.instrument, before.version) == (line.instrument, line.version),
        newly_ticked=tuple(code for code in second if code not in first),
        no_longer_ticked=tuple(code for code in first if code not in second),
        other_columns=tuple(c for c in second if c in first and first[c] != second[c]),
    )


def _direction(before: ScreeningLine, line: ScreeningLine) -> Direction:
    levels = line.levels
    if before.level not in levels or line.level not in levels:
        return "not-comparable"
    first, second = levels.index(before.level), levels.index(line.level)
    step: Literal["same", "higher", "lower"] = (
        "same" if first == second else "higher" if second > first else "lower"
    )
    return step
