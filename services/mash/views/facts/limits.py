"""Who may see what a handling code alone does not say: versions that are given, and compartments.

Intelligence is given version by version, later than it came, and what is closed may not even be
known to exist. Facts are never changed, so a version's facts name the version, and *release* facts
beside them, on the same mentions, say from when on whom it is open to. Pure: who asks, and what
policy says, is for the application.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from shared.projecting.facts import Fact

RELEASE = "release"
"""The kind of the facts that open and close versions. They are shown to nobody."""

Compartment = Literal["bureau", "intelligence", "covert"]
"""`bureau`: not graded yet. `intelligence`: nobody who may not see it is to know that it exists.
`covert`: nor is most of its own agency. The policies say who is in which."""

CLOSED: Compartment = "bureau"
"""What a version is in until something else is said."""


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The limits of one fact.

    Attributes:
        version: the version that it is of.
        only_for: the agency that it is for, beside its own, however open the version is.
    """

    version: UUID
    only_for: str | None = None


class Release(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """To whom a version is open from now on.

    Attributes:
        handling: the version's from now on, where this sets it.
        compartment: the version's from now on, where this sets it.
        to: an agency that was given it.
    """

    version: UUID
    handling: str | None = None
    compartment: Compartment | None = None
    to: str | None = None


@dataclass(frozen=True)
class Openness:
    """To whom a version is open."""

    handling: str = "C"
    compartment: Compartment = CLOSED
    audience: frozenset[str] = frozenset()


def limits_of(fact: Fact) -> Limits | None:
    """A fact's limits, or None."""
    return msgspec.json.decode(fact.limits, type=Limits) if fact.limits is not None else None


def openness(facts: Iterable[Fact]) -> dict[UUID, Openness]:
    """To whom each version is open, as the release facts among these say, the newest last."""
    found: dict[UUID, Openness] = {}
    releases = [fact for fact in facts if fact.kind == RELEASE]
    # Not by when it happened in the world: what was decided last counts, whatever date it bears.
    for fact in sorted(releases, key=lambda fact: (fact.source, fact.position, fact.ordinal)):
        release = msgspec.json.decode(fact.value, type=Release)
        before = found.get(release.version, Openness())
        found[release.version] = Openness(
            handling=release.handling or before.handling,
            compartment=release.compartment or before.compartment,
            audience=before.audience | ({release.to} if release.to is not None else set()),
        )
    return found
