"""Statuses in the child view: what each authority says of the child's standing, by its days. Pure.

Whether a status is in force is not decided here: that depends on the day on which somebody asks
(`services.mash.views.child.now`).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Happening, Named
from services.mash.views.said import Beside, Said
from shared.contracts import intake

What = Literal["status-recorded", "status-corrected", "status-ended", "status-withdrawn"]


class StatusChange(Struct, frozen=True, kw_only=True):
    """One thing an authority said of a status, in the order in which it said them.

    Attributes:
        why: of a correction, an ending or a withdrawal, where it was said.
    """

    said: Said
    what: str
    said_at: datetime
    since: date | None = None
    until: date | None = None
    why: Details | None = None


class StatusLine(Struct, frozen=True, kw_only=True):
    """A status as its authority said it last.

    Attributes:
        said: the account that stands: whose word it is, and when we were told.
        since, until: its first and last day, both included; no last day where none is known.
        responsible: the authority responsible for the child, by this status.
        host: the authority in whose area the child lives, by this status.
        withdrawn: why it counts nowhere: it was never so, or is another child's.
        place, worker, school: named with the account that stands.
        history: every account, ending and withdrawal, in the order in which they were said.
    """

    status_id: UUID
    kind: intake.StatusKind
    said: Said
    since: date
    until: date | None
    responsible: str | None
    host: str | None
    withdrawn: str | None
    details: Details
    contact: Details | None
    place: Named | None
    worker: Named | None
    school: Named | None
    history: tuple[StatusChange, ...]

    def in_force(self, day: date) -> bool:
        """Whether it is in force on a day, its first and last included."""
        return (
            self.withdrawn is None
            and self.since <= day
            and (self.until is None or day <= self.until)
        )


class _Fields(Struct, frozen=True):
    """Those fields of the status events that a line shows; each event has some of them."""

    said_at: datetime
    kind: intake.StatusKind | None = None
    since: date | None = None
    until: date | None = None
    responsible: str | None = None
    host: str | None = None
    worker: UUID | None = None
    contact: Details | None = None
    details: Details | None = None
    reason: Details | None = None
    why: str | None = None


Told = tuple[Said, str, _Fields]


def status_lines(
    happenings: Sequence[tuple[Said, Happening]], beside: Sequence[Beside]
) -> tuple[StatusLine, ...]:
    """The statuses, the latest to begin first."""
    by_record: dict[UUID, list[Told]] = {}
    for said, happening in happenings:
        if happening.what in What.__args__:  # type: ignore[attr-defined] # of a Literal
            fields = msgspec.json.decode(happening.data, type=_Fields)
            by_record.setdefault(happening.record_id, []).append((said, happening.what, fields))
    lines = [
        line
        for status_id, told in by_record.items()
        if (line := _line(status_id, told, beside)) is not None
    ]
    return tuple(sorted(lines, key=lambda line: (line.since, line.status_id), reverse=True))


def _line(status_id: UUID, told: list[Told], beside: Sequence[Beside]) -> StatusLine | None:
    # What was said last stands, whichever arrived first; of one moment, what arrived last.
    in_order = sorted(told, key=lambda each: (each[2].said_at, each[0].recorded_at))
    whole = [each for each in in_order if each[2].since is not None]
    if not whole:
        return None
    said, _, account = whole[-1]
    assert account.kind is not None  # noqa: S101 (every whole account has them)
    assert account.since is not None  # noqa: S101
    dated = [each[2].until for each in in_order if each[1] != "status-withdrawn"]
    named = [line.named for line in beside if line.said.event_id == said.event_id]
    return StatusLine(
        status_id=status_id,
        kind=account.kind,
        said=said,
        since=account.since,
        until=dated[-1],
        responsible=account.responsible,
        host=account.host,
        withdrawn=next((each[2].why for each in in_order if each[2].why is not None), None),
        details=account.details or Details(state="absent"),
        contact=account.contact,
        place=next((each for each in named if each.role == "placed_at"), None),
        worker=next((each for each in named if each.mention_id == account.worker), None),
        school=next((each for each in named if each.role == "school"), None),
        history=tuple(
            StatusChange(
                said=by,
                what=what,
                said_at=fields.said_at,
                since=fields.since,
                until=fields.until,
                why=fields.reason,
            )
            for by, what, fields in in_order
        ),
    )
