"""Asking the rules about what comes, once, and about all that is known, for whoever tries one."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.mash.application.alerts import AlertApplication
from services.mash.rules import AnyRule, Rules
from services.mash.store import Snapshot, snapshot
from services.mash.store.alerts import AlertList
from services.mash.views import SOURCES
from services.mash.views.alerting import (
    Known,
    Signal,
    councils_of,
    for_everybody,
    others_in,
    postcodes_in,
    signals,
)
from services.mash.views.facts import Named
from shared import failpoints
from shared.contracts import mash, times
from shared.contracts.refusals import Unavailable
from shared.projecting.facts import Fact
from shared.projecting.parking import PutAside
from shared.reference.gazetteer import Gazetteer, NeverLoaded

PAGE = 2000
"""So many events of a store are asked about together. A child or place that many of them speak of
is read once for all of them: live there are few events, and behind there are many."""

SUBJECTS = 200
"""The facts of so many subjects are in memory at one time."""

POLL_SECONDS = 0.3
Progress = Callable[[int, int], None]
"""(subjects asked about, of)."""

_LOOKED_AT = "FROM {schema}.row WHERE view IN ('child', 'place', 'vehicle', 'phone')"
COUNTED = f"SELECT count(DISTINCT subject_id) {_LOOKED_AT}"
ASKED = f"SELECT DISTINCT subject_id {_LOOKED_AT} AND subject_id > $1 ORDER BY 1 LIMIT $2"


class WouldHaveSaid(Struct, frozen=True, kw_only=True):
    """What a rule would have said over all that is known: numbers only, nobody's id.

    Attributes:
        subjects: about how many different subjects.
        by_month: how often, by the month in which it happened: `2015-03`.
        asked: how many subjects were looked at.
    """

    rule: mash.RuleUsed
    signals: int
    subjects: int
    by_month: dict[str, int]
    asked: int


class RuleReader:
    """Asks rules about subjects: what else is to be known is looked up first."""

    def __init__(self, pool: "asyncpg.Pool[Any]", gazetteer: Gazetteer) -> None:
        self._pool = pool
        self._gazetteer = gazetteer

    async def about(self, rules: Sequence[AnyRule], mentions: Collection[UUID]) -> list[Signal]:
        """What the rules say that rests on one of these mentions, old and new alike.

        Whom the mentions are about is looked at, and the places and things in the same reports.
        """
        came = set(mentions)
        async with snapshot(self._pool) as snap:
            subjects = set((await snap.subjects_of(mentions)).values())
            along = await _things_beside(snap, mentions)
            subjects |= set((await snap.subjects_of(along)).values())
            found = await self._signals(rules, subjects, snap)
        return [signal for signal in found if came & set(signal.mentions)]

    async def with_councils(self, found: Sequence[Signal]) -> list[Signal]:
        """These, each with the councils that its children concern today.

        Raises:
            Unavailable: the views do not answer.
        """
        if not found:
            return []
        async with snapshot(self._pool) as snap:
            return await _with_councils(found, snap)

    async def would_have_said(
        self, rule: AnyRule, *, progress: Progress = lambda _done, _of: None
    ) -> WouldHaveSaid:
        """What a rule would have said of everybody and everything, over all that is known.

        Raises:
            Unavailable: the views do not answer.
        """
        months: Counter[str] = Counter()
        of: set[UUID] = set()
        asked, after = 0, UUID(int=0)
        async with snapshot(self._pool) as snap:
            (of_all,) = await snap.fetch(COUNTED)
            while rows := await snap.fetch(
                ASKED,
                after,
                SUBJECTS,
            ):
                after = rows[-1][0]
                asked += len(rows)
                for signal in await self._signals([rule], {row[0] for row in rows}, snap):
                    months[signal.happened_at.strftime("%Y-%m")] += 1
                    of.add(signal.subject_id)
                progress(asked, of_all[0])
        return WouldHaveSaid(
            rule=rule.used,
            signals=months.total(),
            subjects=len(of),
            by_month=dict(sorted(months.items())),
            asked=asked,
        )

    async def _signals(
        self, rules: Sequence[AnyRule], subjects: Collection[UUID], snap: Snapshot
    ) -> list[Signal]:
        found: list[Signal] = []
        for some in _in_parts(subjects):
            facts = {
                subject: for_everybody(each)
                for subject, each in (await _facts_by_subject(snap, some)).items()
            }
            known = await self._known(facts, snap)
            for subject, each in facts.items():
                found += signals(rules, subject, each, known)
                await asyncio.sleep(0)  # people are waiting for answers of this process
        return found

    async def _known(self, facts: Mapping[UUID, Sequence[Fact]], snap: Snapshot) -> Known:
        """What else is to be known of these subjects."""
        others = {other for each in facts.values() for other in others_in(each)}
        linked = {
            mention: subject
            for mention, subject in (await snap.subjects_of(others)).items()
            if mention != subject
        }
        codes = {code for each in facts.values() for code in postcodes_in(each)}
        return Known(subjects=linked, authorities=await self._authorities(codes))

    async def _authorities(self, postcodes: set[str]) -> dict[str, str]:
        """Whose areas these are in; nothing where no directory was ever loaded.

        Raises:
            Unavailable: the directory does not answer. Asked without it, a rule that needs it would
                say nothing, and would not be asked about these events again.
        """
        try:
            found = await self._gazetteer.places(postcodes)
        except NeverLoaded:
            return {}
        return {code: place.authority for code, place in found.items()}


class Watcher:
    """Asks the rules about everything that comes into the views, once."""

    def __init__(
        self,
        pool: "asyncpg.Pool[Any]",
        rules: Rules,
        reader: RuleReader,
        application: AlertApplication,
        listed: AlertList,
    ) -> None:
        self._pool = pool
        self._rules = rules
        self._reader = reader
        self._application = application
        self._list = listed
        self._positions: dict[str, int] = {}

    @property
    def positions(self) -> dict[str, int]:
        """Up to which event of each store the rules were asked, as far as it looked."""
        return dict(self._positions)

    @property
    def waiting_for(self) -> None:
        """It waits for nothing: what the views have it looks at."""
        return

    async def parked(self) -> dict[str, int]:
        """It puts nothing aside: whatever the views could take in, rules can be asked about."""
        return {}

    async def put_aside(self) -> list[PutAside]:
        """None."""
        return []

    async def replay(self, source: str, position: int) -> str | None:
        """Nothing is put aside here, so there is nothing to try again."""
        return f"event {position} of {source} is not put aside here"

    async def run(self) -> None:
        """Watch for ever."""
        begun = False
        while True:
            try:
                if not begun:
                    await self._list.begin(SOURCES)
                    begun = True
                if not await self.look():
                    await asyncio.sleep(POLL_SECONDS)
            except Unavailable:
                await asyncio.sleep(POLL_SECONDS)

    async def look(self) -> int:
        """Ask about the next events of each store that are in the views already.

        Returns:
            How many positions were looked at. Killed half way it looks again, and says nothing
            twice.

        Raises:
            Unavailable: the views, the store or the directory of postcodes do not answer.
        """
        async with snapshot(self._pool) as snap:
            there = snap.vector
        watched, looked = await self._list.watched(SOURCES), 0
        self._positions = watched
        for source in SOURCES:
            after, up_to = watched[source], there.get(source, 0)
            if after >= up_to:
                continue
            last, mentions = await self._list.came(source, after, up_to, PAGE)
            if mentions:
                found = await self._reader.about(self._rules.rules, mentions)
                new = await self._application.unsaid(found)
                await self._application.raise_new(await self._reader.with_councils(new))
            async with failpoints.step("watch"):
                await self._list.asked_up_to(source, last)
            self._positions[source] = last
            looked += last - after
        return looked


async def _things_beside(snap: Snapshot, mentions: Collection[UUID]) -> set[UUID]:
    """Mentions of places, vehicles and phones in the same reports: rules look at those too."""
    return {
        named.mention_id
        for fact in await snap.facts_on(mentions, ("beside",))
        if (named := msgspec.json.decode(fact.value, type=Named)).kind
        in {"place", "vehicle", "phone"}
    }


def _in_parts(subjects: Collection[UUID]) -> Iterator[list[UUID]]:
    every = list(subjects)
    return (every[start : start + SUBJECTS] for start in range(0, len(every), SUBJECTS))


async def _facts_by_subject(snap: Snapshot, subjects: Collection[UUID]) -> dict[UUID, list[Fact]]:
    members = await snap.members_of(subjects)
    facts: dict[UUID, list[Fact]] = {}
    for fact in await snap.facts_on(members):
        facts.setdefault(members[fact.mention_id], []).append(fact)
    return facts


async def _with_councils(found: Sequence[Signal], snap: Snapshot) -> list[Signal]:
    """These, each with the councils that its children concern."""
    mentions = {mention for signal in found for mention in signal.mentions}
    subjects = await snap.subjects_of(mentions)
    today = times.in_london(times.now()).date()
    councils: dict[UUID, set[str]] = {}
    for some in _in_parts(set(subjects.values())):
        for subject, each in (await _facts_by_subject(snap, some)).items():
            councils[subject] = councils_of(subject, for_everybody(each), today)
    return [_for(signal, subjects, councils) for signal in found]


def _for(signal: Signal, subjects: dict[UUID, UUID], councils: dict[UUID, set[str]]) -> Signal:
    told = [councils.get(subjects[mention], set()) for mention in signal.mentions]
    return replace(signal, authorities=tuple(sorted(set().union(*told))))
