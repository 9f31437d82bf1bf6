"""The inspectorate's list of missing children, asked for by a person of the authority."""

from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from services.mash.application.asking import Answered, Asker, seen
from services.mash.application.profile import subjects_told_of
from services.mash.application.statutory import ACTION, in_disclosures
from services.mash.store import snapshot
from services.mash.views.child import ChildView, as_child, child_view
from services.mash.views.profile import Question
from services.mash.views.statutory import TimeAway, in_order, times_away_of
from shared.access.disclosure import Disclosures, Showing

NOTES = ("Of the inspectorate's list only offered and accepted, and their values, were read.",)


class MissingChildren(Struct, frozen=True, kw_only=True):
    """An authority's children who were away in a period, one row for each time.

    Attributes:
        rows: by child and first day; what began in the period.
        children: how many they are.
        withheld: lines about them that are not yours to see: an offer may stand in one.
        as_of: the position in each store up to which it knows everything.
    """

    authority: str
    first: str
    last: str
    notes: tuple[str, ...]
    rows: tuple[TimeAway, ...]
    children: int
    withheld: int
    as_of: dict[str, int]


class InspectionApplication:
    """Lists for the inspectorate."""

    def __init__(self, pool: "asyncpg.Pool[Any]", disclosures: Disclosures) -> None:
        self._pool = pool
        self._disclosures = disclosures

    async def missing_children(self, *, authority: str, asked: Question, asker: Asker) -> Answered:
        """The authority's children who were away in a period.

        Everything is of one moment, and every child in it is on record as shown before it leaves.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        rows: list[TimeAway] = []
        shown: list[ChildView] = []
        withheld = 0
        async with snapshot(self._pool) as snap:
            async for subject_id, facts in subjects_told_of(snap, asked):
                found = seen(as_child(facts), asker.actor)
                view = child_view(subject_id, found.facts)
                if view is None:
                    continue
                times_away = times_away_of(view, found.facts, authority=authority, asked=asked)
                if times_away:
                    rows += times_away
                    shown.append(view)
                    withheld += found.withheld
            vector = snap.vector
        body = msgspec.json.encode(
            MissingChildren(
                authority=authority,
                first=asked.first.isoformat(),
                last=asked.last.isoformat(),
                notes=NOTES,
                rows=in_order(rows),
                children=len(shown),
                withheld=withheld,
                as_of=vector,
            )
        )
        for subjects, mentions in in_disclosures(shown):
            await self._disclosures.record(
                Showing(
                    action=ACTION,
                    outcome="shown" if subjects else "nothing-found",
                    answer=body,
                    subjects=subjects,
                    mentions=mentions,
                    vector=vector,
                    withheld=withheld,
                ),
                actor=asker.actor,
                correlation_id=asker.correlation_id,
                decided=asker.decided,
            )
        return Answered(body)
