"""What every event says about its own making, beside what happened."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

Handling = Literal["P", "C"]
"""Who may see it: `P`, lawful sharing permitted; `C`, permitted with conditions (3x5x2 handling
codes). Whoever meets a code that they do not know treats it as closed."""

Regime = Literal["uk-gdpr", "dpa-part-3"]
"""Which data protection law the information was given under: the general regime, or Part 3 of the
Data Protection Act 2018 (competent authorities: the police). Rights and logging duties differ."""


class Context(Struct, frozen=True, kw_only=True):
    """Who did it, for whom, why, and as part of what. Written into every event's envelope.

    These are in the store from the first event on, because they cannot be added afterwards.
    """

    actor: str
    """Opaque id of the person or system, as their issuer names them: `<issuer>|<subject>`."""
    agency: str
    """Code of the agency whose information this is."""
    purpose: str
    """Code of the purpose that the actor stated."""
    basis: str
    """Code of the sharing agreement or legal gateway relied on."""
    regime: Regime
    correlation_id: UUID
    """The same for everything that one request set off."""
    causation_id: UUID | None = None
    """The event that this one reacts to, if any."""
