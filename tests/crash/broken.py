"""Services whose design is broken on purpose: the audit must notice each of these mutants.

Each is one decision taken the other way, by replacing a function of the product in the process that
`tests.crash.program` runs.
"""

import asyncio
import os
import secrets
from collections.abc import Sequence
from typing import Any

from services.intake.application import ReferralApplication
from services.intake.consumers import ReferralOpener
from services.intake.domain import Referral
from shared.access.disclosure import Disclosures
from shared.bus.history import History
from shared.contracts import times
from shared.eventstore.append import Receipt
from shared.eventstore.committer import Committer, _Rows
from shared.eventstore.repository import Repository
from shared.eventstore.store import Recorded
from shared.projecting.facts import Event
from shared.projecting.follower import Follower
from shared.vault.keyring import KEY_SIZE
from shared.vault.keys import Keys
from shared.web.idempotency import Idempotency

EARLY_SECONDS = 0.3
"""Enough for a receipt that was given too early to reach its client."""

LATE_SECONDS = 3.0
"""What is done too late is done so much later: the test has the process die in between."""

_later: set[asyncio.Task[Any]] = set()


def _after_a_while(what: Any) -> None:
    async def wait() -> None:
        await asyncio.sleep(LATE_SECONDS)
        await what

    task = asyncio.create_task(wait())
    _later.add(task)
    task.add_done_callback(_later.discard)


def early_receipt() -> None:
    """Clients get their receipts before their events are durable."""
    commit = Committer._commit

    async def commit_late(self: Committer, batch: Any) -> None:
        ((position, recorded_at),) = await self._pool.fetch(
            self._lock_head.removesuffix(" FOR UPDATE")
        )
        rows = _Rows(position, recorded_at)
        for waiting in batch:
            waiting.resolve(rows.add(waiting.item))
        await asyncio.sleep(EARLY_SECONDS)
        await commit(self, batch)

    Committer._commit = commit_late  # type: ignore[method-assign]


def position_first() -> None:
    """The position is moved before what stands there was dealt with."""
    handle = Follower.handle_one

    async def handle_late(self: Follower, event: Event) -> None:
        await self._pool.execute(
            "INSERT INTO public.follower (name, source, position, digest) "
            "VALUES ($1, $2, $3, sha256($4)) ON CONFLICT (name, source) DO UPDATE "
            "SET position = excluded.position, digest = excluded.digest",
            self._name, self._source, event.position, event.body,
        )  # fmt: skip
        await handle(self, event)

    Follower.handle_one = handle_late  # type: ignore[method-assign]


def no_idempotency() -> None:
    """A key means nothing: whatever is repeated is done again."""
    once = Idempotency.once

    async def always(self: Idempotency, request: Any, caller: Any, key: Any, *rest: Any,
                     **options: Any) -> Any:  # fmt: skip
        return await once(self, request, caller, secrets.token_hex(16), *rest, **options)

    Idempotency.once = always  # type: ignore[assignment,method-assign]


def key_after_event() -> None:
    """An event is stored before the keys under which it is sealed are."""

    async def made(self: Keys, names: Any) -> Any:
        fresh = {name: os.urandom(KEY_SIZE) for name in names if name not in self._cache}
        found = {name: self._cache[name] for name in names if name not in fresh}
        for name, key in fresh.items():
            found[name] = self._remember(name, key)
        for (mention_id, scope), key in fresh.items():
            number, wrapped = self.keyring.wrap(scope, mention_id.bytes, key)
            _after_a_while(
                self._pool.execute(
                    "INSERT INTO key (mention_id, scope, kek, wrapped) VALUES ($1, $2, $3, $4) "
                    "ON CONFLICT DO NOTHING",
                    mention_id, scope, number, wrapped,
                )
            )  # fmt: skip
        return found

    Keys.made = made  # type: ignore[method-assign]


def disclosure_after_answer() -> None:
    """Somebody is shown something, and then it is recorded."""
    record = Disclosures.record

    async def record_late(self: Disclosures, *what: Any, **options: Any) -> Receipt:
        _after_a_while(record(self, *what, **options))
        return Receipt((), (), 0, 0, times.now())

    Disclosures.record = record_late  # type: ignore[method-assign]


def referred_again() -> None:
    """Whatever needs a referral gets another one whenever it is delivered."""
    save, handle = Repository.save, ReferralOpener.handle

    async def delivered_twice(self: ReferralOpener, event: Event) -> None:
        await handle(self, event)
        await handle(self, event)

    async def held(_self: ReferralApplication, _name: str, _key: bytes) -> None:
        return None

    async def unclaimed(self: Repository, *records: Any, **options: Any) -> Receipt:
        if any(isinstance(record, Referral) for record in records):
            options.pop("claims", None)
        return await save(self, *records, **options)

    ReferralOpener.handle = delivered_twice  # type: ignore[method-assign]
    ReferralApplication._held = held  # type: ignore[assignment,method-assign]
    Repository.save = unclaimed  # type: ignore[method-assign]


def trust_the_bus() -> None:
    """What was published once is taken to be on the bus for ever."""
    look, read = History.end_of_stream, History.following
    published: dict[str, Recorded] = {}

    async def remember(
        self: History, last: Recorded | None, limit: int
    ) -> tuple[Sequence[Recorded], bool]:
        page, whole = await read(self, last, limit)
        if page:
            published[self.stream] = page[-1]
        return page, whole

    async def remembered(self: History) -> Recorded | None:
        return published.get(self.stream) or await look(self)

    History.following = remember  # type: ignore[method-assign]
    History.end_of_stream = remembered  # type: ignore[method-assign]


BREAK = {
    "early-receipt": early_receipt,
    "position-first": position_first,
    "no-idempotency": no_idempotency,
    "key-after-event": key_after_event,
    "disclosure-after-answer": disclosure_after_answer,
    "referred-again": referred_again,
    "trust-the-bus": trust_the_bus,
}
