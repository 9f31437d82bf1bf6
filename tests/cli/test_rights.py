"""What each service's role may do with the events of every store that an installation makes."""

import asyncpg
import pytest

from services.cli.provision import make_databases, with_database
from services.topology import SERVICES, VAULT_DATABASE
from shared.embedded import Postgres
from tests.support.apps import KEPT

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

OF_EVENTS = {"SELECT", "INSERT"}
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
ANY_COLUMN = ("SELECT", "INSERT", "UPDATE", "REFERENCES")


async def rights(connection: asyncpg.Connection, role: str, table: str) -> set[str]:
    """What a role may do with a table, or with any column of it."""
    row = await connection.fetchrow(
        "SELECT ARRAY(SELECT r FROM unnest($3::text[]) r WHERE has_table_privilege($1, $2, r))"
        " || ARRAY(SELECT r FROM unnest($4::text[]) r WHERE has_any_column_privilege($1, $2, r))",
        role, table, RIGHTS, ANY_COLUMN,
    )  # fmt: skip
    assert row is not None
    return set(row[0])


async def test_a_service_adds_and_reads_its_own_events_and_nobody_may_do_more(
    postgres: Postgres,
) -> None:
    await make_databases(postgres.url, KEPT.database)
    stores = [(service, store) for service in SERVICES.values() for store in service.stores]
    assert len(stores) == 2 * len(SERVICES)

    for service, store in stores:
        connection = await asyncpg.connect(with_database(postgres.url, service.database))
        try:
            for role in SERVICES:
                may = await rights(connection, role, f"{store}.event")
                assert may == (OF_EVENTS if role == service.name else set()), (store, role)
            owner = await connection.fetchval(
                "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = $1::text::regclass",
                f"{store}.event",
            )
            assert owner not in SERVICES
            # A right that is given by a slip, and of one column only, would be seen.
            slip = connection.transaction()
            await slip.start()
            await connection.execute(f"GRANT UPDATE (agency) ON {store}.event TO {service.name}")
            may = await rights(connection, service.name, f"{store}.event")
            await slip.rollback()
            assert may == {*OF_EVENTS, "UPDATE"}
        finally:
            await connection.close()


async def test_no_role_of_a_service_is_more_than_a_role(postgres: Postgres) -> None:
    await make_databases(postgres.url, KEPT.database)
    connection = await asyncpg.connect(with_database(postgres.url, VAULT_DATABASE))
    try:
        rows = await connection.fetch(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,"
            " (SELECT count(*) FROM pg_auth_members WHERE member = pg_roles.oid) AS member_of"
            " FROM pg_roles WHERE rolname = ANY($1)",
            list(SERVICES),
        )
    finally:
        await connection.close()
    assert {row["rolname"] for row in rows} == set(SERVICES)
    for row in rows:
        assert not any(list(row.values())[1:]), row
