"""Projecting what an installation's stores hold, by a process of its own, as mash does live."""

import asyncio
import multiprocessing
import resource
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from bench.harness import pool_at
from services.cli.provision import with_database
from services.mash.views import FOLDS
from services.topology import SERVICES, owner_of
from shared.collecting import collect_rarely
from shared.projecting.ahead import MAX_BATCH
from shared.projecting.crew import end_with_parent
from shared.projecting.opening import Opener
from shared.projecting.projector import Projector
from shared.vault.keyring import Keyring
from shared.vault.keys import Keys
from shared.vault.sealing import Vault
from shared.web.settings import read_settings


def projected(data: Path, url: str, told: Callable[[int], None]) -> tuple[float, float]:
    """Let a new process take in everything; how many seconds it took, and its most memory, in MB.

    Args:
        data: the folder, whose views are empty.
        url: of its PostgreSQL, as the administrator.
        told: how many events are in.
    """
    spawn = multiprocessing.get_context("spawn")
    said: multiprocessing.Queue[Any] = spawn.Queue()
    process = spawn.Process(target=_project, args=(data, url, said), daemon=True)
    process.start()
    while True:
        match said.get():
            case (float() as seconds, float() as memory):
                process.join()
                return seconds, memory
            case int() as done:
                told(done)
            case reason:
                raise RuntimeError(reason)


def _project(data: Path, url: str, said: Any) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    collect_rarely()
    try:
        taken = uvloop.run(_project_all(data, url, said))
    except Exception as reason:  # noqa: BLE001 (told to whoever waits for it)
        said.put(f"the projector failed: {type(reason).__name__}")
    else:
        said.put((taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


async def _project_all(data: Path, url: str, said: Any) -> float:
    settings = read_settings(data / "settings" / "mash.json")
    async with (
        pool_at(settings.database_url) as pool,
        pool_at(settings.vault_url) as vault_pool,
        AsyncExitStack() as stack,
    ):
        stores = {
            source: await asyncpg.connect(with_database(url, SERVICES[owner_of(source)].database))
            for source in FOLDS.sources
        }
        for connection in stores.values():
            stack.push_async_callback(connection.close)
        heads = {
            source: await connection.fetchval(f"SELECT position FROM {source}.head")
            for source, connection in stores.items()
        }
        at = dict.fromkeys(heads, 0)

        async def batches(
            source: str,
            after: int,
            digest: bytes | None = None,  # noqa: ARG001
        ) -> AsyncGenerator[list[tuple[int, bytes]], None]:
            while after < heads[source]:
                rows = await stores[source].fetch(
                    f"SELECT position, body FROM {source}.event WHERE position > $1 "
                    f"ORDER BY position LIMIT {MAX_BATCH}",
                    after,
                )
                after = at[source] = rows[-1][0]
                said.put(sum(at.values()))
                yield [(row[0], row[1]) for row in rows]
            await asyncio.Event().wait()

        vault = Vault(Keys(vault_pool, Keyring.read(Path(settings.keyring))))
        projector = Projector(pool, FOLDS, Opener(vault), batches)
        started = asyncio.get_running_loop().time()
        running = asyncio.create_task(projector.run())
        for source, head in heads.items():
            await projector.reached(source, head)
        taken = asyncio.get_running_loop().time() - started
        running.cancel()
        await asyncio.wait([running])
        # As autovacuum does after a while; and alerts are of what comes from now on.
        mash = await asyncpg.connect(with_database(url, SERVICES["mash"].database))
        await mash.execute("VACUUM (ANALYZE)")
        await mash.executemany(
            "INSERT INTO lists.watched VALUES ($1, $2) ON CONFLICT (source) DO UPDATE "
            "SET position = excluded.position",
            list(heads.items()),
        )
        await mash.close()
        return taken
