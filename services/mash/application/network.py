"""The network around anybody or anything: who stands with whom in which report, n steps out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.mash.application.asking import Answered, Asker, seen_on
from services.mash.application.asking import seen as seen_of
from services.mash.application.linked import (
    Aspect,
    LinkLine,
    aspects,
    each_once,
    kind_of,
    link_lines,
)
from services.mash.store import Snapshot, agency_names, snapshot
from services.mash.views.facts import Details, Named
from services.mash.views.facts.kernel import Along
from services.mash.views.said import Said, said_of
from shared.access.actor import Actor
from shared.access.disclosure import Disclosures, Showing
from shared.contracts.refusals import NotFound
from shared.projecting.facts import Fact

MAX_STEPS = 4
MAX_NODES = 80
"""More than this nobody reads; the nearest are shown, and that there are more."""

HUB = 40
"""Whoever or whatever stands with more than this is shown and not walked through. A children's home
is the address of many children: to live there is no association with any of them."""

TOLD = 6
"""So many descriptions of one node; its own view has them all."""

KINDS = ("named", "along", "beside")


class NetworkNode(Struct, frozen=True, kw_only=True):
    """Somebody or something in the network.

    Attributes:
        kind: as in the reports through which it was reached: of a child who is accused in another
            report, `child` and `perpetrator` are two nodes, and nothing joins them.
        steps: how far from the middle.
        hub: it stands with so many that the network was not followed through it.
    """

    subject_id: UUID
    kind: str
    accused: bool
    provisional: bool
    steps: int
    told: tuple[Details, ...]
    hub: bool = False


class Evidence(Struct, frozen=True, kw_only=True):
    """A report in which both stand.

    Attributes:
        roles: the role of each in it, in the order of the edge; none where it speaks of an earlier
            mention.
        mentions: of each.
    """

    said: Said
    what: str
    roles: tuple[str | None, str | None]
    mentions: tuple[UUID, UUID]


class Edge(Struct, frozen=True, kw_only=True):
    """Two that stand in the same reports, and which."""

    one: int
    other: int
    evidence: tuple[Evidence, ...]


class NetworkAnswer(Struct, frozen=True, kw_only=True):
    """A network, as one caller may see it.

    Attributes:
        nodes: the middle first, then by distance; edges name them by their place in this list.
        links: how each mention on an edge came to its node.
        more: there were more nodes than are shown.
    """

    asked_for: UUID
    steps: int
    nodes: tuple[NetworkNode, ...]
    edges: tuple[Edge, ...]
    links: tuple[LinkLine, ...]
    more: bool
    as_of: dict[str, int]
    withheld: int
    agencies: dict[str, str]
    as_at: datetime | None = None


@dataclass
class _Node:
    """A node while the network grows."""

    steps: int
    provisional: bool
    names: dict[UUID, Named] = field(default_factory=dict)
    hub: bool = False


@dataclass
class _Growing:
    """A network while it grows: its nodes, and the reports between any two."""

    nodes: dict[Aspect, _Node] = field(default_factory=dict)
    edges: dict[tuple[Aspect, Aspect], dict[UUID, Evidence]] = field(default_factory=dict)
    withheld: int = 0
    more: bool = False


class NetworkApplication:
    """Networks."""

    def __init__(self, pool: "asyncpg.Pool[Any]", disclosures: Disclosures) -> None:
        self._pool = pool
        self._disclosures = disclosures

    async def network(
        self,
        *,
        asked_for: UUID,
        steps: int,
        accused: bool,
        as_at: datetime | None,
        asker: Asker,
    ) -> Answered:
        """The network around a subject, as it is or as it was known here at a moment.

        Args:
            asked_for: a subject's id, or a mention's.
            steps: how far, at most `MAX_STEPS`.
            accused: start from the reports that accuse, where the subject is a child as well.
            as_at: the moment; none for now.
            asker: who asks.

        Raises:
            NotFound: nobody speaks of anybody under this id, as far as the caller may know.
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        async with snapshot(self._pool, as_at=as_at) as snap:
            subject_id = await snap.subject_of(asked_for)
            grown = await _grow(snap, subject_id, steps, asker.actor, accused=accused)
            keys = list(grown.nodes)
            at = {key: number for number, key in enumerate(keys)}
            edges = tuple(
                Edge(one=at[one], other=at[other], evidence=tuple(found.values()))
                for (one, other), found in grown.edges.items()
                if one in at and other in at
            )
            ends = {m for edge in edges for each in edge.evidence for m in each.mentions}
            answer = NetworkAnswer(
                asked_for=asked_for,
                steps=steps,
                nodes=tuple(_shown(key, node) for key, node in grown.nodes.items()),
                edges=edges,
                links=link_lines((await snap.linkings(ends)).values()),
                more=grown.more,
                as_of=snap.vector,
                withheld=grown.withheld,
                agencies=await agency_names(snap),
                as_at=as_at,
            )
        body = msgspec.json.encode(answer)
        found = bool(answer.nodes)
        await self._disclosures.record(
            Showing(
                action="view-network",
                outcome="shown" if found else "nothing-found",
                answer=body if found else b"",
                subjects=tuple(dict.fromkeys(key[0] for key in keys)),
                mentions=sorted({m for node in grown.nodes.values() for m in node.names} | ends),
                vector=answer.as_of,
                withheld=answer.withheld,
            ),
            actor=asker.actor,
            correlation_id=asker.correlation_id,
            decided=asker.decided,
        )
        if not found:
            raise NotFound("there is nobody and nothing under this id, or none you may know of")
        return Answered(body)


async def _grow(
    snap: Snapshot, subject_id: UUID, steps: int, actor: Actor, *, accused: bool
) -> _Growing:
    """Walk outwards a step at a time: what is on the outermost nodes, and where that leads."""
    grown = _Growing()
    start, roles = await _members(snap, [subject_id], actor)
    middle = (subject_id, accused)
    if not any(aspect == middle for aspect in start.values()):
        middle = (subject_id, not accused)
    frontier = {mention: aspect for mention, aspect in start.items() if aspect == middle}
    if not frontier:
        return grown
    _add(grown, frontier, roles, steps=0)
    for step in range(1, steps + 1):
        _, seen = await seen_on(snap, frontier, KINDS, actor)
        grown.withheld += seen.withheld
        pairs = [pair for fact in seen.facts for pair in _pairs(fact, roles)]
        subjects = await snap.subjects_of({pair.mentions[1] for pair in pairs})
        members, named = await _members(snap, set(subjects.values()), actor)
        roles |= named
        # Whoever this caller may see nothing of is not there for them.
        reached = {mention: members[mention] for mention in subjects if mention in members}
        _join(grown, pairs, frontier, reached)
        new = {aspect for aspect in reached.values() if aspect not in grown.nodes}
        kept = sorted(new, key=lambda aspect: (-_weight(grown, aspect), aspect))
        kept = kept[: MAX_NODES - len(grown.nodes)]
        grown.more = grown.more or len(kept) < len(new)
        outer = {m: a for m, a in (members | reached).items() if a in set(kept)}
        _add(grown, outer, roles, steps=step)
        frontier = {m: a for m, a in outer.items() if not _is_hub(grown, a)}
        if not frontier:
            break
    return grown


async def _members(
    snap: Snapshot, subjects: Iterable[UUID], actor: Actor
) -> tuple[dict[UUID, Aspect], dict[UUID, Named]]:
    """The mentions that make up these subjects, each with its aspect, and what names them.

    Who is a child is decided by all reports, seen or not: a report that this caller may not see
    must not turn the child into the accused.
    """
    of = await snap.members_of(set(subjects))
    facts, allowed = await seen_on(snap, of, ("named",), actor)
    named = {fact.mention_id: msgspec.json.decode(fact.value, type=Named) for fact in facts}
    found = aspects({mention: one.role for mention, one in named.items()}, of)
    seen = {fact.mention_id for fact in allowed.facts}
    # Whoever is spoken of in events that name nobody has no role: they are there all the same.
    unnamed = [mention for mention in of if mention not in named]
    told = seen_of(await snap.facts_on(unnamed), actor).facts if unnamed else []
    silent = {fact.mention_id: (of[fact.mention_id], False) for fact in told}
    return (
        {mention: aspect for mention, aspect in found.items() if mention in seen} | silent,
        {mention: one for mention, one in named.items() if mention in seen},
    )


def _pairs(fact: Fact, roles: Mapping[UUID, Named]) -> list[Evidence]:
    """The pairs that a fact tells of: whose mention it is on, and each of the others."""
    said = said_of(fact)
    here = roles.get(fact.mention_id)
    mine = here.role if here is not None else None
    if fact.kind == "beside":
        other = msgspec.json.decode(fact.value, type=Named)
        what = here.along.what if here is not None and here.along is not None else ""
        return [
            Evidence(
                said=said,
                what=what,
                roles=(mine, other.role),
                mentions=(fact.mention_id, other.mention_id),
            )
        ]
    along = _along_of(fact)
    if along is None:
        return []
    return [
        Evidence(
            said=said,
            what=along.what,
            roles=(mine, other.role),
            mentions=(fact.mention_id, other.mention_id),
        )
        for other in along.others
    ]


def _along_of(fact: Fact) -> Along | None:
    if fact.kind == "along":
        return msgspec.json.decode(fact.value, type=Along)
    return msgspec.json.decode(fact.value, type=Named).along


def _join(
    grown: _Growing,
    pairs: Iterable[Evidence],
    here: Mapping[UUID, Aspect],
    there: Mapping[UUID, Aspect],
) -> None:
    """Write the reports on the edges; each once, whichever of the two tells of it."""
    for pair in pairs:
        one, other = here[pair.mentions[0]], there.get(pair.mentions[1])
        if other is None or one[0] == other[0]:
            continue
        if (other, one) in grown.edges:
            edge, turned = (other, one), True
        else:
            edge, turned = (one, other), False
        found = grown.edges.setdefault(edge, {})
        if turned:
            pair = msgspec.structs.replace(  # noqa: PLW2901 (the same report, read backwards)
                pair, roles=pair.roles[::-1], mentions=pair.mentions[::-1]
            )
        known = found.get(pair.said.event_id)
        if known is None or (None in known.roles and None not in pair.roles):
            found[pair.said.event_id] = pair


def _add(
    grown: _Growing,
    mentions: Mapping[UUID, Aspect],
    named: Mapping[UUID, Named],
    *,
    steps: int,
) -> None:
    for mention, aspect in mentions.items():
        node = grown.nodes.setdefault(aspect, _Node(steps=steps, provisional=False))
        node.provisional = node.provisional or mention == aspect[0]
        if mention in named:
            node.names[mention] = named[mention]


def _weight(grown: _Growing, aspect: Aspect) -> int:
    """How many reports join it to what is there already."""
    return sum(len(found) for edge, found in grown.edges.items() if aspect in edge)


def _is_hub(grown: _Growing, aspect: Aspect) -> bool:
    node = grown.nodes[aspect]
    along = {
        other.mention_id
        for one in node.names.values()
        if one.along is not None
        for other in one.along.others
    }
    node.hub = len(along) > HUB
    return node.hub


def _shown(aspect: Aspect, node: _Node) -> NetworkNode:
    newest = list(node.names.values())[::-1]
    kinds = [kind_of(one.kind, one.role) for one in newest] or ["person"]
    # Of the roles that reports give somebody, the one that says most.
    kind = next((telling for telling in ("child", "perpetrator") if telling in kinds), kinds[0])
    return NetworkNode(
        subject_id=aspect[0],
        kind=kind,
        accused=aspect[1],
        provisional=node.provisional,
        steps=node.steps,
        told=each_once(one.details for one in newest)[:TOLD],
        hub=node.hub,
    )
