"""What the screening service's lists show, and how each event changes them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from shared.contracts import EVENTS, screening, times
from shared.contracts.envelope import Envelope
from shared.contracts.registry import UnknownType


class ScreeningRow(Struct, frozen=True, kw_only=True):
    """One screening of the list: clear fields only.

    Attributes:
        direction: of the level since the screening before; none for a first one.
        review_due: when the child is to be screened again; none once that was done.
    """

    screening_id: UUID
    agency: str
    area: str
    series: UUID
    completed_at: datetime
    level: str
    advised_level: str | None
    instrument: str
    version: str
    direction: str | None
    amended_at: datetime | None
    review_due: datetime | None


class ObligationRow(Struct, frozen=True, kw_only=True):
    """Something that is to be done about a screening: clear fields only.

    Attributes:
        closed_by: the act that closed it.
    """

    screening_id: UUID
    obligation: str
    agency: str
    area: str
    level: str
    rule: str
    must: bool
    opened_at: datetime
    due_by: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    overdue_noticed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Completed:
    """A screening came."""

    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """These columns of a screening's row change."""

    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """An obligation was opened, or opened again."""

    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OfObligation:
    """These columns of an obligation's row change."""

    obligation: str
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OfEveryObligation:
    """These columns of every obligation of the screening change."""

    columns: dict[str, Any]


Change = Completed | Changed | Opened | OfObligation | OfEveryObligation


def changes_of(envelope: Envelope) -> Iterator[Change]:
    """What an event changes."""
    try:
        data = EVENTS.decode(envelope.type, envelope.data)
    except UnknownType:
        return
    match data:
        case screening.ScreeningCompleted():
            direction = data.previous.direction if data.previous is not None else None
            yield Completed(
                {
                    **_form(data),
                    "agency": data.agency,
                    "series": data.series,
                    "direction": direction,
                }
            )
        case screening.ScreeningAmended():
            yield Changed({**_form(data), "amended_at": data.amended_at})
            # Corrected, it may be another council that is to be spoken to.
            yield OfEveryObligation({"area": data.area})
        case screening.LevelOverridden():
            yield Changed({"level": data.level})
        case screening.ObligationOpened():
            yield Opened(
                {
                    "obligation": data.obligation,
                    "area": data.area,
                    "level": data.level,
                    "rule": data.rule,
                    "must": data.must,
                    "opened_at": times.read(envelope.occurredat),
                    "due_by": data.due_by,
                }
            )
            if data.obligation == "review":
                yield Changed({"review_due": data.due_by})
        case screening.ObligationLifted():
            yield OfObligation(
                data.obligation, {"closed_at": data.lifted_at, "closed_by": "obligation-lifted"}
            )
        case screening.ObligationOverdue():
            yield OfObligation(data.obligation, {"overdue_noticed_at": data.noticed_at})
        case _:
            yield from _closed(envelope)


def _closed(envelope: Envelope) -> Iterator[Change]:
    act = envelope.type.partition(".")[2].rpartition(".v")[0]
    obligation = screening.CLOSED_BY.get(act)
    if obligation is None:
        return
    yield OfObligation(obligation, {"closed_at": times.read(envelope.occurredat), "closed_by": act})
    if obligation == "review":
        yield Changed({"review_due": None})


def _form(data: screening.ScreeningFields) -> dict[str, Any]:
    return {
        "area": data.area,
        "completed_at": data.completed_at,
        "level": data.level,
        "advised_level": data.advised_level,
        "instrument": data.instrument,
        "version": data.version,
    }
