"""Who said a line, and its two times; and who or what was named with it."""

from uuid import UUID

from msgspec import Struct

from services.mash.views.facts import Named
from shared.projecting.facts import Fact


class Said(Struct, frozen=True, kw_only=True):
    """Who said a line, and its two times.

    Attributes:
        agency: whose information it is.
        occurred_at: when it happened in the world.
        recorded_at: when we were told.
        handling: who may see it.
    """

    agency: str
    event_id: UUID
    occurred_at: str
    recorded_at: str
    handling: str


def said_of(fact: Fact) -> Said:
    """Who said a fact."""
    return Said(
        agency=fact.agency,
        event_id=fact.event_id,
        occurred_at=fact.occurred_at,
        recorded_at=fact.recorded_at,
        handling=fact.handling,
    )


class Beside(Struct, frozen=True, kw_only=True):
    """Somebody or something that a report names beside the child."""

    said: Said
    named: Named
