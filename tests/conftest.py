"""Real servers for the tests that need them, started once; a fresh database for each test."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

from services.cli.provision import with_database
from shared.embedded import Postgres
from shared.eventstore.repository import Repository
from shared.eventstore.schema import make_store, make_vault
from shared.eventstore.store import EventStore
from shared.vault.keyring import Keyring, cut_keyrings
from shared.vault.keys import Keys
from shared.vault.sealing import Vault

settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")

PASSWORD = "only-for-tests"
ROLES = ("missing", "screening", "intake", "mash", "stranger")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL of the tests' own."""
    os.environ.pop("DATABASE_URL", None)
    with Postgres(tmp_path_factory.mktemp("servers")) as server:
        yield server


@dataclass
class Database:
    """A database of one test's own.

    Attributes:
        admin: a connection that may do everything.
    """

    admin: "asyncpg.Connection[Any]"
    admin_url: str

    async def pool(self, role: str, **options: Any) -> "asyncpg.Pool[Any]":
        """A pool of connections as a service's role; closed with the test."""
        url = with_database(self.admin_url, self.name, role, PASSWORD)
        pool = await asyncpg.create_pool(url, **{"min_size": 1, "max_size": 4, **options})
        self._pools.append(pool)
        return pool

    def __post_init__(self) -> None:
        self._pools: list[asyncpg.Pool[Any]] = []

    @property
    def name(self) -> str:
        return self.admin_url.rpartition("/")[2].partition("?")[0]

    def url(self, role: str) -> str:
        return with_database(self.admin_url, self.name, role, PASSWORD)

    async def close(self) -> None:
        for pool in self._pools:
            pool.terminate()
        await self.admin.close()


async def fresh_database(postgres: Postgres) -> Database:
    """A new, empty database on which every service's role may connect."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres.url)
    try:
        for role in ROLES:
            if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        await admin.execute(f"CREATE DATABASE {name}")
    finally:
        await admin.close()
    url = with_database(postgres.url, name)
    return Database(await asyncpg.connect(url), url)


@pytest_asyncio.fixture
async def database(postgres: Postgres) -> AsyncIterator[Database]:
    """A fresh database."""
    made = await fresh_database(postgres)
    yield made
    await made.close()


CLASSES = ("identity", "whereabouts", "contact", "narrative")
OWN = frozenset(
    f"{store}.{name}"
    for store in ("missing", "missing_disclosures")
    for name in (*CLASSES, "picture")
)
INTAKES = frozenset(f"intake.{name}" for name in CLASSES)
RELEASES: dict[str, frozenset[str]] = {
    "missing": OWN,
    "intake": INTAKES | {"missing.identity", "missing.whereabouts", "missing.contact"},
    "mash": frozenset(f"{store}.{name}" for store in ("missing", "intake") for name in CLASSES),
    "stranger": frozenset(),
}


@dataclass
class Stores:
    """The missing service's store, a vault, and everybody's keyrings, in one database."""

    database: Database
    keyrings: dict[str, Path]
    repository: Repository
    pool: "asyncpg.Pool[Any]"

    @property
    def store(self) -> EventStore:
        return self.repository.store

    async def vault_of(self, service: str) -> Vault:
        """The vault as another service sees it."""
        pool = await self.database.pool(service, max_size=2)
        return Vault(Keys(pool, Keyring.read(self.keyrings[service])))


@pytest_asyncio.fixture
async def stores(database: Database, tmp_path: Path) -> AsyncIterator[Stores]:
    """The stores `missing` and `missing_disclosures`, and a vault beside them."""
    await make_store(database.admin, "missing", "missing")
    await make_store(database.admin, "missing_disclosures", "missing")
    await make_vault(database.admin, RELEASES)
    writes = {"missing": OWN, "intake": INTAKES}
    keyrings = cut_keyrings(tmp_path / "keys", RELEASES, writes=writes)
    pool = await database.pool("missing", max_size=6)
    vault = Vault(Keys(pool, Keyring.read(keyrings["missing"])))
    made = Stores(database, keyrings, Repository(EventStore("missing", pool), vault), pool)
    yield made
    await made.store.close()
    await vault.keys.close()
