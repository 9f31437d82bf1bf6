"""Who carries out a rebuild's units: this process, or several of their own.

Folding is arithmetic, and one process does no more of it than one core. Workers hold no state: each
gets a unit at a time, does it in one transaction, and says so. They end when whoever started them
does, however that came.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

import asyncpg
import structlog
import uvloop

from shared.collecting import collect_rarely
from shared.contracts.refusals import Unavailable
from shared.projecting.building import Unit
from shared.projecting.facts import Folds
from shared.projecting.giving_way import give_way, lower, server_gives_way
from shared.projecting.opening import Opener
from shared.projecting.units import Hands, Pace, Told
from shared.vault.keyring import Keyring
from shared.vault.keys import DOWN, Keys
from shared.vault.sealing import Vault

CONNECT_SECONDS = 10.0
SESSION = {
    # A rebuild locks nothing that anybody waits for, and may rest within a transaction (`Pace`).
    "idle_in_transaction_session_timeout": "15min",
    # A unit that is lost with its mark is done again. The switch waits for the disk, and with it
    # for everything written before.
    "synchronous_commit": "off",
}

GOODBYE_SECONDS = 5.0


class RebuildFault(Exception):
    """A worker failed or died. What was done stays done: begin again, and it goes on from there."""


@dataclass(frozen=True)
class Reach:
    """How a worker reaches what it needs: it opens everything itself."""

    database_url: str
    vault_url: str
    keyring: Path


class Alone:
    """This process does everything, one unit after the other."""

    def __init__(self, pool: "asyncpg.Pool[Any]", opener: Opener) -> None:
        self._pool = pool
        self._opener = opener

    async def carry_out(
        self, schema: str, folds: Folds, units: Sequence[Unit], told: Told, pace: Pace
    ) -> None:
        """Do these units.

        Raises:
            Unavailable: the vault does not answer.
        """
        async with self._pool.acquire() as reading, self._pool.acquire() as writing:
            hands = Hands(schema, folds, self._opener, reading, writing, pace)
            for unit in units:
                await hands.carry_out(unit, told)


class Crew:
    """Several processes share out the units.

    Use it as an asynchronous context: they are started at its beginning and ended at its end.
    """

    def __init__(self, reach: Reach, size: int) -> None:
        self._reach = reach
        self._size = size
        self._workers: list[tuple[multiprocessing.process.BaseProcess, Connection]] = []

    @property
    def pids(self) -> list[int]:
        """Of the workers."""
        return [process.pid or 0 for process, _ in self._workers]

    async def __aenter__(self) -> Self:
        """Start the workers."""
        # Spawned: a fork would copy open connections to the servers.
        context = multiprocessing.get_context("spawn")
        for _ in range(self._size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(self._reach, theirs), daemon=True)
            await asyncio.to_thread(process.start)
            lower(process.pid or 0)  # at once: that it starts is a second of work
            theirs.close()
            self._workers.append((process, ours))
        return self

    async def __aexit__(self, *reason: object) -> None:
        """End the workers; what they were at is undone by the database."""
        for process, _pipe in self._workers:
            process.terminate()
        for process, pipe in self._workers:
            await asyncio.to_thread(process.join, GOODBYE_SECONDS)
            if process.is_alive():
                process.kill()
            pipe.close()  # last: somebody may still be listening at it
        self._workers.clear()

    async def carry_out(
        self, schema: str, folds: Folds, units: Sequence[Unit], told: Told, pace: Pace
    ) -> None:
        """Share out these units and wait until all are done.

        Raises:
            Unavailable: a server does not answer.
            RebuildFault: a worker failed or died.
        """
        waiting = deque(units)

        async def keep_busy(pipe: Connection) -> None:
            while waiting:
                pipe.send((schema, folds, waiting.popleft(), pace))
                while (answer := await asyncio.to_thread(_answer, pipe)) is not None:
                    told(answer)

        try:
            async with asyncio.TaskGroup() as group:
                for _, pipe in self._workers:
                    group.create_task(keep_busy(pipe))
        except* (Unavailable, RebuildFault) as faults:
            # The first tells why; the others only that they were not let finish.
            raise faults.exceptions[0] from None


def _answer(pipe: Connection) -> int | None:
    """What a worker says next: how much more it did, or None at the end of its unit."""
    try:
        answer: int | str | None = pipe.recv()
    except (EOFError, OSError):
        raise RebuildFault("a worker of the rebuild died") from None
    if answer == Unavailable.__name__:
        raise Unavailable("the views' database or the vault does not answer")
    if isinstance(answer, str):
        raise RebuildFault(f"a worker of the rebuild failed: {answer}")
    return answer


def _work(reach: Reach, pipe: Connection) -> None:
    """A worker's life: units until nobody gives more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides what a Ctrl-C means
    threading.Thread(target=end_with_parent, daemon=True).start()
    give_way()
    collect_rarely()
    uvloop.run(_work_off(reach, pipe))


def end_with_parent() -> None:
    """For a thread of a worker: end the worker when whoever started it has ended, however."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


async def _work_off(reach: Reach, pipe: Connection) -> None:
    reading: Any = None
    try:
        options: dict[str, Any] = {"timeout": CONNECT_SECONDS, "server_settings": SESSION}
        reading = await asyncpg.connect(reach.database_url, **options)
        writing = await asyncpg.connect(reach.database_url, **options)
        async with asyncpg.create_pool(reach.vault_url, min_size=1, max_size=1) as vault_pool:
            opener = Opener(Vault(Keys(vault_pool, Keyring.read(reach.keyring))))
            for connection in (reading, writing, vault_pool):
                await server_gives_way(connection)
            while True:
                schema, folds, unit, pace = await asyncio.to_thread(pipe.recv)
                hands = Hands(schema, folds, opener, reading, writing, pace)
                await hands.carry_out(unit, pipe.send)
                pipe.send(None)
    except (EOFError, BrokenPipeError):
        return
    except (Unavailable, *DOWN):
        pipe.send(Unavailable.__name__)
    except Exception as reason:  # noqa: BLE001 (told to whoever started it, by its kind only)
        structlog.get_logger().debug("a worker failed", fault=type(reason).__name__)
        pipe.send(type(reason).__name__)
