"""A service's tasks: none of them ends unseen."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import MISSING, fields
from typing import Any

import pytest

from shared.contracts.refusals import Unavailable
from shared.web import runtime as module
from shared.web.condition import MANY_RESTARTS, advice
from shared.web.runtime import Runtime


class Bare(Runtime):
    """One without any server behind it, that is told whether its database answers."""

    opened = True

    async def is_open(self) -> bool:
        return self.opened


def bare() -> Bare:
    """One whose database answers."""
    needed: dict[str, Any] = {
        each.name: None
        for each in fields(Runtime)
        if each.default is MISSING and each.default_factory is MISSING
    }
    return Bare(**needed)


async def cancelled_below() -> None:
    """What it waits for is cancelled by somebody else, as a library does when a line breaks."""
    waited = asyncio.get_running_loop().create_future()
    waited.cancel()
    await waited


async def broken() -> None:
    raise ConnectionResetError


@pytest.mark.asyncio
@pytest.mark.parametrize("fails", [cancelled_below, broken])
async def test_a_task_that_fails_is_started_again_and_ends_when_it_is_told_to(
    monkeypatch: pytest.MonkeyPatch, fails: Callable[[], Awaitable[None]]
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    kept = bare()
    begun = asyncio.Event()

    async def run() -> None:
        if kept.restarts["relay"] < 2:
            await fails()
        begun.set()
        await asyncio.Event().wait()

    kept.keep("relay", run)
    async with asyncio.timeout(5):
        await begun.wait()
    assert kept.restarts["relay"] == 2
    assert kept.restarted_lately() == {"relay": 2}

    (task,) = kept._tasks
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


@pytest.mark.asyncio
async def test_a_task_that_keeps_failing_is_told_until_it_has_stopped_failing_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.001)
    kept = bare()
    well = {
        "database": True,
        "vault": True,
        "bus": True,
        "history": True,
        "lists": True,
        "views": True,
    }
    steady = asyncio.Event()

    async def run() -> None:
        if kept.restarts["relay"] < MANY_RESTARTS:
            assert advice(well, {}, (), (), kept.restarted_lately()) == ()
            await broken()
        steady.set()
        await asyncio.Event().wait()

    kept.keep("relay", run)
    async with asyncio.timeout(5):
        await steady.wait()
    (sentence,) = advice(well, {}, (), (), kept.restarted_lately())
    assert sentence.startswith(f"relay was begun anew {MANY_RESTARTS} times in the last 5 minutes")

    monkeypatch.setattr(module, "LATELY_SECONDS", 0.0)
    assert advice(well, {}, (), (), kept.restarted_lately()) == ()
    (task,) = kept._tasks
    task.cancel()
    await asyncio.wait([task], timeout=5)


@pytest.mark.asyncio
@pytest.mark.parametrize("reason", [ConnectionResetError(), Unavailable("away")])
async def test_while_the_database_is_away_a_task_waits_and_nobody_is_told_that_it_fails(
    monkeypatch: pytest.MonkeyPatch, reason: Exception
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    kept = bare()
    kept.opened = False
    tries = 0
    back = asyncio.Event()

    async def run() -> None:
        nonlocal tries
        tries += 1
        if tries <= MANY_RESTARTS:
            raise reason
        back.set()
        await asyncio.Event().wait()

    kept.keep("lists", run)
    async with asyncio.timeout(5):
        await back.wait()
    assert kept.restarts["lists"] == 0

    (task,) = kept._tasks
    task.cancel()
    await asyncio.wait([task], timeout=5)


@pytest.mark.asyncio
async def test_a_fault_of_its_own_is_told_though_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    kept = bare()
    kept.opened = False
    begun = asyncio.Event()

    async def run() -> None:
        if not kept.restarts["lists"]:
            raise LookupError
        begun.set()
        await asyncio.Event().wait()

    kept.keep("lists", run)
    async with asyncio.timeout(5):
        await begun.wait()
    assert kept.restarts["lists"] == 1

    (task,) = kept._tasks
    task.cancel()
    await asyncio.wait([task], timeout=5)
