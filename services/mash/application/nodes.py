"""What mash can be asked about perpetrators, places, vehicles and phones. Recorded first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.mash.application.alike import Alike, alike
from services.mash.application.asking import Answered, Asker, seen
from services.mash.application.linked import (
    Linked,
    LinkLine,
    mentions_shown,
    neighbourhood,
)
from services.mash.store import Snapshot, agency_names, snapshot
from services.mash.views.measures import in_force_on
from services.mash.views.nodes import NodeKind, NodeView, mentions_in, node_view
from shared.access.disclosure import Disclosures, Showing
from shared.contracts import times
from shared.contracts.mentions import PlaceDetails
from shared.contracts.refusals import NotFound, Unavailable
from shared.projecting.facts import Fact
from shared.reference.gazetteer import Gazetteer
from shared.reference.premises import LICENSED

WORDS: dict[NodeKind, str] = {
    "perpetrator": "person",
    "place": "place",
    "vehicle": "vehicle",
    "phone": "phone",
    "organisation": "organisation",
}


class Located(Struct, frozen=True, kw_only=True):
    """Where a place is, by a postcode that a report gives for it.

    Attributes:
        easting, northing: metres on the grid of its country.
        authority: the local authority's code.
    """

    mention_id: UUID
    easting: int | None
    northing: int | None
    authority: str


class NodeAnswer(Struct, frozen=True, kw_only=True):
    """The view of a person beside a child, a place or a thing, as one caller may see it.

    Attributes:
        asked_for: the id in the question: a subject's, a mention's that is linked to it, or that of
            a subject that was merged into it.
        linked: who and what else stands in the same reports, most often first.
        links: how each mention came to where it is. A report recorded before its mention was
            identified shows what was known then.
        in_force: of the measures against it, those that hold on the day of this answer.
        located: of a place, by each postcode given; none where the directory does not answer.
        licensed: of a place: some report says that it is of a kind that licensing can act on.
        maybe_same: others that may be the same and were not linked, for a person to look at.
        as_at: the moment of which this is; none for now.
        as_of: the position in each store up to which this view knows everything.
        withheld: how many facts this caller may not see.
        agencies: names of the agencies by their codes.
    """

    asked_for: UUID
    view: NodeView
    linked: tuple[Linked, ...]
    links: tuple[LinkLine, ...]
    maybe_same: tuple[Alike, ...]
    as_of: dict[str, int]
    withheld: int
    agencies: dict[str, str]
    in_force: tuple[UUID, ...] = ()
    located: tuple[Located, ...] = ()
    licensed: bool = False
    as_at: datetime | None = None


class NodeApplication:
    """Views of whoever and whatever is named beside a child."""

    def __init__(
        self, pool: "asyncpg.Pool[Any]", disclosures: Disclosures, gazetteer: Gazetteer
    ) -> None:
        self._pool = pool
        self._disclosures = disclosures
        self._gazetteer = gazetteer

    async def node(
        self, kind: NodeKind, *, asked_for: UUID, as_at: datetime | None, asker: Asker
    ) -> Answered:
        """The view of a subject, as it is or as it was known here at a moment.

        Raises:
            NotFound: nobody speaks of one under this id, as far as the caller may know.
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        async with snapshot(self._pool, as_at=as_at) as snap:
            answer = await self._answer(kind, asked_for, snap, asker)
        if answer is None:
            await self._record(asker, Showing(action=f"view-{kind}", outcome="nothing-found"))
            raise NotFound(f"there is no such {WORDS[kind]}, or none that you may know of")
        places = list(_places(answer.view))
        answer = msgspec.structs.replace(
            answer,
            located=await self._located(places),
            licensed=any(place.type in LICENSED for _, place in places),
            as_at=as_at,
            in_force=in_force_on(
                answer.view.measures, times.in_london(as_at or times.now()).date()
            ),
        )
        body = msgspec.json.encode(answer)
        await self._record(
            asker,
            Showing(
                action=f"view-{kind}",
                outcome="shown",
                answer=body,
                subjects=tuple(
                    dict.fromkeys(
                        (answer.view.subject_id, *(one.subject_id for one in answer.linked))
                    )
                ),
                mentions=mentions_shown(answer.view, answer.linked),
                vector=answer.as_of,
                withheld=answer.withheld,
            ),
        )
        return Answered(body)

    async def _answer(
        self, kind: NodeKind, asked_for: UUID, snap: Snapshot, asker: Asker
    ) -> NodeAnswer | None:
        view, withheld = await self._view(kind, await snap.subject_of(asked_for), snap, asker)
        if view is None and not snap.then:
            view, withheld = await self._elsewhere(kind, asked_for, snap, asker)
        if view is None:
            return None
        beside = await neighbourhood(view, snap, asker.actor)
        return NodeAnswer(
            asked_for=asked_for,
            view=view,
            linked=beside.linked,
            links=beside.links,
            maybe_same=() if snap.then else await alike(snap, view, asker.actor),
            as_of=snap.vector,
            withheld=withheld,
            agencies=await agency_names(snap),
        )

    async def _elsewhere(
        self, kind: NodeKind, asked_for: UUID, snap: Snapshot, asker: Asker
    ) -> tuple[NodeView | None, int]:
        """The view of the one subject that this one's mentions went to, if any is in it."""
        went = await snap.went_to(asked_for)
        if len(found := set(went.values())) != 1:
            return None, 0
        view, withheld = await self._view(kind, found.pop(), snap, asker)
        # By mentions that the caller may not know of, to answer would tell whose they are.
        known = view is not None and not went.keys().isdisjoint(view.mentions)
        return (view, withheld) if known else (None, 0)

    async def _view(
        self, kind: NodeKind, subject_id: UUID, snap: Snapshot, asker: Asker
    ) -> tuple[NodeView | None, int]:
        """The view, from its row where that is for everybody; else folded for this caller."""
        row = None if snap.then else await snap.row(kind, subject_id)
        if row is not None and not row[1]:
            return msgspec.json.decode(row[0], type=NodeView), 0
        if row is None and not snap.then:
            return None, 0
        facts: list[Fact] = await snap.facts_of(subject_id)
        allowed = seen(facts, asker.actor).facts
        # Counted among the facts of this view only: how much is kept back of a child's own reports
        # is nobody's business who looks at suspects.
        mine = mentions_in(kind, facts)
        withheld = seen([f for f in facts if f.mention_id in mine], asker.actor).withheld
        return node_view(kind, subject_id, allowed), withheld

    async def _located(self, places: Iterable[tuple[UUID, PlaceDetails]]) -> tuple[Located, ...]:
        given = {mention: place.postcode for mention, place in places if place.postcode is not None}
        try:
            found = await self._gazetteer.places(given.values())
        except Unavailable:
            return ()
        return tuple(
            Located(
                mention_id=mention,
                easting=found[postcode].easting,
                northing=found[postcode].northing,
                authority=found[postcode].authority,
            )
            for mention, postcode in given.items()
            if postcode in found
        )

    async def _record(self, asker: Asker, showing: Showing) -> None:
        await self._disclosures.record(
            showing,
            actor=asker.actor,
            correlation_id=asker.correlation_id,
            decided=asker.decided,
        )


def _places(view: NodeView) -> Iterable[tuple[UUID, PlaceDetails]]:
    if view.kind != "place":
        return
    for line in view.lines:
        if (content := line.details.opened) is not None:
            yield line.mention_id, msgspec.json.decode(content, type=PlaceDetails)
