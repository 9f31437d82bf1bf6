"""When a rule speaks about a subject: everything it has to say, over all that is known. Pure.

A rule is asked about all facts of a subject, old and new alike, and answers with everything that it
would ever have said of them. Whoever asks keeps apart what was said already (live) from what would
have been said (over past data): there is one reading of a rule, and no other.

Rules look at facts that everybody who may see the views may see, and at nothing else: an alert
would tell of the rest. Graded intelligence that is open to all of them is among those facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.mash.rules import AnyRule, SharedPlace, SharedVehicle
from services.mash.views.alerting.councils import councils_of
from services.mash.views.alerting.of_child import OF_CHILD
from services.mash.views.alerting.of_things import shared_by
from services.mash.views.alerting.signal import MOST, THINGS, Known, Signal, places_of
from services.mash.views.child import as_child
from services.mash.views.facts.limits import RELEASE, Openness, limits_of, openness
from services.mash.views.intelligence import standing
from services.mash.views.nodes import node_view
from shared.projecting.facts import Fact

__all__ = [
    "MOST",
    "Known",
    "Signal",
    "councils_of",
    "for_everybody",
    "others_in",
    "postcodes_in",
    "signals",
]


def for_everybody(facts: Sequence[Fact]) -> list[Fact]:
    """Those facts that everybody who may see the views may see, and what says so of versions."""
    versions = openness(facts)
    return [fact for fact in standing(facts) if fact.kind == RELEASE or _is_open(fact, versions)]


def _is_open(fact: Fact, versions: Mapping[UUID, Openness]) -> bool:
    if (limits := limits_of(fact)) is None:
        return fact.handling == "P"
    version = versions.get(limits.version, Openness())
    return (
        limits.only_for is None
        and version.handling == "P"
        and version.compartment == "intelligence"
    )


def others_in(facts: Sequence[Fact]) -> set[UUID]:
    """The mentions of whom it must be known who they are: those along with a thing."""
    return {
        other.mention_id
        for kind in THINGS
        if (view := node_view(kind, UUID(int=0), facts, newest=None)) is not None
        for appearance in view.appearances
        for other in appearance.others
    }


def postcodes_in(facts: Sequence[Fact]) -> set[str]:
    """The postcodes of which it must be known where they are: those beside a child."""
    return {
        place.postcode
        for _, _, place in places_of(facts)
        if place is not None and place.postcode is not None
    }


def signals(
    rules: Iterable[AnyRule], subject_id: UUID, facts: Sequence[Fact], known: Known
) -> list[Signal]:
    """Everything that these rules say of a subject, as it happened.

    Args:
        rules: which.
        subject_id: whom or what it is about.
        facts: all of its facts in their order; those that are not for everybody are left out here.
        known: what else is to be known.
    """
    seen = for_everybody(facts)
    child = as_child(seen)
    found: list[Signal] = []
    for rule in rules:
        if isinstance(rule, SharedPlace | SharedVehicle):
            found += shared_by(rule, subject_id, seen, known)
        elif any(fact.kind in {"report", "happening"} for fact in child):
            found += OF_CHILD[type(rule)](rule, subject_id, child, known)
    return sorted(found, key=lambda signal: (signal.happened_at, str(signal.trigger)))
