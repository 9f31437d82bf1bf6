"""Alerts: asking the rules about what comes, and what people do about what they say."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from services.mash.application.asking import Answered, Asker
from services.mash.domain import Alert
from services.mash.rules import AnyRule, Rules
from services.mash.store import Snapshot, snapshot
from services.mash.store.alerts import AlertList, AlertRow
from services.mash.views import SOURCES
from services.mash.views.alerting import (
    Known,
    Signal,
    for_everybody,
    others_in,
    postcodes_in,
    signals,
)
from services.mash.views.facts import Named
from shared.access.disclosure import Disclosures, Showing
from shared.contracts import mash, times
from shared.contracts.context import Context
from shared.contracts.refusals import Conflict, RuleBroken, Unavailable
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import Repository
from shared.projecting.facts import Fact
from shared.reference.gazetteer import Gazetteer
from shared.vault.keyring import Keyring

RAISED = "alert"
"""Claims of a rule on what made it speak: it speaks once of each, whatever is read again. The
rule's version is not in it: a rule that was mended does not say the same once more."""

PAGE = 200
POLL_SECONDS = 0.3
CLOCK_SECONDS = 30.0


class AlertsAnswer(Struct, frozen=True, kw_only=True):
    """Some of the alerts. They name subjects by id: each is asked for, and recorded, by itself.

    Attributes:
        says: for each rule named here, what it says.
    """

    alerts: tuple[AlertRow, ...]
    says: dict[str, str]


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


class AlertApplication:
    """Alerts."""

    def __init__(
        self,
        repository: Repository,
        keyring: Keyring,
        listed: AlertList,
        disclosures: Disclosures,
    ) -> None:
        self._repository = repository
        self._keyring = keyring
        self._list = listed
        self._disclosures = disclosures

    async def raise_for(self, signal: Signal) -> bool:
        """Raise an alert, unless this rule has spoken of this before.

        Returns:
            Whether it was raised now.

        Raises:
            Unavailable: it cannot be stored.
        """
        alert = Alert.raise_(
            signal.rule,
            subject_id=signal.subject_id,
            subject_kind=signal.subject_kind,
            trigger=signal.trigger,
            evidence=signal.evidence,
            mentions=signal.mentions,
            happened_at=signal.happened_at,
            now=times.now(),
        )
        name = signal.rule.used.name
        key = self._keyring.index(RAISED, name, str(signal.trigger))
        try:
            await self._repository.save(
                alert, context=system_context(), claims=(Claim(RAISED, key, alert.id),)
            )
        except Claimed:
            return False
        return True

    async def acknowledge(
        self,
        *,
        alert_id: UUID,
        outcome: mash.AlertOutcome,
        note: str | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Say that somebody looked.

        Raises:
            NotFound: there is no such alert.
            RuleBroken: somebody did already.
        """
        now = times.now()
        _, receipt = await self._repository.change(
            Alert,
            alert_id,
            lambda alert: alert.acknowledge(outcome, note, now=now),
            context=context,
            answer=answer,
        )
        return receipt

    async def escalate_unanswered(self) -> int:
        """Notice the alerts that nobody looked at in time.

        Returns:
            How many.
        """
        now, count = times.now(), 0
        for alert_id in await self._list.unanswered(now):
            try:
                await self._repository.change(
                    Alert, alert_id, lambda alert: alert.escalate(now=now), context=system_context()
                )
                count += 1
            except (RuleBroken, Conflict):
                continue  # somebody has looked meanwhile, or another process was faster
        return count

    async def alerts(
        self,
        *,
        only_open: bool,
        rule: str | None,
        before: datetime | None,
        limit: int,
        rules: Rules,
        asker: Asker,
    ) -> Answered:
        """Alerts, the most pressing first; all of them, the newest first.

        Raises:
            Unavailable: they cannot be read, or it cannot be recorded that they are shown.
        """
        rows = await self._list.rows(only_open=only_open, rule=rule, before=before, limit=limit)
        says = {each.used.name: each.says for each in rules.rules}
        body = msgspec.json.encode(
            AlertsAnswer(
                alerts=tuple(rows),
                says={row.rule: says[row.rule] for row in rows if row.rule in says},
            )
        )
        await self._disclosures.record(
            Showing(
                action="list-alerts",
                outcome="shown" if rows else "nothing-found",
                answer=body,
                subjects=tuple(dict.fromkeys(row.subject_id for row in rows)),
                mentions=tuple(dict.fromkeys(m for row in rows for m in row.mentions)),
            ),
            actor=asker.actor,
            correlation_id=asker.correlation_id,
            decided=asker.decided,
        )
        return Answered(body)

    async def run_clock(self) -> None:
        """Notice what nobody looked at, for ever."""
        while True:
            await self.escalate_unanswered()
            await asyncio.sleep(CLOCK_SECONDS)


class RuleReader:
    """Asks rules about subjects: what else is to be known is looked up first."""

    def __init__(self, pool: "asyncpg.Pool[Any]", gazetteer: Gazetteer) -> None:
        self._pool = pool
        self._gazetteer = gazetteer

    async def about(self, rules: Sequence[AnyRule], mentions: Collection[UUID]) -> list[Signal]:
        """Everything that the rules say of whom these mentions are about, and of what is along."""
        async with snapshot(self._pool) as snap:
            subjects = set((await snap.subjects_of(mentions)).values())
            along = await _things_beside(snap, mentions)
            subjects |= set((await snap.subjects_of(along)).values())
            return await self._signals(rules, subjects, snap)

    async def would_have_said(self, rule: AnyRule) -> WouldHaveSaid:
        """What a rule would have said of everybody and everything, over all that is known."""
        months: Counter[str] = Counter()
        of: set[UUID] = set()
        asked, after = 0, UUID(int=0)
        async with snapshot(self._pool) as snap:
            while rows := await snap.fetch(
                "SELECT DISTINCT subject_id FROM {schema}.row WHERE subject_id > $1 "
                "AND view IN ('child', 'place', 'vehicle', 'phone') ORDER BY 1 LIMIT $2",
                after,
                PAGE,
            ):
                after = rows[-1][0]
                asked += len(rows)
                for signal in await self._signals([rule], {row[0] for row in rows}, snap):
                    months[signal.happened_at.strftime("%Y-%m")] += 1
                    of.add(signal.subject_id)
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
        members = await snap.members_of(subjects)
        facts: dict[UUID, list[Fact]] = {}
        for fact in for_everybody(await snap.facts_on(members)):
            facts.setdefault(members[fact.mention_id], []).append(fact)
        others = {other for each in facts.values() for other in others_in(each)}
        linked = {
            mention: subject
            for mention, subject in (await snap.subjects_of(others)).items()
            if mention != subject
        }
        known = Known(
            subjects=linked,
            authorities=await self._authorities(
                {code for each in facts.values() for code in postcodes_in(each)}
            ),
        )
        return [
            signal
            for subject, each in facts.items()
            for signal in signals(rules, subject, each, known)
        ]

    async def _authorities(self, postcodes: set[str]) -> dict[str, str]:
        """Whose areas these are in; nothing where the directory does not answer."""
        try:
            found = await self._gazetteer.places(postcodes)
        except Unavailable:
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
            Unavailable: the views or the store do not answer.
        """
        async with snapshot(self._pool) as snap:
            there = snap.vector
        watched, looked = await self._list.watched(SOURCES), 0
        for source in SOURCES:
            after, up_to = watched[source], there.get(source, 0)
            if after >= up_to:
                continue
            last, mentions = await self._list.came(source, after, up_to, PAGE)
            for signal in await self._new_signals(mentions):
                await self._application.raise_for(signal)
            await self._list.asked_up_to(source, last)
            looked += last - after
        return looked

    async def _new_signals(self, mentions: Sequence[UUID]) -> Iterable[Signal]:
        """What the rules say that rests on one of these mentions; what rests on others is old."""
        if not mentions:
            return ()
        came = set(mentions)
        found = await self._reader.about(self._rules.rules, mentions)
        return [signal for signal in found if came & set(signal.mentions)]


async def _things_beside(snap: Snapshot, mentions: Collection[UUID]) -> set[UUID]:
    """Mentions of places, vehicles and phones in the same reports: rules look at those too."""
    return {
        named.mention_id
        for fact in await snap.facts_on(mentions, ("beside",))
        if (named := msgspec.json.decode(fact.value, type=Named)).kind
        in {"place", "vehicle", "phone"}
    }


def system_context() -> Context:
    """In whose name mash raises alerts."""
    return Context(
        actor="throughline|mash",
        agency="throughline",
        purpose="alerting",
        basis="sharing-agreement",
        regime="uk-gdpr",
        correlation_id=uuid4(),
    )
