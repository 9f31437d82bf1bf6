"""The committer: one transaction for every append that waits, with gapless positions.

In one transaction it locks the `head` row, decides who may go on, writes, and moves the head. So
positions are 1, 2, 3 ... in commit order: a reader who saw position n has everything before it, and
no event can appear later below n. A loser (version taken, claim held, key answered) fails alone.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared import failpoints
from shared.contracts import envelope, times
from shared.contracts.refusals import Conflict, Unavailable
from shared.eventstore.append import AlreadyAnswered, Append, Claimed, Receipt
from shared.vault.batching import Batcher, Waiting
from shared.vault.keys import DOWN

Batch = list[Waiting[Append, Receipt]]

HOLDERS = (
    "SELECT found.* FROM unnest($1::text[], $2::bytea[]) AS asked (k, v), LATERAL "
    "(SELECT kind, key, holder FROM {store}.claim WHERE kind = asked.k AND key = asked.v LIMIT 1) "
    "AS found"
)
ANSWERED = (
    "SELECT found.* FROM unnest($1::text[], $2::text[]) AS asked (c, k), LATERAL "
    "(SELECT client, key FROM {store}.answer WHERE client = asked.c AND key = asked.k LIMIT 1) "
    "AS found"
)
"""One by one through the index, like the vault's keys: a join may be planned as a look at every row
there is, and the whole store waits for it, since the head is locked meanwhile."""

_GONE_WRONG = "the event store does not answer; ask again with the same key"


class Committer:
    """Carries out the appends of one process on one store."""

    def __init__(self, store: str, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._batcher: Batcher[Append, Receipt] = Batcher(self._carry_out)
        self._lock_head = (
            "SELECT position, greatest(recorded_at, clock_timestamp()) "
            f"FROM {store}.head FOR UPDATE"
        )
        self._versions = (
            f"SELECT record_id, max(record_version) FROM {store}.event "
            "WHERE record_id = ANY($1) GROUP BY record_id"
        )
        self._holders = HOLDERS.format(store=store)
        self._answered = ANSWERED.format(store=store)
        # One round trip for all that a transaction writes. Claiming again what the same record
        # holds is no conflict; another holder was refused above.
        self._write_all = (
            f"WITH events AS (INSERT INTO {store}.event (position, event_id, record_id, "
            "record_version, type, recorded_at, occurred_at, agency, correlation_id, body, leaf) "
            "SELECT p, i, r, v, t, $1, o, a, c, b, l FROM unnest($2::bigint[], $3::uuid[], "
            "$4::uuid[], $5::integer[], $6::text[], $7::timestamptz[], $8::text[], $9::uuid[], "
            "$10::bytea[], $11::bytea[]) AS new (p, i, r, v, t, o, a, c, b, l)), "
            f"claims AS (INSERT INTO {store}.claim (kind, key, holder, position) "
            "SELECT * FROM unnest($12::text[], $13::bytea[], $14::uuid[], $15::bigint[]) "
            "ON CONFLICT DO NOTHING), "
            f"answers AS (INSERT INTO {store}.answer (client, key, request_hash, status, body, "
            "recorded_at) SELECT c, k, h, s, b, $1 FROM unnest($16::text[], $17::text[], "
            "$18::bytea[], $19::smallint[], $20::bytea[]) AS new (c, k, h, s, b)), "
            f"head AS (UPDATE {store}.head SET position = $21, recorded_at = $1 "
            "WHERE position < $21 RETURNING position) "
            f"SELECT pg_notify('{store}', '') FROM head"
        )

    async def append(self, append: Append) -> Receipt:
        """See `EventStore.append`."""
        return await self._batcher.submit(append)

    async def close(self) -> None:
        """Finish what waits."""
        await self._batcher.close()

    async def _carry_out(self, batch: Batch) -> None:
        try:
            await self._commit(batch)
        except DOWN as reason:
            raise Unavailable(_GONE_WRONG) from reason
        except asyncpg.PostgresError:
            # One append must not take the others with it: each is tried by itself.
            for waiting in batch:
                try:
                    await self._commit([waiting])
                except DOWN as reason:
                    waiting.refuse(Unavailable(_GONE_WRONG).with_traceback(reason.__traceback__))
                except asyncpg.PostgresError as reason:
                    waiting.refuse(reason)

    async def _commit(self, batch: Batch) -> None:
        async with (
            failpoints.step("commit"),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            ((position, recorded_at),) = await connection.fetch(self._lock_head)
            accepted, refused = await self._decide(connection, batch)
            async with failpoints.step("insert"):
                receipts = await self._write(connection, accepted, position, recorded_at)
        # Here it is durable. Who dies before this line may be stored and unacknowledged; the same
        # idempotency key then finds the first answer.
        async with failpoints.step("acknowledge"):
            for waiting, receipt in zip(accepted, receipts, strict=True):
                waiting.resolve(receipt)
            for waiting, refusal in refused:
                waiting.refuse(refusal)

    async def _decide(
        self, connection: Any, batch: Batch
    ) -> tuple[Batch, list[tuple[Waiting[Append, Receipt], Exception]]]:
        """Who may go on, as the store stands under the lock and given who goes before them."""
        appends = [waiting.item for waiting in batch]
        records = list({event.record_id for append in appends for event in append.events})
        versions: dict[UUID, int] = dict(await connection.fetch(self._versions, records))
        claims = {(claim.kind, claim.key) for append in appends for claim in append.claims}
        holders: dict[tuple[str, bytes], UUID] = {}
        if claims:
            columns = zip(*claims, strict=True)
            rows = await connection.fetch(self._holders, *[list(column) for column in columns])
            holders = {(row[0], row[1]): row[2] for row in rows}
        drafts = {(a.answer.client, a.answer.key) for a in appends if a.answer is not None}
        answered: set[tuple[str, str]] = set()
        if drafts:
            columns = zip(*drafts, strict=True)
            rows = await connection.fetch(self._answered, *[list(column) for column in columns])
            answered = {(row[0], row[1]) for row in rows}

        accepted: Batch = []
        refused: list[tuple[Waiting[Append, Receipt], Exception]] = []
        for waiting in batch:
            reason = _refusal(waiting.item, versions, holders, answered)
            if reason is not None:
                refused.append((waiting, reason))
                continue
            accepted.append(waiting)
            for event in waiting.item.events:
                versions[event.record_id] = event.record_version
            for claim in waiting.item.claims:
                holders[claim.kind, claim.key] = claim.holder
            if waiting.item.answer is not None:
                answered.add((waiting.item.answer.client, waiting.item.answer.key))
        return accepted, refused

    async def _write(
        self, connection: Any, accepted: Batch, position: int, recorded_at: datetime
    ) -> list[Receipt]:
        if not accepted:
            return []
        rows = _Rows(position, recorded_at)
        receipts = [rows.add(waiting.item) for waiting in accepted]
        await connection.execute(
            self._write_all,
            recorded_at,
            *_columns(rows.events, 10),
            *_columns(list(rows.claims.values()), 4),
            *_columns(rows.answers, 5),
            rows.position,
        )
        return receipts


class _Rows:
    """The rows of one transaction: where every event gets its position, time, bytes and leaf."""

    def __init__(self, position: int, recorded_at: datetime) -> None:
        self.position = position
        self.recorded_at = recorded_at
        self._written = times.written(recorded_at)
        self.events: list[tuple[Any, ...]] = []
        self.claims: dict[tuple[str, bytes], tuple[Any, ...]] = {}
        self.answers: list[tuple[Any, ...]] = []

    def add(self, append: Append) -> Receipt:
        """Number the events of an append, and keep its claims and answer."""
        first = self.position + 1
        for event in append.events:
            self.position += 1
            body = envelope.finish(event.body, self.position, self._written)
            self.events.append(
                (
                    self.position,
                    event.event_id,
                    event.record_id,
                    event.record_version,
                    event.type,
                    event.occurred_at,
                    event.agency,
                    event.correlation_id,
                    body,
                    envelope.leaf_hash(body),
                )
            )
        receipt = Receipt(
            tuple(event.event_id for event in append.events),
            tuple(dict.fromkeys(event.record_id for event in append.events)),
            first,
            self.position,
            self.recorded_at,
        )
        for claim in append.claims:
            row = (claim.kind, claim.key, claim.holder, first)
            self.claims.setdefault((claim.kind, claim.key), row)
        if (draft := append.answer) is not None:
            answer = draft.body(receipt)
            self.answers.append((draft.client, draft.key, draft.request_hash, draft.status, answer))
        return receipt


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """The rows turned round; of no rows, as many empty columns."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _refusal(
    append: Append,
    versions: dict[UUID, int],
    holders: dict[tuple[str, bytes], UUID],
    answered: set[tuple[str, str]],
) -> Exception | None:
    """Why this append cannot go on, or None."""
    if append.answer is not None and (append.answer.client, append.answer.key) in answered:
        return AlreadyAnswered("this key was answered before")
    expected: dict[UUID, int] = {}
    for event in append.events:
        version = expected.get(event.record_id, versions.get(event.record_id, 0)) + 1
        if event.record_version != version:
            return Conflict("the record was changed meanwhile; load it again and retry")
        expected[event.record_id] = version
    for claim in append.claims:
        holder = holders.get((claim.kind, claim.key))
        if holder is not None and holder != claim.holder:
            return Claimed(claim.kind, holder)
    return None
