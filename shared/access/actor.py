"""Who is asking."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.contracts.context import Context, Regime

ActorKind = Literal["person", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or system, for whom it acts, and why.

    Attributes:
        id: opaque: `<issuer>|<subject>`. Never an e-mail address, which would say who it is.
        agency: the code of its agency, as the register of issuers says, not as it claims.
        roles: what it may do, by name.
        purpose: why it asks, as a code.
        basis: the sharing agreement or legal gateway it relies on, as a code.
        regime: the data protection law under which its agency gives information.
    """

    id: str
    agency: str
    kind: ActorKind
    roles: frozenset[str]
    purpose: str
    basis: str
    regime: Regime

    def context(self, correlation_id: UUID, causation_id: UUID | None = None) -> Context:
        """What events say about their making when this actor sets them off."""
        return Context(
            actor=self.id,
            agency=self.agency,
            purpose=self.purpose,
            basis=self.basis,
            regime=self.regime,
            correlation_id=correlation_id,
            causation_id=causation_id,
        )
