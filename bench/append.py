"""Durable saves through records: ours by asynchronous tasks, sealed; the library's by threads.

append_async_32, append_async_256: `Repository.save` of a new episode, with its keys durable in the
vault first, by so many tasks. Baseline: `Application.save()` of the same report by 32 threads (the
library has no asynchronous path, and more threads make it no faster).

append_recorder: the stores alone, events prepared beforehand: `EventStore.append` by 256 tasks
against the library's `PostgresApplicationRecorder.insert_events` by 32 threads.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from bench.harness import Result, compared, fresh_database, in_turns, missing_store, run, servers
from bench.stock import StockEpisode, stock_application, stock_report, stock_saves
from shared.contracts.ids import new_event_id, new_record_id
from shared.eventstore.append import Append, Prepared
from shared.eventstore.repository import Repository
from tests.support.histories import Thing, context, report

OURS, THEIRS = 5120, 1280
"""Events a turn: about a second of each."""


async def measure(runs: int) -> list[Result]:
    """All three figures."""
    with servers() as (postgres, folder):
        stock = stock_application(await fresh_database(postgres), "Stock")
        async with missing_store(postgres, folder) as repository:
            results = []
            for tasks in (32, 256):
                measured = await in_turns(
                    lambda tasks=tasks: saves(repository, tasks),  # type: ignore[misc]
                    lambda: asyncio.to_thread(stock_saves, stock, THEIRS),
                    runs,
                )
                what = f"durable sealed saves by {tasks} tasks"
                results.append(
                    compared(
                        f"append_async_{tasks}", what, "saves/s",
                        "saves/s, eventsourcing Application.save(), 32 threads, unsealed", measured,
                    )
                )  # fmt: skip
            measured = await in_turns(
                lambda: appends(repository),
                lambda: asyncio.to_thread(stock_inserts, stock),
                runs,
            )
            results.append(
                compared(
                    "append_recorder", "durable appends of prepared events, 256 tasks", "events/s",
                    "events/s, PostgresApplicationRecorder.insert_events, 32 threads", measured,
                )
            )  # fmt: skip
        stock.close()
    return results


async def saves(repository: Repository, tasks: int) -> float:
    """Saves a second of new episodes by so many tasks."""

    async def some(count: int) -> None:
        for _ in range(count):
            await repository.save(Thing.report(report()), context=context())

    started = time.perf_counter()
    await asyncio.gather(*[some(OURS // tasks) for _ in range(tasks)])
    return OURS / (time.perf_counter() - started)


async def appends(repository: Repository) -> float:
    """Appends a second of prepared events by 256 tasks."""
    prepared: list[tuple[Prepared, ...]] = [
        await repository.mapper.prepare(Thing.report(report()).new_events(), context())
        for _ in range(1024)
    ]
    # Their ids are made anew each time: preparing is not what is measured here.
    waiting = [
        Append(
            tuple(
                Prepared(
                    new_event_id(),
                    new_record_id(),
                    1,
                    p.type,
                    p.occurred_at,
                    p.agency,
                    p.correlation_id,
                    p.body,
                )
                for p in prepared[number % 1024]
            )
        )
        for number in range(OURS * 2)
    ]

    async def some(mine: list[Append]) -> None:
        for append in mine:
            await repository.store.append(append)

    started = time.perf_counter()
    await asyncio.gather(*[some(waiting[task::256]) for task in range(256)])
    return len(waiting) / (time.perf_counter() - started)


def stock_inserts(stock: object) -> float:
    """Inserts a second of prepared stored events by 32 threads."""
    mapper, recorder = stock.mapper, stock.recorder  # type: ignore[attr-defined]
    events = [
        [mapper.to_stored_event(e) for e in stock_report(StockEpisode).collect_events()]
        for _ in range(THEIRS)
    ]
    started = time.perf_counter()
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(recorder.insert_events, events))
    return THEIRS / (time.perf_counter() - started)


if __name__ == "__main__":
    run(measure, __doc__ or "")
