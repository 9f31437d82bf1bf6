"""What is asked under the head's lock goes through the index, however a table has grown."""

import pytest

from shared.eventstore.committer import ANSWERED, HOLDERS
from tests.conftest import Stores

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
SMALL, GROWN = 300, 100_000
PLANNED = 8
"""So often a statement is executed before its plan is kept for good."""

GROW = {
    "claim": "INSERT INTO missing.claim (kind, key, holder, position) SELECT 'number', "
    "sha256(n::text::bytea), gen_random_uuid(), 1 FROM generate_series($1::int, $2::int) n",
    "answer": "INSERT INTO missing.answer (client, key, request_hash, status, body, recorded_at) "
    "SELECT 'client', n::text, '', 201, '', now() FROM generate_series($1::int, $2::int) n",
}


@pytest.mark.parametrize(
    ("table", "sql", "types", "asked"),
    [
        ("claim", HOLDERS, "text[], bytea[]", "ARRAY['number'], ARRAY['\\x00'::bytea]"),
        ("answer", ANSWERED, "text[], text[]", "ARRAY['client'], ARRAY['7']"),
    ],
)
async def test_a_plan_that_was_made_for_a_small_table_serves_a_large_one(
    stores: Stores, table: str, sql: str, types: str, asked: str
) -> None:
    admin = stores.database.admin
    await admin.execute(f"ALTER TABLE missing.{table} SET (autovacuum_enabled = false)")
    await admin.execute(GROW[table], 1, SMALL)
    await admin.execute(f"ANALYZE missing.{table}")
    await admin.execute(f"PREPARE found ({types}) AS {sql.format(store='missing')}")
    for _ in range(PLANNED):
        await admin.execute(f"EXECUTE found ({asked})")
    await admin.execute(GROW[table], SMALL + 1, GROWN)
    for fresh in (False, True):
        if fresh:  # as a connection that is opened now plans it
            await admin.execute("DISCARD PLANS")
        plan = "\n".join(row[0] for row in await admin.fetch(f"EXPLAIN EXECUTE found ({asked})"))
        assert "Index" in plan, plan
        assert f"Seq Scan on {table}" not in plan
