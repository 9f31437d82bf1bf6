"""Services whose design is broken on purpose: the crash test must notice each.

`python -m tests.crash.broken <how> serve ...` is `throughline serve ...`, broken in one way.
"""

import asyncio
import sys
from typing import Any

from services.cli.commands import main
from shared.eventstore.committer import Committer
from shared.projecting.facts import Event
from shared.projecting.follower import Follower

GAP_SECONDS = 0.05
"""Between the two halves of what belongs together: wide enough for a kill to fall into it."""


def early_receipt() -> None:
    """Clients get their receipts before their events are durable."""
    commit = Committer._commit

    async def commit_late(self: Committer, batch: Any) -> None:
        connection = self._pool
        ((position, recorded_at),) = await connection.fetch(
            self._lock_head.removesuffix(" FOR UPDATE")
        )
        from shared.eventstore.committer import _Rows  # noqa: PLC0415

        rows = _Rows(position, recorded_at)
        for waiting in batch:
            waiting.resolve(rows.add(waiting.item))
        await asyncio.sleep(GAP_SECONDS)
        await commit(self, batch)

    Committer._commit = commit_late  # type: ignore[method-assign]


def position_first() -> None:
    """The position is moved before what stands there was dealt with."""
    handle = Follower._handle_one

    async def handle_late(self: Follower, event: Event) -> None:
        await self._pool.execute(
            "INSERT INTO public.follower (name, source, position, digest) "
            "VALUES ($1, $2, $3, sha256($4)) ON CONFLICT (name, source) DO UPDATE "
            "SET position = excluded.position, digest = excluded.digest",
            self._name, self._source, event.position, event.body,
        )  # fmt: skip
        await asyncio.sleep(GAP_SECONDS)
        await handle(self, event)

    Follower._handle_one = handle_late  # type: ignore[method-assign]


BREAK = {"early-receipt": early_receipt, "position-first": position_first}

if __name__ == "__main__":
    BREAK[sys.argv.pop(1)]()
    main()
