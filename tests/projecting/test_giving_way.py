"""A rebuild gives way to whoever answers people: by its processes' priority, and by its pace."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from shared.projecting.crew import Crew, Reach
from shared.projecting.giving_way import NICENESS, server_gives_way
from shared.projecting.units import SLICES, Pace
from tests.conftest import Database, Stores

NORMAL = os.getpriority(os.PRIO_PROCESS, 0)


class Answers:
    """A connection to a server that names this process as its own."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    async def fetchrow(self, _query: str) -> tuple[int, int]:
        return self._pid, 5432


@pytest.mark.asyncio
async def test_a_program_that_only_has_the_servers_number_is_left_as_it_is() -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(60)"
    )
    try:
        await server_gives_way(Answers(other.pid))

        assert os.getpriority(os.PRIO_PROCESS, other.pid) == NORMAL
    finally:
        other.kill()
        await other.wait()


@pytest.mark.integration
@pytest.mark.asyncio
@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
async def test_the_servers_process_for_a_connection_gives_way_and_no_other(
    database: Database,
) -> None:
    pool = await database.pool("mash")
    async with pool.acquire() as one, pool.acquire() as another:
        pid, untouched = [await c.fetchval("SELECT pg_backend_pid()") for c in (one, another)]
        if not is_here(pid):
            pytest.skip("the server runs on another machine, or belongs to somebody else")

        await server_gives_way(one)

        assert os.getpriority(os.PRIO_PROCESS, pid) == NICENESS
        assert os.getpriority(os.PRIO_PROCESS, untouched) == NORMAL


@pytest.mark.integration
@pytest.mark.asyncio
async def test_a_crews_workers_give_way_from_their_first_moment(
    database: Database, stores: Stores
) -> None:
    reach = Reach(database.url("mash"), database.url("mash"), stores.keyrings["mash"])

    async with Crew(reach, 1) as crew:
        (pid,) = crew.pids

        assert os.getpriority(os.PRIO_PROCESS, pid) == NICENESS


def is_here(pid: int) -> bool:
    """Whether a server's process is one of this machine, and ours to lower."""
    process = Path(f"/proc/{pid}")
    if not process.exists() or not (process / "cmdline").read_bytes().startswith(b"postgres: "):
        return False
    return os.getuid() in {0, process.stat().st_uid}


def test_who_rests_does_less_between_two_rests() -> None:
    assert Pace().at_once(2000) == 2000
    assert Pace(0.3).at_once(2000) == 2000 // SLICES
    assert Pace(0.3).at_once(2) == 1
