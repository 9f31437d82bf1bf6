"""Searching places, things and people beside a child, and hot spots. Each answer recorded first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.mash.application.asking import Answered, Asker, seen
from services.mash.application.linked import each_once, named_of
from services.mash.store import Snapshot, snapshot
from services.mash.store.searching import (
    NodeHit,
    agreeing,
    hot,
    numbers,
    plates,
    spelt_like,
    unnamed_people,
)
from services.mash.views.facts import Details
from services.mash.views.nodes import Appearance, NodeKind, NodeLine, NodeView, node_view
from services.mash.views.terms import digits_of, spoken
from shared.access.disclosure import Disclosures, Showing
from shared.projecting.facts import Fact
from shared.reference import vehicles

LIMIT = 20
"""More than this many means: say more about what you look for."""

MANY = 500
"""So many that agree in one thing are compared with those that agree in the next."""

TOLD = 5
"""So many descriptions of one candidate: its own view has them all."""

Wanted = Callable[[NodeView], bool]
Hits = Sequence[NodeHit]


class NodeCandidate(Struct, frozen=True, kw_only=True):
    """One that was found: enough to tell whether it is the one, and no more.

    Attributes:
        told: what reports say of it, each thing once, newest first.
        reports: in how many it stands, of those that this caller may see.
        suspected: in how many of them as a perpetrator.
    """

    subject_id: UUID
    kind: NodeKind
    provisional: bool
    told: tuple[Details, ...]
    roles: tuple[str, ...]
    reports: int
    suspected: int
    named: bool
    first: str
    last: str
    agencies: tuple[str, ...]


class NodeSearchAnswer(Struct, frozen=True, kw_only=True):
    """What a search found, closest first.

    Attributes:
        more: there were more than are shown: say more about what you look for.
    """

    candidates: tuple[NodeCandidate, ...]
    more: bool
    as_of: dict[str, int]


class HotSpot(Struct, frozen=True, kw_only=True):
    """A place, and what reports tell of it in the period.

    Attributes:
        reports: how many tell something of it.
        children: how many children stand in them; two reports of one child are one.
        accused: how many people stand in them as perpetrators.
    """

    place: NodeCandidate
    reports: int
    children: int
    accused: int


class HotSpotsAnswer(Struct, frozen=True, kw_only=True):
    """The places of a period, those with most reports first."""

    since: date
    until: date
    places: tuple[HotSpot, ...]
    more: bool
    as_of: dict[str, int]


class SearchApplication:
    """Searches of everything but children."""

    def __init__(self, pool: "asyncpg.Pool[Any]", disclosures: Disclosures) -> None:
        self._pool = pool
        self._disclosures = disclosures

    async def perpetrators(
        self,
        *,
        name: str | None,
        born: str | None,
        description: str | None,
        unnamed: bool,
        asker: Asker,
    ) -> Answered:
        """People named beside children; by a name, or by words of a description.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        asked = _asked(name=name, date_of_birth=born, description=description)
        async with snapshot(self._pool) as snap:
            hits: list[Hits] = []
            if name is not None:
                hits.append(await spelt_like(snap, "beside-name", spoken(name), limit=LIMIT + 1))
            if description is not None:
                said = spoken(description)
                hits.append(await spelt_like(snap, "beside-description", said, limit=LIMIT + 1))
            if born is not None:
                hits.append(await agreeing(snap, [("beside-born", born)], limit=LIMIT + 1))
            if not hits:
                hits.append(await unnamed_people(snap, limit=LIMIT + 1))

            def wanted(view: NodeView) -> bool:
                return not (unnamed and view.named)

            answer = await _candidates(snap, "perpetrator", _all_of(hits), asker, wanted)
        return await self._shown(asker, "search-perpetrators", answer, asked)

    async def places(
        self,
        *,
        name: str | None,
        address: str | None,
        postcode: str | None,
        uprn: str | None,
        premises_type: str | None,
        asker: Asker,
    ) -> Answered:
        """Places; whatever is given must agree in some report of the place.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        asked = _asked(name=name, address=address, postcode=postcode, uprn=uprn, type=premises_type)
        exact = _asked(
            postcode=postcode.replace(" ", "") if postcode is not None else None,
            uprn=uprn,
            **{"premises-type": premises_type},
        )
        async with snapshot(self._pool) as snap:
            hits: list[Hits] = []
            if name is not None:
                hits.append(await spelt_like(snap, "place-name", spoken(name), limit=MANY))
            if address is not None:
                hits.append(await spelt_like(snap, "place-address", spoken(address), limit=MANY))
            hits += [await agreeing(snap, [term], limit=MANY) for term in exact.items()]
            answer = await _candidates(snap, "place", _all_of(hits), asker)
        return await self._shown(asker, "search-places", answer, asked)

    async def vehicles(
        self, *, registration: str | None, make: str | None, colour: str | None, asker: Asker
    ) -> Answered:
        """Vehicles; by part of a registration, a make, a colour.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        asked = _asked(registration=registration, make=make, colour=colour)
        async with snapshot(self._pool) as snap:
            hits: list[Hits] = []
            if registration is not None:
                hits.append(await plates(snap, registration, limit=MANY))
            if make is not None:
                made = ("vehicle-make", vehicles.make(make))
                hits.append(await agreeing(snap, [made], limit=MANY))
            if colour is not None:
                painted = ("vehicle-colour", vehicles.colour(colour))
                hits.append(await agreeing(snap, [painted], limit=MANY))
            answer = await _candidates(snap, "vehicle", _all_of(hits), asker)
        return await self._shown(asker, "search-vehicles", answer, asked)

    async def phones(self, *, number: str, asker: Asker) -> Answered:
        """Phones; by a number or digits of it.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        async with snapshot(self._pool) as snap:
            hits = await numbers(snap, digits_of(number), limit=LIMIT + 1)
            answer = await _candidates(snap, "phone", hits, asker)
        return await self._shown(asker, "search-phones", answer, {"number": number})

    async def hot_spots(
        self,
        *,
        since: date,
        until: date,
        roles: Sequence[str],
        premises_type: str | None,
        at_least: int,
        asker: Asker,
    ) -> Answered:
        """The places of which most reports tell in a period.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        first, after = since.isoformat(), (until + timedelta(days=1)).isoformat()
        async with snapshot(self._pool) as snap:
            hits = await hot(
                snap,
                since=first,
                until=after,
                roles=roles,
                agency=asker.actor.agency,
                premises_type=premises_type,
                at_least=at_least,
                limit=LIMIT + 1,
            )
            answer = await _candidates(snap, "place", hits, asker)
            spots = [
                await _spot(snap, candidate, hit, asker)
                for candidate in answer.candidates
                for hit in hits
                if hit.subject_id == candidate.subject_id
            ]
        found = HotSpotsAnswer(
            since=since,
            until=until,
            places=tuple(sorted(spots, key=lambda spot: (-spot.reports, spot.place.subject_id))),
            more=answer.more,
            as_of=answer.as_of,
        )
        asked = _asked(since=first, until=until.isoformat(), type=premises_type)
        await self._record(asker, "hot-spots", answer, asked, body := msgspec.json.encode(found))
        return Answered(body)

    async def _shown(
        self, asker: Asker, action: str, answer: NodeSearchAnswer, asked: Mapping[str, str]
    ) -> Answered:
        await self._record(asker, action, answer, asked, body := msgspec.json.encode(answer))
        return Answered(body)

    async def _record(
        self,
        asker: Asker,
        action: str,
        answer: NodeSearchAnswer,
        asked: Mapping[str, str],
        body: bytes,
    ) -> None:
        await self._disclosures.record(
            Showing(
                action=action,
                outcome="shown" if answer.candidates else "nothing-found",
                answer=body,
                subjects=[candidate.subject_id for candidate in answer.candidates],
                vector=answer.as_of,
                asked=asked,
            ),
            actor=asker.actor,
            correlation_id=asker.correlation_id,
            decided=asker.decided,
        )


def _all_of(found: Sequence[Hits]) -> list[NodeHit]:
    """Those that every search found, closest altogether first."""
    first, *others = [{hit.subject_id: hit for hit in hits} for hits in found]
    both = [
        NodeHit(
            subject_id,
            sum(hits[subject_id].closeness for hits in (first, *others)),
            frozenset().union(*(hits[subject_id].mentions for hits in (first, *others))),
        )
        for subject_id in first
        if all(subject_id in hits for hits in others)
    ]
    return sorted(both, key=lambda hit: (-hit.closeness, hit.subject_id))


def _always(_view: NodeView) -> bool:
    return True


async def _candidates(
    snap: Snapshot, kind: NodeKind, hits: Hits, asker: Asker, wanted: Wanted = _always
) -> NodeSearchAnswer:
    """Those found of whom this caller may see that by which they were found."""
    facts = await _facts(snap, [hit.subject_id for hit in hits[: LIMIT + 1]])
    candidates = []
    for hit in hits[:LIMIT]:
        allowed = seen(facts.get(hit.subject_id, []), asker.actor).facts
        if not any(f.kind == "named" and f.mention_id in hit.mentions for f in allowed):
            continue
        view = node_view(kind, hit.subject_id, allowed)
        if view is not None and wanted(view):
            candidates.append(_candidate(view))
    return NodeSearchAnswer(candidates=tuple(candidates), more=len(hits) > LIMIT, as_of=snap.vector)


async def _facts(snap: Snapshot, subjects: Sequence[UUID]) -> dict[UUID, list[Fact]]:
    members = await snap.members_of(subjects)
    found: dict[UUID, list[Fact]] = {}
    for fact in await snap.facts_on(members):
        found.setdefault(members[fact.mention_id], []).append(fact)
    return found


def _candidate(view: NodeView) -> NodeCandidate:
    return NodeCandidate(
        subject_id=view.subject_id,
        kind=view.kind,
        provisional=view.provisional,
        told=each_once(line.details for line in view.lines)[:TOLD],
        roles=tuple(dict.fromkeys(line.role for line in view.lines)),
        reports=len({appearance.said.event_id for appearance in view.appearances}),
        suspected=view.suspected,
        named=view.named,
        first=view.first,
        last=view.last,
        agencies=tuple(dict.fromkeys(line.said.agency for line in view.lines)),
    )


async def _spot(snap: Snapshot, place: NodeCandidate, hit: NodeHit, asker: Asker) -> HotSpot:
    """Who stands in the reports of a place in the period, each person once."""
    facts = seen(await snap.facts_on(hit.mentions), asker.actor).facts
    view = node_view("place", place.subject_id, facts)
    appearances: Iterable[Appearance] = view.appearances if view is not None else ()
    told: Iterable[NodeLine] = view.lines if view is not None else ()
    others = {other.mention_id for appearance in appearances for other in appearance.others}
    subjects = await snap.subjects_of(others)
    roles: dict[str, set[UUID]] = {}
    for mention, named in (await named_of(snap, others, asker.actor)).items():
        roles.setdefault(named.role, set()).add(subjects[mention])
    return HotSpot(
        place=place,
        reports=len({line.said.event_id for line in told}),
        children=len(roles.get("child", ())),
        accused=len(roles.get("perpetrator", ())),
    )


def _asked(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
