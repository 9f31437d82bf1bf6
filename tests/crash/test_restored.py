"""A store is restored from an older backup than its stream: its relay and its readers refuse."""

import asyncio
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from rich.console import Console

from services.cli.installation import Installation
from services.cli.status import conditions, print_status
from tests.crash.client import PERSONA, Reporters, report, token_of
from tests.crash.evidence import connect_to, settled

SEED = 21
PATIENCE = 30.0

pytestmark = [pytest.mark.integration, pytest.mark.crash]


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with Installation(tmp_path / "installation") as started:
        yield started


async def restore(installation: Installation, position: int) -> None:
    """Have missing's store forget what came after a position, as a restored backup does."""
    admin = await connect_to(installation, "missing")
    try:
        async with admin.transaction():
            await admin.execute("ALTER TABLE missing.event DISABLE TRIGGER never_changed")
            await admin.execute("DELETE FROM missing.event WHERE position > $1", position)
            await admin.execute("DELETE FROM missing.claim WHERE position > $1", position)
            await admin.execute("ALTER TABLE missing.event ENABLE TRIGGER never_changed")
            await admin.execute("UPDATE missing.head SET position = $1", position)
            await admin.execute("DELETE FROM missing.answer")
            await admin.execute("DELETE FROM lists.interview")
            await admin.execute("UPDATE lists.progress SET position = 0")
    finally:
        await admin.close()


async def more(installation: Installation, reports: int) -> None:
    """Go on with another history."""
    headers = {"Authorization": f"Bearer {token_of(installation, PERSONA)}"}
    async with httpx.AsyncClient(
        base_url=installation.addresses["missing"], headers=headers, timeout=10
    ) as client:
        for number in range(reports):
            body = report(SEED + 1, number, f"after {number}")
            key = str(uuid4())
            answer = await client.post("/episodes", json=body, headers={"Idempotency-Key": key})
            assert answer.status_code == 201, answer.text


def told(installation: Installation, *words: str) -> str:
    """What `throughline status` says, once it says these words."""
    end = time.monotonic() + PATIENCE
    while True:
        console = Console(record=True, width=400, file=StringIO())
        print_status(conditions(installation.folder), console)
        said = console.export_text()
        if all(word in said for word in words) or time.monotonic() > end:
            return said
        time.sleep(0.2)


def test_the_relay_and_then_the_readers_refuse_and_a_person_is_told_what_to_do(
    installation: Installation, tmp_path: Path
) -> None:
    reporters = Reporters(installation, tmp_path / "receipts", SEED, returns=False)
    asyncio.run(reporters.run(reports=20))
    assert asyncio.run(settled(installation))

    # Restored to half of what it had, while it runs.
    asyncio.run(restore(installation, 20))

    wanted = "the stream MISSING and the store missing differ at position 40"
    said = told(installation, wanted)
    assert wanted in said
    assert "If a newer backup exists, restore that one" in said
    assert "throughline verify" in said
    ready = httpx.get(f"{installation.addresses['missing']}/health/ready")
    assert ready.status_code == 503
    assert "relay:missing" in installation.log_of("missing").read_text()

    # Somebody deletes the stream all the same, and the store goes on with another history.
    with installation.attending:
        installation.nats.kill()
        installation.nats.wipe()
        installation.nats.start()
        installation.processes["missing"].kill()
        installation.processes["missing"].wait()
    installation.wait_ready()
    asyncio.run(more(installation, 20))

    another = "position 40 is another event now"
    readers = ["intake: follow:missing", "intake: refer:missing", "mash: project"]
    stopped = [f"{reader} has stopped" for reader in readers]
    said = told(installation, *stopped)
    assert [words for words in stopped if words not in said] == []
    assert said.count(another) >= len(readers)
    assert "rebuild what was made from its events" in said
