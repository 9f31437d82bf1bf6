"""The two steps that are only met where something went wrong before, broken in every process.

`refill`: a stream has a hole, and its owner's feed fills it. `replay`: an event that faulty code
put aside is dealt with by mended code. Every service that follows another dies there, before and
after, and fails there; `tests.crash.exhaustive` has all other steps.
"""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import nats
import pytest
from nats.js.errors import APIError

from services.cli.bus_users import nats_users
from services.cli.parking.asking import put_aside, replay_aside
from services.cli.reading import NotShown
from services.topology import SERVICES
from shared.bus import stream_of
from shared.embedded import NatsUser
from tests.bus.support import until
from tests.crash.audit import faults_in, views_faults
from tests.crash.client import Reporters
from tests.crash.evidence import connect_to, gathered, settled
from tests.crash.exhaustive import SIDES
from tests.crash.faulty import Faulty
from tests.crash.work import WORK

SEED = 31
PATIENCE_SECONDS = 60.0
READERS = tuple(service.name for service in SERVICES.values() if service.follows)
ADMIN = NatsUser("admin", "admin", (">",), (">",))

pytestmark = [pytest.mark.integration, pytest.mark.crash, pytest.mark.timeout(240)]


def lives(step: str) -> list[str]:
    """Two that end at a step, and one in which it fails on both sides."""
    return [
        *(f"{step}:{side}=kill@1" for side in SIDES),
        f"{step}:before=fail@1,{step}:after=fail@1",
    ]


def never(installation: Faulty, step: str, readers: Sequence[str]) -> list[str]:
    """What did not happen of it."""
    happened = {broken for name in readers for broken in installation.happened(name)}
    return [
        f"{name} never came to {step}:{side} ({how})"
        for name in readers
        for side in SIDES
        for how in ("kill", "fail")
        if (name, f"{step}:{side}", how) not in happened
    ]


@pytest.fixture
def with_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the bus, who may delete a message; no service may."""
    monkeypatch.setattr(
        "services.cli.installation.nats_users", lambda secrets: [*nats_users(secrets), ADMIN]
    )


async def head_of(installation: Faulty, service: str) -> int:
    connection = await connect_to(installation, service)
    try:
        position: int = await connection.fetchval(f"SELECT position FROM {service}.head")
        return position
    finally:
        await connection.close()


async def make_holes(installation: Faulty, source: str, after: int) -> None:
    """Two in a stream, behind a position, once everything stored is published."""
    client = await nats.connect(installation.nats.url_for(ADMIN.name))
    stream, bus = stream_of(source), client.jetstream()
    # Ours refuse to lose single events: made anew as one that does not, and filled by its relay.
    config = (await bus.stream_info(stream)).config
    config.deny_delete = False

    async def made_anew() -> bool:
        await bus.delete_stream(stream)
        try:
            await bus.add_stream(config)
        except APIError:  # its relay was faster
            return False
        return True

    await until(made_anew, PATIENCE_SECONDS)

    async def published() -> bool:
        info = await bus.stream_info(stream)
        return bool(info.state.last_seq == await head_of(installation, source))

    await until(published, PATIENCE_SECONDS)
    last = await head_of(installation, source)
    assert last > after + 6
    for sequence in (after + 1, after + 2, last - 2, last - 1):
        await bus.delete_msg(stream, sequence)
    await client.close()


async def read_through_a_hole(
    installation: Faulty, source: str, readers: Sequence[str], reporters: Reporters
) -> None:
    """Readers are down while a stream grows and loses events; started again, they break."""
    after = await head_of(installation, source)
    with installation.attending:
        for name in readers:
            installation.plan(name, lives("refill"))
            installation.processes[name].kill()
            installation.processes[name].wait()
        enough = reporters.acknowledged + 12
        await until(lambda: reporters.acknowledged >= enough, PATIENCE_SECONDS)
        reporters.stopping = True
        if source == "intake":
            # What intake says of these reports.
            await until(lambda: _moved(installation, source, after + 8), PATIENCE_SECONDS)
        await make_holes(installation, source, after)
    await until(lambda: not any(installation.planned(name) for name in readers), PATIENCE_SECONDS)
    with suppress(TimeoutError):  # what did not happen is told by the caller
        await until(lambda: not never(installation, "refill", readers), PATIENCE_SECONDS)


async def _moved(installation: Faulty, source: str, position: int) -> bool:
    return await head_of(installation, source) >= position


@pytest.mark.parametrize(
    ("source", "readers"), [("missing", ("intake", "mash")), ("intake", ("screening", "mash"))]
)
def test_whoever_dies_while_a_hole_is_filled_fills_it_afterwards(
    tmp_path: Path, source: str, readers: tuple[str, ...], with_an_administrator: None
) -> None:
    async def broken() -> list[str]:
        load = asyncio.create_task(reporters.run(count=4))
        await until(lambda: reporters.acknowledged >= 6, PATIENCE_SECONDS)
        await read_through_a_hole(installation, source, readers, reporters)
        await load
        await asyncio.to_thread(installation.wait_ready)
        found = await gathered(installation, reporters.ledger, refused=reporters.refused)
        faults = [*never(installation, "refill", readers), *faults_in(found)]
        return faults + await views_faults(installation, found, seed=SEED, at_most=10)

    with Faulty(tmp_path / "installation") as installation:
        reporters = Reporters(installation, tmp_path / "receipts", SEED, pause_seconds=0.1)
        faults = asyncio.run(broken())
    assert not faults, faults[:10]


MISREADS = {
    "intake": "missing.episode-reported.v1",
    "mash": "missing.episode-reported.v1",
    "screening": "intake.referral-opened.v1",
}
"""What the code of each reader cannot read."""


@pytest.fixture
def code_with_a_fault() -> Iterator[None]:
    os.environ["CRASH_MISREADS"] = " ".join(f"{name}={event}" for name, event in MISREADS.items())
    yield
    os.environ.pop("CRASH_MISREADS", None)


def test_whoever_dies_while_it_replays_has_replayed_once_in_the_end(
    tmp_path: Path, code_with_a_fault: None
) -> None:
    assert MISREADS.keys() == set(READERS), "a service that follows others needs its line"

    def replayed() -> None:
        """As an operator does: again, until nothing is left."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            installation.wait_ready()
            aside, silent = put_aside(installation.folder)
            if not aside and not silent:
                return
            try:
                replay_aside(installation.folder, aside, None, None)
            except NotShown:
                time.sleep(0.1)

    async def broken() -> list[str]:
        await reporters.run(count=4, reports=24)
        assert await settled(installation)
        aside, _silent = await asyncio.to_thread(put_aside, installation.folder)
        assert {service for service, _, _ in aside} == set(READERS)
        # The mended code comes, and breaks while it replays.
        os.environ.pop("CRASH_MISREADS")
        for name in READERS:
            installation.plan(name, lives("replay"))
            installation.processes[name].kill()
            installation.processes[name].wait()
        await asyncio.to_thread(replayed)
        found = await gathered(installation, reporters.ledger, refused=reporters.refused)
        faults = [*never(installation, "replay", READERS), *faults_in(found)]
        return faults + await views_faults(installation, found, seed=SEED, at_most=10)

    with Faulty(tmp_path / "installation") as installation:
        reporters = Reporters(installation, tmp_path / "receipts", SEED, work=tuple(WORK.values()))
        faults = asyncio.run(broken())
    assert not faults, faults[:10]
