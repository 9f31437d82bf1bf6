"""Agencies: so that every line can say who said it by name."""

from collections.abc import Sequence
from uuid import UUID

from shared.projecting.facts import Fact


def fold_agency(_subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    """An agency's row: as registered."""
    for fact in facts:
        if fact.kind == "agency":
            return fact.value
    return None
