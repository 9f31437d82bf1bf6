"""A rebuild in a process of its own, to be killed: its workers' pids first, then a line a step."""

import sys
from pathlib import Path

import asyncpg
import uvloop

from services.mash.views import FOLDS
from shared.projecting import building
from shared.projecting.crew import Crew, Reach
from shared.projecting.opening import Opener
from shared.projecting.rebuild import rebuild
from shared.vault.keyring import Keyring
from shared.vault.keys import Keys
from shared.vault.sealing import Vault


async def main(url: str, keyring: Path) -> None:
    building.UNIT_EVENTS = 2
    async with asyncpg.create_pool(url) as pool, Crew(Reach(url, url, keyring), 2) as crew:
        print(*crew.pids, flush=True)  # noqa: T201
        opener = Opener(Vault(Keys(pool, Keyring.read(keyring))))

        def told(stage: str, done: int, of: int) -> None:
            print(stage, done, of, flush=True)  # noqa: T201

        await rebuild(pool, FOLDS, opener, crew=crew, parts=2, progress=told)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2])))
