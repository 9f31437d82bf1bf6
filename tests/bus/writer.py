"""A second process that writes to the store: `python -m tests.bus.writer URL EVENTS WRITERS`."""

import asyncio
import sys

import asyncpg

from shared.eventstore.store import EventStore
from tests.bus.support import STORE, write


async def main(url: str, events: int, writers: int) -> None:
    pool = await asyncpg.create_pool(url, min_size=2, max_size=4)
    store = EventStore(STORE, pool)
    await write(store, events, writers)
    await store.close()
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
