"""The services' real applications on the tests' PostgreSQL, asked over ASGI, without a socket."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI

from services.cli.keys import TokenKeys
from services.cli.people import PERSONAS
from services.cli.provision import (
    Secrets,
    make_databases,
    settings_paths,
    with_database,
    write_settings,
)
from services.intake import main as intake
from services.intake.main import FOLLOWS, NOTICES, REFERS
from services.intelligence import main as intelligence
from services.mash import main as mash
from services.missing import main as missing
from services.screening import main as screening
from services.topology import REFERENCE_DATABASE, SERVICES, VAULT_DATABASE
from shared.access.tokens import Issuer
from shared.embedded import Nats, NatsUser, Postgres
from shared.web.settings import Settings, read_settings
from tests.conftest import PASSWORD

MAKERS: dict[str, Callable[[Settings], FastAPI]] = {
    "missing": missing.make,
    "screening": screening.make,
    "intake": intake.make,
    "mash": mash.make,
    "intelligence": intelligence.make,
}
NOBODY_LISTENS = "nats://127.0.0.1:9"
KEPT = Secrets(
    # The same passwords as the other tests': roles are one for the whole server.
    database=dict.fromkeys(SERVICES, PASSWORD),
    nats=dict.fromkeys(SERVICES, PASSWORD),
)


@dataclass
class Apps:
    """Running applications, and a way to ask them.

    Attributes:
        admin_url: of the server, as somebody who may do everything.
    """

    admin_url: str
    keys: TokenKeys
    settings: dict[str, Settings]
    running: dict[str, FastAPI] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, persona: str) -> str:
        if persona not in self._tokens:
            issuer = Issuer(self.keys.demo)
            self._tokens[persona] = issuer.issue(PERSONAS[persona].actor, lifetime_seconds=3600)
        return self._tokens[persona]

    def token_as(self, persona: str, *, agency: str) -> dict[str, str]:
        """The header of somebody like a persona, but of another agency."""
        actor = replace(PERSONAS[persona].actor, agency=agency)
        return {"Authorization": f"Bearer {Issuer(self.keys.demo).issue(actor)}"}

    async def ask(
        self, service: str, method: str, path: str, persona: str | None, **options: Any
    ) -> httpx.Response:
        """A request; with an idempotency key of its own unless one is given."""
        headers = options.pop("headers", {})
        if method == "POST":
            headers = {"Idempotency-Key": secrets.token_hex(16)} | headers
        if persona is not None:
            headers = {"Authorization": f"Bearer {self.token(persona)}"} | headers
        transport = httpx.ASGITransport(self.running[service])
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers, **options)

    @asynccontextmanager
    async def admin(self, service: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A connection to a service's database (or `vault`), that may do everything."""
        database = SERVICES[service].database if service in SERVICES else VAULT_DATABASE
        connection = await asyncpg.connect(with_database(self.admin_url, database))
        try:
            yield connection
        finally:
            await connection.close()

    async def head(self, store: str, service: str = "") -> int:
        """The position of a store's newest event."""
        async with self.admin(service or store) as connection:
            found: int = await connection.fetchval(f"SELECT position FROM {store}.head")
            return found

    async def recorded(self, store: str) -> int:
        """How many events somebody had a store record: not those that its clock adds by itself."""
        async with self.admin(store) as connection:
            found: int = await connection.fetchval(
                f"SELECT count(*) FROM {store}.event WHERE type NOT LIKE '%-overdue.%'"
            )
            return found

    async def consumed(self, source: str, seconds: float = 30) -> None:
        """Wait until each of intake's consumers of a source has dealt with all that it holds.

        Each of them: one that has not begun yet has no position, and would not be missed. Of an
        empty store nobody has one.
        """
        consumers = sum(source in follows for follows in (FOLLOWS, REFERS, NOTICES))
        async with asyncio.timeout(seconds), self.admin("intake") as connection:
            while True:
                rows = await connection.fetch(
                    "SELECT position FROM public.follower WHERE source = $1", source
                )
                head = await self.head(source)
                begun = len(rows) == consumers or head == 0
                if begun and all(row[0] >= head for row in rows):
                    return
                await asyncio.sleep(0.01)

    async def newest(self, store: str, service: str = "", *, of_type: str = "%") -> bytes:
        """A store's newest event, of a type where one is given, as stored."""
        async with self.admin(service or store) as connection:
            found: bytes = await connection.fetchval(
                f"SELECT body FROM {store}.event WHERE type LIKE $1 ORDER BY position DESC LIMIT 1",
                of_type,
            )
            return found

    async def know_postcodes(self, *places: tuple[str, int, int, str]) -> None:
        """Let the directory hold these only: postcode, easting, northing, area."""
        admin = await asyncpg.connect(with_database(self.admin_url, REFERENCE_DATABASE))
        try:
            await admin.execute("TRUNCATE public.postcode, public.edition")
            await admin.executemany(
                "INSERT INTO public.postcode (postcode, easting, northing, authority) "
                "VALUES ($1, $2, $3, $4)",
                places,
            )
            await admin.execute(
                "INSERT INTO public.edition (name, postcodes) VALUES ('a few', $1)", len(places)
            )
        finally:
            await admin.close()

    @asynccontextmanager
    async def without(self, grant: str, on: str, service: str) -> AsyncIterator[None]:
        """Take a right from a service's role for a while: as if what it is for were away."""
        async with self.admin("vault" if on == "key" else service) as connection:
            await connection.execute(f'REVOKE {grant} ON {on} FROM "{service}"')
            try:
                yield
            finally:
                await connection.execute(f'GRANT {grant} ON {on} TO "{service}"')

    @asynccontextmanager
    async def away(self, database: str) -> AsyncIterator[None]:
        """Let nobody connect to a database, and end every connection to it."""
        admin = await asyncpg.connect(self.admin_url)
        try:
            await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                database,
            )
            yield
        finally:
            await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
            await admin.close()


@asynccontextmanager
async def running_apps(
    postgres: Postgres, folder: Path, *names: str, bus: bool = False
) -> AsyncIterator[Apps]:
    """These services, on databases of their own. Without a bus its address leads nowhere."""
    await _drop_databases(postgres.url)
    keys = TokenKeys(folder / "keys")
    await make_databases(postgres.url, KEPT.database)
    async with AsyncExitStack() as stack:
        nats_url = NOBODY_LISTENS
        if bus:
            # Their narrow rights are proven with the bus; here they only have to meet.
            users = [NatsUser(name, PASSWORD, (">",), (">",)) for name in SERVICES]
            nats_url = stack.enter_context(Nats(folder, users)).url
        write_settings(
            folder,
            admin_url=postgres.url,
            nats_url=nats_url,
            kept=KEPT,
            ports=dict.fromkeys(SERVICES, 9),
            token_keys=keys.public,
            own_token_keys=keys.of_services,
        )
        settings = {name: read_settings(path) for name, path in settings_paths(folder).items()}
        apps = Apps(postgres.url, keys, settings)
        for name in names:
            app = MAKERS[name](settings[name])
            await stack.enter_async_context(app.router.lifespan_context(app))
            apps.running[name] = app
        yield apps


async def _drop_databases(url: str) -> None:
    admin = await asyncpg.connect(url)
    try:
        for database in (*(service.database for service in SERVICES.values()), VAULT_DATABASE):
            await admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    finally:
        await admin.close()
