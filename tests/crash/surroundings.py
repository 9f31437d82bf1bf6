"""What surrounds the processes, made hostile: lines, clocks, and a disk that is full."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.topology import SERVICES
from tests.crash.evidence import connect_to
from tests.crash.faulty import Faulty

SMALLEST = 4096
"""Bytes that are written last to a disk that is to be full."""

CLOCK = """
CREATE SCHEMA IF NOT EXISTS faults;
CREATE TABLE IF NOT EXISTS faults.clock (ahead interval NOT NULL);
INSERT INTO faults.clock VALUES ('0');
CREATE OR REPLACE FUNCTION faults.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + ahead FROM faults.clock';
GRANT USAGE ON SCHEMA faults TO PUBLIC;
GRANT SELECT ON faults.clock TO PUBLIC;
"""


class Clocks:
    """The clocks of the databases and of the services' processes, which somebody sets.

    The database's is what `recorded_at` comes from: its `clock_timestamp()` is hidden, for the
    services' roles, behind one of the same name that is ahead or behind. (The file that the
    processes read is `tests.crash.program`'s.)
    """

    def __init__(self, installation: Faulty) -> None:
        self._installation = installation

    def make(self) -> None:
        """Hide the databases' clocks. Services see the new ones in their next life."""
        asyncio.run(self._make())
        for process in tuple(self._installation.processes.values()):
            process.kill()
        time.sleep(0.5)
        self._installation.wait_ready()

    def set(self, ahead_seconds: float) -> None:
        """Set them ahead of the real time, or (negative) behind it."""
        (self._installation.plans / "clock").write_text(str(ahead_seconds))
        asyncio.run(self._set(ahead_seconds))

    async def _make(self) -> None:
        for service in SERVICES.values():
            admin = await connect_to(self._installation, service.name)
            try:
                await admin.execute(CLOCK)
                await admin.execute(
                    f'ALTER ROLE "{service.name}" IN DATABASE "{service.database}" '
                    "SET search_path = faults, pg_catalog, public"
                )
            finally:
                await admin.close()

    async def _set(self, ahead_seconds: float) -> None:
        for service in SERVICES:
            admin = await connect_to(self._installation, service)
            try:
                await admin.execute(
                    "UPDATE faults.clock SET ahead = make_interval(secs => $1)", ahead_seconds
                )
            finally:
                await admin.close()


class NoSmallDisk(Exception):
    """This account may not mount a disk of a small size."""


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes, in memory.

    Raises:
        NoSmallDisk: this account may not mount one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        raise NoSmallDisk(mounted.stderr.decode(errors="replace").strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """No byte is left on a disk for a while."""
    ballast = disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            size = 8 * 1024 * 1024
            while size >= SMALLEST:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    size //= 2
        yield
    finally:
        ballast.unlink(missing_ok=True)
