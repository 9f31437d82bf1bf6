"""Who asks, what they may see, and what they get: the same for every question."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from services.mash.store import Snapshot
from services.mash.views.facts.limits import RELEASE, Limits, Openness, limits_of, openness
from services.mash.views.intelligence import TO_DECIDE, standing
from shared.access.actor import Actor
from shared.access.disclosure import Decided
from shared.access.policy import Resource, authorize
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


@dataclass(frozen=True)
class Seen:
    """What somebody may see of some facts.

    Attributes:
        facts: in their order.
        withheld: how many others there are that they may know of and not see. What may not even be
            known to exist is not counted.
    """

    facts: list[Fact]
    withheld: int


def seen(facts: Sequence[Fact], actor: Actor) -> Seen:
    """What this actor may see of these facts, as policy says of each line (`see-line`).

    The facts of kinds `TO_DECIDE` on the mentions concerned must be among them: they say to whom a
    version of intelligence is open, and that it was withdrawn. A version of which none is there is
    closed. Whom and what a withdrawn version named is seen by nobody.
    """
    versions = openness(facts)
    facts = standing(facts)
    shown: list[Fact] = []
    withheld = 0
    for fact in facts:
        if fact.kind == RELEASE:
            continue
        limits = limits_of(fact)
        if _may_see_line(actor, _resource(fact, limits, versions)):
            shown.append(fact)
        elif limits is None:
            withheld += 1
    return Seen(shown, withheld)


async def seen_on(
    snap: Snapshot, mentions: Collection[UUID], kinds: Sequence[str], actor: Actor
) -> tuple[list[Fact], Seen]:
    """The facts of these kinds on these mentions, and what this actor may see of them."""
    facts = await snap.facts_on(mentions, (*kinds, *TO_DECIDE))
    found = seen(facts, actor)
    return (
        [fact for fact in facts if fact.kind in kinds],
        Seen([fact for fact in found.facts if fact.kind in kinds], found.withheld),
    )


@lru_cache(maxsize=4096)
def _may_see_line(actor: Actor, resource: Resource) -> bool:
    """Kept: a view has hundreds of lines and a handful of different answers."""
    return authorize(actor, "see-line", resource).allowed


def _resource(fact: Fact, limits: Limits | None, versions: Mapping[UUID, Openness]) -> Resource:
    """What policy is asked about a fact."""
    if limits is None:
        return Resource(agency=fact.agency, handling=fact.handling)
    version = versions.get(limits.version, Openness())
    if limits.only_for is not None:
        return Resource(
            agency=fact.agency,
            handling=fact.handling,
            audience=version.audience & {limits.only_for},
            compartment=version.compartment,
        )
    return Resource(
        agency=fact.agency,
        handling=version.handling,
        audience=version.audience,
        compartment=version.compartment,
    )
