"""Others that may be the same as a subject: they agree in what proves nothing by itself."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.application.linked import each_once, named_of
from services.mash.store import Snapshot
from services.mash.store.searching import NodeHit, agreeing, plates
from services.mash.views.facts import Details, Named
from services.mash.views.facts.intake import Apart
from services.mash.views.nodes import NodeKind, NodeView
from services.mash.views.terms import terms_in
from shared.access.actor import Actor

LIMIT = 10
"""More candidates than a person looks at."""

TELLING: dict[NodeKind, frozenset[str]] = {
    "perpetrator": frozenset({"beside-name"}),
    "place": frozenset({"place-name", "postcode", "uprn"}),
    "vehicle": frozenset({"registration"}),
    "phone": frozenset({"phone-number"}),
    "organisation": frozenset({"organisation-name"}),
}
"""Kinds of terms that two of a kind have in common when they may be one."""


class Alike(Struct, frozen=True, kw_only=True):
    """One that may be the same; nobody and no rule has said so.

    Attributes:
        told: what its reports say.
        on: the kinds of terms that agree; `part-of-registration` where one is a part of the other.
    """

    subject_id: UUID
    provisional: bool
    told: tuple[Details, ...]
    on: tuple[str, ...]


async def alike(snap: Snapshot, view: NodeView, actor: Actor) -> tuple[Alike, ...]:
    """Candidates for a person to look at, those that agree in most first."""
    mine = _terms(view)
    hits: list[NodeHit] = []
    if mine:
        hits += await agreeing(snap, mine, limit=LIMIT + 1)
    if view.kind == "vehicle":
        for _, plate in sorted(mine)[:LIMIT]:
            hits += await plates(snap, plate, limit=LIMIT + 1)
    mentions: dict[UUID, set[UUID]] = {}
    for hit in hits:
        if hit.subject_id != view.subject_id:
            mentions.setdefault(hit.subject_id, set()).update(hit.mentions)
    differs = await _known_to_differ(snap, view, mentions)
    named = await named_of(snap, [m for each in mentions.values() for m in each], actor)
    candidates = []
    for subject_id, by in mentions.items():
        if subject_id in differs:
            continue
        # Found only by what this caller may not see, the finding would tell it.
        if seen := [named[mention] for mention in by if mention in named]:
            candidates.append(
                Alike(
                    subject_id=subject_id,
                    provisional=subject_id in by,
                    told=each_once(one.details for one in seen),
                    on=_agreed(seen, mine),
                )
            )
    candidates.sort(key=lambda one: (-len(one.on), one.subject_id))
    return tuple(candidates[:LIMIT])


async def _known_to_differ(
    snap: Snapshot, view: NodeView, candidates: Mapping[UUID, set[UUID]]
) -> set[UUID]:
    """Candidates that somebody has told apart from it, whichever of the two they moved."""
    members = await snap.members_of(candidates)
    ours = set(view.mentions)
    found = set()
    for fact in await snap.facts_on({*members, *ours}, ("apart",)):
        other = msgspec.json.decode(fact.value, type=Apart).subject_id
        if fact.mention_id in ours:
            found.add(other)
        elif other == view.subject_id:
            found.add(members[fact.mention_id])
    return found


def _agreed(seen: list[Named], mine: set[tuple[str, str]]) -> tuple[str, ...]:
    agreed = {
        kind
        for one in seen
        if (content := one.details.opened) is not None
        for kind, _ in terms_in(one.kind, one.role, content) & mine
    }
    return tuple(sorted(agreed)) or ("part-of-registration",)


def _terms(view: NodeView) -> set[tuple[str, str]]:
    kind = "person" if view.kind == "perpetrator" else view.kind
    return {
        term
        for line in view.lines
        if (content := line.details.opened) is not None
        for term in terms_in(kind, line.role, content)
        if term[0] in TELLING[view.kind]
    }
