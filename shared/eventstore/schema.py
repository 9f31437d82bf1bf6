"""Making tables: of a store and the vault once and for good, of lists anew whenever they differ."""

from hashlib import sha256
from importlib.resources import files
from typing import Any

LOCK = 7_261_540
"""Advisory lock: two starters do not make the same schema at once."""


async def apply_sql(connection: Any, name: str, sql: str) -> bool:
    """Apply SQL under a name, once per database, in one transaction.

    Returns:
        Whether it was applied now.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS public.applied_schema "
            "(name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        done = await connection.fetchval(
            "INSERT INTO public.applied_schema (name) VALUES ($1) ON CONFLICT DO NOTHING "
            "RETURNING name",
            name,
        )
        if done is None:
            return False
        await connection.execute(sql)
        return True


async def remake_sql(connection: Any, name: str, sql: str) -> bool:
    """Apply SQL that makes anew what is folded from events, unless it was the last to be applied.

    So what newer code keeps in its lists reaches an installation that is there already: the tables
    of the older code go, and are filled again from the first event on. The SQL itself drops what
    there was, and only what can be made again.

    Returns:
        Whether it was applied now.
    """
    this = f"{name}@{sha256(sql.encode()).hexdigest()[:16]}"
    async with connection.transaction():
        if not await apply_sql(connection, this, sql):
            return False
        await connection.execute(
            "DELETE FROM public.applied_schema WHERE starts_with(name, $1) AND name <> $2",
            f"{name}@",
            this,
        )
        return True


async def make_store(connection: Any, store: str, role: str) -> None:
    """Make the tables of an event store, owned by the connection's role, usable by `role`."""
    sql = (files("shared.eventstore") / "schema.sql").read_text()
    await apply_sql(
        connection, f"store-{store}-1", sql.replace("{store}", store).replace("{role}", role)
    )


async def make_vault(connection: Any, releases: dict[str, frozenset[str]]) -> None:
    """Make the vault's tables, and set which scopes are released to which service's role."""
    await apply_sql(connection, "vault-1", (files("shared.vault") / "schema.sql").read_text())
    async with connection.transaction():
        await connection.execute("DELETE FROM release")
        await connection.executemany(
            "INSERT INTO release (service, scope) VALUES ($1, $2)",
            [(service, scope) for service, scopes in releases.items() for scope in scopes],
        )
        for service in releases:
            await connection.execute(f'GRANT SELECT, INSERT ON key TO "{service}"')
            await connection.execute(f'GRANT SELECT ON release TO "{service}"')
