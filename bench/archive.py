"""A large archive of events, put together by COPY: for rebuilds of millions of events.

Every event is made by the real records, mapper and vault, as the services would have made it: each
report holds two boxes, sealed by AES-256-GCM under two keys of its own mention, which lie wrapped
in the vault's database. Only the way into the tables is another: rows are copied in, in place of
being appended, relayed, read and projected.
"""

import multiprocessing
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.world import EPISODES, EVENTS_A_CHILD, records_of_a_child
from shared.contracts import envelope, times
from shared.contracts.registry import EVENTS
from shared.eventstore.append import Prepared
from shared.eventstore.mapper import ContractMapper
from shared.projecting.crew import Reach
from shared.vault.keyring import KEY_SIZE, Keyring
from shared.vault.keys import Gone, KeyName, Keys
from shared.vault.sealing import Vault
from tests.support.histories import context

CHUNK = 1000
"""Children put together at a time."""

A_CHILD = {"missing": 2 * EPISODES, "intake": EPISODES + 1}
"""Events of a child in each store."""

RECORDED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """Where an archive is put together: administrators' addresses, and the writer's keyring."""

    archive_url: str
    vault_url: str
    writer: Reach


async def fill(target: Target, children: int, processes: int = 2) -> int:
    """Fill an empty archive and its vault; how many events there are."""
    spawn = multiprocessing.get_context("spawn")
    share = -(-children // processes)
    workers = [
        spawn.Process(target=_fill, args=(target, n * share, min((n + 1) * share, children)))
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode != 0:
            raise RuntimeError("the archive could not be put together")
    connection = await asyncpg.connect(target.archive_url)
    for source, each in A_CHILD.items():
        last = children * each
        await connection.execute(
            "INSERT INTO archive.progress (source, position) VALUES ($1, $2) "
            "ON CONFLICT (source) DO UPDATE SET position = excluded.position",
            source,
            last,
        )
        await connection.execute(
            "INSERT INTO archive.availability (source, from_position, to_position) "
            "VALUES ($1, 1, $2)",
            source,
            last,
        )
    await connection.execute("VACUUM (ANALYZE) archive.event, archive.mention")
    await connection.close()
    vault = await asyncpg.connect(target.vault_url)
    await vault.execute("VACUUM (ANALYZE) key")
    await vault.close()
    return children * EVENTS_A_CHILD


def _fill(target: Target, first: int, last: int) -> None:
    uvloop.run(_fill_children(target, first, last))


async def _fill_children(target: Target, first: int, last: int) -> None:
    archive = await asyncpg.connect(target.archive_url)
    vault = await asyncpg.connect(target.vault_url)
    keys = CollectedKeys(Keyring.read(target.writer.keyring))
    for start in range(first, last, CHUNK):
        chunk = range(start, min(start + CHUNK, last))
        events, mentions = await _rows(Vault(keys), chunk)
        await archive.copy_records_to_table(
            "event", schema_name="archive", records=events,
            columns=("source", "position", "event_id", "type", "recorded_at", "body"),
        )  # fmt: skip
        await archive.copy_records_to_table(
            "mention", schema_name="archive", records=mentions,
            columns=("mention_id", "source", "position"),
        )  # fmt: skip
        await vault.copy_records_to_table(
            "key", records=keys.taken(), columns=("mention_id", "scope", "kek", "wrapped")
        )
    await archive.close()
    await vault.close()


async def _rows(vault: Vault, chunk: range) -> tuple[list[Any], list[Any]]:
    """The rows of the archive's tables for these children."""
    events: list[tuple[Any, ...]] = []
    mentions: list[tuple[UUID, str, int]] = []
    born: dict[str, list[Any]] = {"missing": [], "intake": []}
    for number in chunk:
        reported, linked = records_of_a_child(number)
        born["missing"] += [event for record in reported for event in record.new_events()]
        born["intake"] += [event for record in linked for event in record.new_events()]
    for store, happened in born.items():
        agency = "northvale-police" if store == "missing" else "throughline"
        prepared = await ContractMapper(store, vault, EVENTS).prepare(happened, context(agency))
        position = chunk.start * A_CHILD[store]
        for event, ready in zip(happened, prepared, strict=True):
            position += 1
            events.append(_row(store, position, ready))
            named = {*event.data.about, *(m.mention_id for m in event.data.mentions)}
            mentions.extend((mention_id, store, position) for mention_id in named)
    return events, mentions


def _row(store: str, position: int, event: Prepared) -> tuple[Any, ...]:
    recorded = RECORDED + timedelta(milliseconds=position)
    body = envelope.finish(event.body, position, times.written(recorded))
    return (store, position, event.event_id, event.type, recorded, body)


@dataclass
class CollectedKeys(Keys):
    """Keys made as always, kept to be copied into the vault before the events they are for."""

    keyring: Keyring
    _rows: list[tuple[Any, ...]] = field(default_factory=list)

    async def made(self, names: list[KeyName]) -> dict[KeyName, AESGCM | Gone]:
        """New keys, wrapped for the vault."""
        found: dict[KeyName, AESGCM | Gone] = {}
        for mention_id, scope in names:
            key = os.urandom(KEY_SIZE)
            number, wrapped = self.keyring.wrap(scope, mention_id.bytes, key)
            self._rows.append((mention_id, scope, number, wrapped))
            found[mention_id, scope] = AESGCM(key)
        return found

    def taken(self) -> list[tuple[Any, ...]]:
        """The rows made so far, once."""
        rows, self._rows = self._rows, []
        return rows
