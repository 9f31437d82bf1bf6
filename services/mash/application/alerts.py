"""Alerts: raised once, listed, and what people do about them."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from services.mash.application.asking import Answered, Asker
from services.mash.domain import Alert
from services.mash.rules import Rules
from services.mash.store.alerts import AlertList, AlertRow
from services.mash.views.alerting import Signal
from shared.access.disclosure import Disclosures, Showing
from shared.contracts import mash, times
from shared.contracts.context import Context
from shared.contracts.refusals import Conflict, RuleBroken
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import Repository
from shared.vault.keyring import Keyring

RAISED = "alert"
"""Claims of a rule on what made it speak: it speaks once of each, whatever is read again. The
rule's version is not in it: a rule that was mended does not say the same once more."""

AT_ONCE = 16
"""Alerts that are stored side by side: their store commits them together."""

CLOCK_SECONDS = 30.0


class AlertsAnswer(Struct, frozen=True, kw_only=True):
    """Some of the alerts. They name subjects by id: each is asked for, and recorded, by itself.

    Attributes:
        says: for each rule named here, what it says.
    """

    alerts: tuple[AlertRow, ...]
    says: dict[str, str]


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

    async def unsaid(self, signals: Sequence[Signal]) -> list[Signal]:
        """Those of which their rule has not spoken before.

        Raises:
            Unavailable: the store does not answer.
        """
        keys = {self._key(signal): signal for signal in signals}
        held = await self._repository.store.holders(RAISED, list(keys)) if keys else {}
        return [signal for key, signal in keys.items() if key not in held]

    async def raise_new(self, signals: Sequence[Signal]) -> int:
        """Raise an alert for each of these, unless its rule has spoken of it before.

        Returns:
            How many were raised now.

        Raises:
            Unavailable: they cannot be stored, or not all of them.
        """
        raised = 0
        for start in range(0, len(signals), AT_ONCE):
            some = signals[start : start + AT_ONCE]
            told = await asyncio.gather(*map(self._raise, some), return_exceptions=True)
            for each in told:
                if isinstance(each, BaseException):
                    raise each
                raised += each
        return raised

    async def _raise(self, signal: Signal) -> bool:
        """Raise an alert, unless this rule has spoken of this in the meantime.

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
            authorities=signal.authorities,
            happened_at=signal.happened_at,
            now=times.now(),
        )
        claim = Claim(RAISED, self._key(signal), alert.id)
        try:
            await self._repository.save(alert, context=system_context(), claims=(claim,))
        except Claimed:
            return False
        return True

    def _key(self, signal: Signal) -> bytes:
        return self._keyring.index(RAISED, signal.rule.used.name, str(signal.trigger))

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
        authority: str | None,
        after: UUID | None,
        limit: int,
        rules: Rules,
        asker: Asker,
    ) -> Answered:
        """Alerts, the most pressing first; all of them, the newest first.

        Raises:
            Unavailable: they cannot be read, or it cannot be recorded that they are shown.
        """
        rows = await self._list.rows(
            only_open=only_open, rule=rule, authority=authority, after=after, limit=limit
        )
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
