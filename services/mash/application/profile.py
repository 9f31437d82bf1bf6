"""The regional problem profile, asked for by whoever counts for the region."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from services.mash.application.asking import Answered, Asker, seen
from services.mash.application.statutory import in_disclosures
from services.mash.store import Snapshot, snapshot
from services.mash.views.child import ChildView, as_child, child_view
from services.mash.views.profile import (
    AWAY,
    AWAY_NOTES,
    EDUCATION,
    EDUCATION_NOTES,
    NOT_RECORDED,
    SEVERAL,
    Away,
    Gathering,
    Noticed,
    Profile,
    Question,
    Taught,
    answer_of,
    away,
    count,
    count_away,
    count_taught,
    noticed,
    taught,
)
from services.mash.views.profile.counting import Counts
from services.mash.views.profile.figures import Definition
from shared.access.disclosure import Disclosures, Showing
from shared.contracts import times
from shared.contracts.refusals import Unavailable
from shared.projecting.facts import Fact
from shared.reference.gazetteer import Gazetteer

ACTION = "export-problem-profile"
AT_ONCE = 500
"""Subjects whose facts are read at once."""


C = TypeVar("C", Away, Taught)


@dataclass(frozen=True, slots=True)
class _Counting(Generic[C]):
    """How figures come of children.

    Attributes:
        of_child: a child's part in them, None where she or he has none.
    """

    of_child: Callable[[ChildView, Sequence[Fact], Question], C | None]
    count: Callable[[Sequence[C]], Counts]
    definitions: Sequence[Definition]
    notes: tuple[str, ...]


class ProfileApplication:
    """The problem profile, how many children were away, and how those noticed were taught."""

    def __init__(
        self, pool: "asyncpg.Pool[Any]", disclosures: Disclosures, gazetteer: Gazetteer
    ) -> None:
        self._pool = pool
        self._disclosures = disclosures
        self._gazetteer = gazetteer

    async def profile(
        self, asked: Question, *, shared: bool, known_by: datetime | None, asker: Asker
    ) -> Answered:
        """Every figure of the profile, of one moment of the views.

        Every child that is counted is on record as used for it before it leaves.

        Args:
            asked: the region and the period.
            shared: hide small numbers.
            known_by: as it was known here at that moment; None for now.
            asker: who asks; what they may not see is not counted.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        gathering = Gathering()
        views: list[ChildView] = []
        withheld = 0
        async with snapshot(self._pool, as_at=known_by) as snap:
            async for subject_id, facts in subjects_told_of(snap, asked):
                gathering.take(subject_id, seen(facts, asker.actor).facts)
                found = seen(as_child(facts), asker.actor)
                if (view := child_view(subject_id, found.facts)) is not None:
                    views.append(view)
                    withheld += found.withheld
            subjects = await snap.subjects_of(gathering.mentions)
            vector = snap.vector
        reports = gathering.reports(subjects, asked.begins, asked.after)
        children = {
            view.subject_id: child
            for view in views
            if (child := noticed(view, reports.of_victim(view.subject_id), asked)) is not None
        }
        here = [child for child in children.values() if _is_here(child, asked)]
        areas_of = await self._areas(
            postcode for child in here for postcode in child.places if postcode is not None
        )
        profile = answer_of(
            count(here, reports, asked, areas_of),
            asked,
            shared=shared,
            directory=areas_of is not None,
            elsewhere=len(children) - len(here),
            withheld=withheld,
            known_by=known_by,
            as_of=vector,
        )
        used = [view for view in views if view.subject_id in children]
        return await self._recorded(profile, used, asker)

    async def times_away(
        self, asked: Question, *, shared: bool, known_by: datetime | None, asker: Asker
    ) -> Answered:
        """How many children were missing, absent or away by a concern alone, and how often.

        Every child that is counted is on record as used for it before it leaves.

        Args:
            asked: the region and the period.
            shared: hide small numbers.
            known_by: as it was known here at that moment; None for now.
            asker: who asks; what they may not see is not counted.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        return await self._counted(
            _Counting(away, count_away, AWAY, AWAY_NOTES),
            asked,
            shared=shared,
            known_by=known_by,
            asker=asker,
        )

    async def education(
        self, asked: Question, *, shared: bool, known_by: datetime | None, asker: Asker
    ) -> Answered:
        """Children who were screened or away, by how they were taught; see `times_away`.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        return await self._counted(
            _Counting(taught, count_taught, EDUCATION, EDUCATION_NOTES),
            asked,
            shared=shared,
            known_by=known_by,
            asker=asker,
        )

    async def _counted(
        self,
        counting: "_Counting[C]",
        asked: Question,
        *,
        shared: bool,
        known_by: datetime | None,
        asker: Asker,
    ) -> Answered:
        """Figures of which each child's part is told by her or his view and facts."""
        children: list[C] = []
        used: list[ChildView] = []
        withheld = 0
        async with snapshot(self._pool, as_at=known_by) as snap:
            async for subject_id, facts in subjects_told_of(snap, asked):
                found = seen(as_child(facts), asker.actor)
                view = child_view(subject_id, found.facts)
                if view is None:
                    continue
                withheld += found.withheld
                child = counting.of_child(view, found.facts, asked)
                if child is not None:
                    children.append(child)
                    used.append(view)
            vector = snap.vector
        here = [child for child in children if _is_here(child, asked)]
        answer = answer_of(
            counting.count(here),
            asked,
            shared=shared,
            directory=True,
            elsewhere=len(children) - len(here),
            withheld=withheld,
            known_by=known_by,
            as_of=vector,
            definitions=counting.definitions,
            notes=counting.notes,
        )
        return await self._recorded(answer, used, asker)

    async def _areas(self, postcodes: Iterable[str]) -> dict[str, str] | None:
        """The authority's code of each postcode that the directory knows; None where it is away."""
        try:
            places = await self._gazetteer.places(set(postcodes))
        except Unavailable:
            return None
        return {postcode: place.authority for postcode, place in places.items()}

    async def _recorded(
        self, profile: Profile, used: Sequence[ChildView], asker: Asker
    ) -> Answered:
        body = msgspec.json.encode(profile)
        for subjects, mentions in in_disclosures(used):
            await self._disclosures.record(
                Showing(
                    action=ACTION,
                    outcome="shown" if subjects else "nothing-found",
                    answer=body,
                    subjects=subjects,
                    mentions=mentions,
                    vector=profile.as_of,
                    withheld=profile.withheld,
                ),
                actor=asker.actor,
                correlation_id=asker.correlation_id,
                decided=asker.decided,
            )
        return Answered(body)


def _is_here(child: Noticed | Away | Taught, asked: Question) -> bool:
    """Whether a child is the region's: of an authority of it, or of nobody who is agreed."""
    return child.area in {*asked.authorities, NOT_RECORDED, SEVERAL}


async def subjects_told_of(
    snap: Snapshot, asked: Question
) -> AsyncIterator[tuple[UUID, list[Fact]]]:
    """Every subject of whom something is told that may count in the period, with all its facts.

    An information report may come long after what it tells of, so those count from then on.
    """
    rows = await snap.fetch(
        "SELECT DISTINCT mention_id FROM {schema}.fact "
        "WHERE occurred_at >= $1 AND (occurred_at < $2 OR kind = 'intelligence')",
        times.written(asked.begins),
        times.written(asked.after),
    )
    subjects = sorted(set((await snap.subjects_of([row[0] for row in rows])).values()))
    for start in range(0, len(subjects), AT_ONCE):
        members = await snap.members_of(subjects[start : start + AT_ONCE])
        facts: dict[UUID, list[Fact]] = {}
        for fact in await snap.facts_on(members):
            facts.setdefault(members[fact.mention_id], []).append(fact)
        for subject_id in sorted(facts):
            yield subject_id, facts[subject_id]
