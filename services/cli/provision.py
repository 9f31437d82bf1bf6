"""Databases, roles, tables, keys and settings of an installation: made where absent, never changed.

`throughline up` does this on one machine with embedded servers. Elsewhere an administrator does it
once, by the same functions; the services then run without any such right (deploy/README.md).
"""

import asyncio
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import msgspec

from services.topology import (
    REFERENCE_DATABASE,
    SERVICES,
    VAULT_DATABASE,
    Service,
    owner_of,
    who_looks_up_places,
)
from shared.eventstore.schema import apply_sql, make_store, make_vault, remake_sql
from shared.projecting.archive import make_archive
from shared.projecting.follower import make_followers
from shared.reference.gazetteer import make_gazetteer
from shared.vault.keyring import cut_keyrings
from shared.web.settings import NatsSettings, Settings


@dataclass(frozen=True)
class Secrets:
    """The passwords of an installation on one machine, kept in one file that its owner can read."""

    database: dict[str, str]
    nats: dict[str, str]


def secrets_in(folder: Path) -> Secrets:
    """The passwords kept in a folder, made where absent."""
    path = folder / "secrets.json"
    stored: dict[str, dict[str, str]] = {"database": {}, "nats": {}}
    if path.exists():
        stored = json.loads(path.read_text())
    for kept in stored.values():
        for service in SERVICES:
            kept.setdefault(service, secrets.token_urlsafe(24).replace("-", "x"))
    _write_private(path, json.dumps(stored))
    return Secrets(stored["database"], stored["nats"])


def with_database(url: str, database: str, user: str = "", password: str = "") -> str:
    """A PostgreSQL address with another database, and another user where one is given."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if user:
        netloc = f"{quote(user)}:{quote(password)}@{netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))


async def make_roles_and_databases(admin_url: str, passwords: dict[str, str]) -> None:
    """Make every role and database; what is in a database is left alone."""
    admin = await asyncpg.connect(admin_url)
    try:
        for name, service in SERVICES.items():
            await _make_role(admin, name, passwords[name])
            await _make_database(admin, service.database, (name,))
        await _make_database(admin, VAULT_DATABASE, tuple(SERVICES))
        await _make_database(admin, REFERENCE_DATABASE, who_looks_up_places())
    finally:
        await admin.close()


async def make_databases(admin_url: str, passwords: dict[str, str]) -> None:
    """Make every role, database and table, with the least rights that serve.

    Over what older code made, the tables of lists are made anew, to be filled from the events;
    events, keys and the views are left alone.
    """
    await make_roles_and_databases(admin_url, passwords)
    # Different databases, so nothing of it waits for the rest.
    await asyncio.gather(
        *(
            _make_tables(with_database(admin_url, service.database), service)
            for service in SERVICES.values()
        ),
        _make_reference(with_database(admin_url, REFERENCE_DATABASE)),
    )
    vault = await asyncpg.connect(with_database(admin_url, VAULT_DATABASE))
    try:
        await make_vault(
            vault, {name: service.reads | service.writes for name, service in SERVICES.items()}
        )
    finally:
        await vault.close()


async def _make_role(admin: Any, name: str, password: str) -> None:
    known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
    verb = "ALTER" if known else "CREATE"
    # A statement that makes a role takes no parameters; the password is ours and has no quotes.
    await admin.execute(f"{verb} ROLE \"{name}\" LOGIN PASSWORD '{password}'")


async def _make_database(admin: Any, database: str, users: Sequence[str]) -> None:
    known = await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database)
    if not known:
        await admin.execute(f'CREATE DATABASE "{database}"')
    await admin.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    for user in users:
        await admin.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{user}"')


async def _make_reference(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await make_gazetteer(connection, who_looks_up_places())
    finally:
        await connection.close()


async def _make_tables(url: str, service: Service) -> None:
    connection = await asyncpg.connect(url)
    try:
        for store in service.stores:
            await make_store(connection, store, service.name)
        if service.follows:
            await make_followers(connection, service.name)
        own = files(f"services.{service.name}")
        if (kept := own / "schema.sql").is_file():
            await apply_sql(connection, f"{service.name}-1", kept.read_text())
        if (lists := own / "lists.sql").is_file():
            await remake_sql(connection, f"{service.name}-lists", lists.read_text())
        if service.keeps_views:
            await apply_sql(connection, "extensions-1", "CREATE EXTENSION IF NOT EXISTS pg_trgm")
            await make_archive(connection, service.name)
            # Versions of the views are schemas that the service makes and drops itself.
            await connection.execute(
                f'GRANT CREATE ON DATABASE "{service.database}" TO "{service.name}"'
            )
    finally:
        await connection.close()


def write_settings(
    folder: Path,
    *,
    admin_url: str,
    nats_url: str,
    kept: Secrets,
    ports: dict[str, int],
    token_keys: Path,
    own_token_keys: dict[str, Path],
) -> None:
    """Write each service's settings file, and cut its keyring where it has none."""
    keyrings = cut_keyrings(
        folder / "keys",
        {name: service.reads for name, service in SERVICES.items()},
        writes={name: service.writes for name, service in SERVICES.items()},
    )
    paths = settings_paths(folder)
    for name, service in SERVICES.items():
        settings = Settings(
            service=name,
            host="127.0.0.1",
            port=ports[name],
            database_url=with_database(admin_url, service.database, name, kept.database[name]),
            vault_url=with_database(admin_url, VAULT_DATABASE, name, kept.database[name]),
            reference_url=with_database(admin_url, REFERENCE_DATABASE, name, kept.database[name])
            if service.looks_up_places
            else "",
            nats=NatsSettings(url=nats_url, user=name, password=kept.nats[name]),
            keyring=str(keyrings[name]),
            token_keys=str(token_keys),
            own_token_key=str(own_token_keys[name]),
            feeds={
                store: f"http://127.0.0.1:{ports[owner_of(store)]}/feed"
                for store in service.follows
            },
        )
        paths[name].parent.mkdir(exist_ok=True, mode=0o700)
        _write_private(paths[name], msgspec.json.format(msgspec.json.encode(settings)).decode())


def settings_paths(folder: Path) -> dict[str, Path]:
    """Where the settings of each service are."""
    return {name: folder / "settings" / f"{name}.json" for name in SERVICES}


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
