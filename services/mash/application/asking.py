"""Who asks, what they may see, and what they get: the same for every question."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.access.actor import Actor
from shared.access.disclosure import Decided
from shared.projecting.facts import Fact


class Asker(Protocol):
    """Who asks, as the web edge knows them."""

    @property
    def actor(self) -> Actor:
        """The person or system."""

    @property
    def correlation_id(self) -> UUID:
        """Of this request."""

    @property
    def decided(self) -> Decided:
        """The policy's decision that let them ask."""


@dataclass(frozen=True)
class Answered:
    """An answer's bytes; its disclosure is durable."""

    body: bytes


def may_see(fact: Fact, actor: Actor) -> bool:
    """Whether a fact's handling lets this actor see it; a code that is not known is closed."""
    return fact.handling == "P" or fact.agency == actor.agency
