"""In one process, at 2,000 reports a second: appended, relayed, read, projected and committed.

e2e_kernel_p99_ms: the 99th percentile from the moment a report was due, whether or not earlier ones
were done, until the view's transaction has it. Everything of production but HTTP, sealed; on one
event loop, with the two servers beside it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator

from bench.client import open_loop, percentile
from bench.harness import Result, a_store, bare, bus, make_vaults, run, servers
from bench.project import views
from services.cli.provision import with_database
from services.mash.views import FOLDS
from shared.bus import Reader, Relay, connect
from shared.projecting.opening import Opener
from shared.projecting.projector import Projector
from tests.support.histories import Thing, context, report

RATE, SECONDS = 2000, 4.0
STORE = "missing"


async def measure(runs: int) -> list[Result]:
    """The figures."""
    found: dict[str, list[float]] = {"p50": [], "p99": []}
    with servers() as (postgres, folder), bus(folder) as nats:
        vaults = await make_vaults(postgres, folder)
        async with (
            a_store(postgres, vaults, STORE) as repository,
            views(postgres) as pool,
            vaults.of("mash") as vault,
        ):
            connection = await connect(nats.url, user="bench", password="bench", name="bench")
            await connection.ready()

            async def batches(
                source: str,
                after: int,
                digest: bytes | None = None,  # noqa: ARG001 (this bus is never replaced)
            ) -> AsyncGenerator[list[tuple[int, bytes]], None]:
                if source != STORE:
                    await asyncio.Event().wait()
                async for messages in Reader(connection, source, after).batches():
                    yield messages

            name = await repository.store.pool.fetchval("SELECT current_database()")
            url = with_database(postgres.url, name)
            relay = Relay(repository.store, connection, listen_url=url)
            projector = Projector(pool, FOLDS, Opener(vault), batches)
            tasks = [asyncio.create_task(each.run()) for each in (relay, projector)]

            async def save(_number: int) -> int:
                receipt = await repository.save(Thing.report(report()), context=context())
                return receipt.last_position

            # One turn that does not count: statements are prepared, pools filled.
            for turn in range(runs + 1):
                seen: list[tuple[float, int]] = []
                watching = asyncio.create_task(watch(projector, seen))
                saved = await open_loop(RATE, SECONDS, save)
                await projector.reached(STORE, max(position for _, position in saved))
                await asyncio.sleep(0.05)
                watching.cancel()
                if turn:
                    taken = latencies(saved, seen)
                    found["p50"].append(percentile(taken, 0.5) * 1000)
                    found["p99"].append(percentile(taken, 0.99) * 1000)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await connection.close()
    what = f"append to view committed in one process, at {RATE:,} a second"
    return [
        bare("e2e_kernel_p50_ms", what, "ms", found["p50"]),
        bare("e2e_kernel_p99_ms", what, "ms", found["p99"]),
    ]


async def watch(projector: Projector, seen: list[tuple[float, int]]) -> None:
    """When the view had which position."""
    position = 0
    while True:
        await projector.reached(STORE, position + 1)
        position = projector.positions[STORE]
        seen.append((time.perf_counter(), position))


def latencies(saved: list[tuple[float, int]], seen: list[tuple[float, int]]) -> list[float]:
    """From the moment each was due until the view had it; both lists are in order."""
    found = []
    reached = iter(seen)
    moment, position = next(reached)
    for due, wanted in sorted(saved, key=lambda item: item[1]):
        while position < wanted:
            moment, position = next(reached)
        found.append(moment - due)
    return found


if __name__ == "__main__":
    run(measure, __doc__ or "")
