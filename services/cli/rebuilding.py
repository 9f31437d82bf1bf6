"""Rebuilding the views of an installation, with a progress bar."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console

from services.cli.progress import progress_on
from services.cli.reading import NotShown, addresses
from services.mash.views import FOLDS
from shared.contracts.refusals import Unavailable
from shared.projecting.crew import Crew, Reach, RebuildFault
from shared.projecting.opening import Opener
from shared.projecting.rebuild import Rebuilt, rebuild, switch_back
from shared.projecting.units import Pace
from shared.vault.keyring import Keyring
from shared.vault.keys import DOWN, Keys
from shared.vault.sealing import Vault
from shared.web.settings import read_settings

SMALL = 50_000
"""An archive of fewer events is rebuilt before further processes have started."""

CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class _Mash:
    """What a rebuild needs of mash, opened for itself: its statements may take minutes."""

    pool: "asyncpg.Pool[Any]"
    opener: Opener
    reach: Reach


async def run_rebuild(
    data: Path,
    console: Console,
    *,
    switch_if_different: bool = False,
    anew: bool = False,
    throttle: float = 1.0,
    workers: int = 0,
) -> Rebuilt:
    """Rebuild mash's views.

    Args:
        throttle: the share of the time in which to work, by one process.
        workers: how many processes; 0 for one each processor.

    Raises:
        NotShown: nothing was ever started in this folder, nothing runs there, or a worker failed.
        RuleBroken: another rebuild is running.
    """
    async with _mash(data) as mash:
        many = await mash.pool.fetchval("SELECT coalesce(sum(position), 0) FROM archive.progress")
        size = (workers or os.cpu_count() or 1) if throttle >= 1 else 1
        options: dict[str, Any] = {
            "anew": anew,
            "pace": Pace(throttle),
            "switch_if_different": switch_if_different,
        }
        with progress_on(console) as progress:
            if many < SMALL and not workers and throttle >= 1:
                return await rebuild(mash.pool, FOLDS, mash.opener, progress=progress, **options)
            async with Crew(mash.reach, size) as crew:
                return await rebuild(
                    mash.pool, FOLDS, mash.opener,
                    crew=crew, parts=size, progress=progress, **options,
                )  # fmt: skip


async def run_back(data: Path) -> str:
    """Show the version from before the last switch again.

    Raises:
        NotShown: nothing was ever started in this folder, or nothing runs there.
        RuleBroken: there is no such version, or this program did not make it.
    """
    async with _mash(data) as mash:
        return await switch_back(mash.pool, FOLDS, mash.opener)


@asynccontextmanager
async def _mash(data: Path) -> AsyncIterator[_Mash]:
    addresses(data)
    settings = read_settings(data / "settings" / "mash.json")
    reach = Reach(settings.database_url, settings.vault_url, Path(settings.keyring))
    try:
        async with _pool(reach.database_url) as pool, _pool(reach.vault_url) as vault_pool:
            opener = Opener(Vault(Keys(vault_pool, Keyring.read(reach.keyring))))
            yield _Mash(pool, opener, reach)
    except (*DOWN, Unavailable):
        raise NotShown(
            f"the databases of {data} do not answer: start them with `throughline up --data {data}`"
        ) from None
    except RebuildFault as reason:
        raise NotShown(
            f"{reason}; what was done is kept: call `throughline rebuild` again"
        ) from None


@asynccontextmanager
async def _pool(url: str) -> AsyncIterator["asyncpg.Pool[Any]"]:
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4, timeout=CONNECT_SECONDS)
    try:
        yield pool
    finally:
        pool.terminate()
