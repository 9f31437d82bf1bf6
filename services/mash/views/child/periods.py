"""What authorities decided to return about the child's times away, in the child view. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Happening
from services.mash.views.said import Said
from shared.contracts import intake


class PeriodLine(Struct, frozen=True, kw_only=True):
    """A decision as it stands.

    Attributes:
        said: whose decision, and when we were told.
        sources: the records that it stands for.
        changed: how often it was decided otherwise.
        withdrawn: it was taken back, and stands for nothing.
    """

    period_id: UUID
    said: Said
    decision: intake.MissingDecision
    started_at: datetime | None
    ended_at: datetime | None
    sources: tuple[UUID, ...]
    decided_at: datetime
    reason: Details
    changed: int = 0
    withdrawn: bool = False


class _Fields(Struct, frozen=True):
    decided_at: datetime
    decision: intake.MissingDecision | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    sources: tuple[UUID, ...] = ()
    reason: Details | None = None


def period_lines(happenings: Sequence[tuple[Said, Happening]]) -> tuple[PeriodLine, ...]:
    """The decisions, newest first."""
    by_record: dict[UUID, list[tuple[Said, _Fields]]] = {}
    for said, happening in happenings:
        if happening.what.startswith("missing-period-"):
            fields = msgspec.json.decode(happening.data, type=_Fields)
            by_record.setdefault(happening.record_id, []).append((said, fields))
    lines = []
    for period_id, told in by_record.items():
        in_order = sorted(told, key=lambda each: (each[1].decided_at, each[0].recorded_at))
        whole = [each for each in in_order if each[1].decision is not None]
        if not whole:
            continue
        said, last = whole[-1]
        assert last.decision is not None  # noqa: S101 (every whole one has it)
        lines.append(
            PeriodLine(
                period_id=period_id,
                said=said,
                decision=last.decision,
                started_at=last.started_at,
                ended_at=last.ended_at,
                sources=last.sources,
                decided_at=last.decided_at,
                reason=last.reason or Details(state="absent"),
                changed=len(whole) - 1,
                withdrawn=len(whole) < len(in_order),
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.decided_at, line.period_id), reverse=True))
