"""Hears from the database that a store has new events, so that the relay need not ask all the time.

Only a hint: whoever is woken reads the store. What is missed while disconnected is found by the
poll that runs beside it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import asyncpg

from shared.vault.keys import DOWN

RETRY_SECONDS = 1.0
CONNECT_SECONDS = 5.0


async def listen(url: str, channel: str, wake: Callable[[], None]) -> None:
    """Call `wake` whenever the channel is notified, for ever, on a connection of its own."""
    while True:
        with contextlib.suppress(*DOWN, asyncpg.PostgresError):
            await _listen_once(url, channel, wake)
        await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(url: str, channel: str, wake: Callable[[], None]) -> None:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    lost = asyncio.Event()
    try:
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(channel, lambda *_: wake())
        wake()  # for what came while nobody listened
        await lost.wait()
    finally:
        connection.terminate()
