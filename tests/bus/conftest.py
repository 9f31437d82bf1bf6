"""A nats-server for each test, since most of them break it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.bus import reader_permissions, relay, relay_permissions
from shared.embedded import Nats, NatsUser
from shared.eventstore.schema import make_store
from shared.eventstore.store import EventStore
from tests.bus.support import STORE, Bus
from tests.conftest import Database


@pytest.fixture(autouse=True)
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a relay finds by looking, it finds sooner."""
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.25)


@pytest.fixture
def nats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nats]:
    """A server with the users that the product has, and one that may do everything."""
    monkeypatch.delenv("NATS_URL", raising=False)
    users = [
        NatsUser("relay", "relay", *relay_permissions(STORE)),
        NatsUser("reader", "reader", *reader_permissions(STORE)),
        NatsUser("admin", "admin", (">",), (">",)),
    ]
    with Nats(tmp_path / "bus", users) as server:
        yield server


@pytest_asyncio.fixture
async def bus(database: Database, nats: Nats) -> AsyncIterator[Bus]:
    """An empty store, and a bus that nobody uses yet."""
    await make_store(database.admin, STORE, "missing")
    store = EventStore(STORE, await database.pool("missing", max_size=8))
    made = Bus(database, nats, store, nats.url)
    yield made
    await made.close()
