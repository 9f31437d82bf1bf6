"""Making the tables of a store, and of the vault: numbered SQL files, each applied once."""

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
