"""Requests that another authority takes responsibility, as the child view shows them. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Happening
from services.mash.views.said import Said
from shared.contracts import intake


class ResponsibilityLine(Struct, frozen=True, kw_only=True):
    """One authority asked another to take responsibility for the child, and what came of it.

    Attributes:
        held_by: who asked, and stays responsible until `accepted_at`.
        asked: who was asked.
    """

    request_id: UUID
    said: Said
    matter: intake.Matter
    held_by: str
    asked: str
    requested_at: datetime
    reason: Details
    accepted_at: datetime | None = None
    declined_at: datetime | None = None
    withdrawn_at: datetime | None = None
    answer: Details | None = None

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.accepted_at is self.declined_at is self.withdrawn_at is None


class _Fields(Struct, frozen=True):
    matter: intake.Matter | None = None
    held_by: str | None = None
    asked: str | None = None
    requested_at: datetime | None = None
    accepted_at: datetime | None = None
    declined_at: datetime | None = None
    withdrawn_at: datetime | None = None
    reason: Details | None = None
    words: Details | None = None


def responsibility_lines(
    happenings: Sequence[tuple[Said, Happening]],
) -> tuple[ResponsibilityLine, ...]:
    """The requests, newest first."""
    lines: dict[UUID, dict[str, Any]] = {}
    for said, happening in happenings:
        if not happening.what.startswith("responsibility-"):
            continue
        fields = msgspec.json.decode(happening.data, type=_Fields)
        line = lines.setdefault(happening.record_id, {"request_id": happening.record_id})
        match happening.what:
            case "responsibility-requested":
                line |= {
                    "said": said,
                    "matter": fields.matter,
                    "held_by": fields.held_by,
                    "asked": fields.asked,
                    "requested_at": fields.requested_at,
                    "reason": fields.reason or Details(state="absent"),
                }
            case "responsibility-accepted":
                line |= {"accepted_at": fields.accepted_at, "answer": fields.words}
            case "responsibility-declined":
                line |= {"declined_at": fields.declined_at, "answer": fields.reason}
            case "responsibility-request-withdrawn":
                line |= {"withdrawn_at": fields.withdrawn_at}
    found = [ResponsibilityLine(**line) for line in lines.values() if "said" in line]
    return tuple(sorted(found, key=lambda line: (line.requested_at, line.request_id), reverse=True))
