"""Passing information on, as whoever does it meets it; who it was stands in one table only."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.cli.provision import with_database
from services.topology import SERVICES, VAULT_DATABASE
from shared.contracts import EVENTS, disclosure, envelope, intelligence
from shared.contracts.mentions import OrganisationMention, PersonMention, PlaceMention
from tests.intelligence.asking import (
    AUTHOR,
    apps,
    counted,
    example,
    folder,
    get,
    post,
    stored,
    submitted,
)
from tests.support.apps import Apps

__all__ = ["apps", "folder"]

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

SOMEBODY_ELSE = "school"


async def test_the_example_is_taken_and_the_receipt_says_what_it_is_not(apps: Apps) -> None:
    response = await post(apps, "/reports", example())
    assert response.status_code == 201, response.text
    receipt = response.json()
    assert set(receipt) == {"id", "events", "recorded_at", "notice"}
    assert len(receipt["events"]) == 1
    assert "not a referral to the police" in receipt["notice"][0]
    assert "999" in receipt["notice"][0]
    assert "101" in receipt["notice"][0]
    assert "not a referral to children's services" in receipt["notice"][1]


async def test_every_field_of_the_form_is_in_the_event(apps: Apps) -> None:
    await submitted(apps)
    data = await stored(apps)
    assert data.source == intelligence.SourceBoxes(
        witnessed_incident=True, professional=True, member_of_public=False
    )
    assert data.third_party
    assert data.willing_to_engage == "unknown"
    assert data.licensed_service == "yes"
    assert (len(data.victims), len(data.perpetrators)) == (2, 1)
    premises = [m for m in data.mentions if isinstance(m, PlaceMention)]
    without_premises = [m for m in data.mentions if isinstance(m, OrganisationMention)]
    assert [m.role for m in premises] == ["premises"]
    assert [m.role for m in without_premises] == ["licensed_service"]
    assert [incident.precision for incident in data.incidents] == ["hour", "day"]
    assert all(incident.began != data.reported_at for incident in data.incidents)
    assert data.owner == data.victims[0]


@pytest.mark.parametrize("told", [{"account": "He waits at the arcade."}, {"victims": [{}]}])
async def test_very_little_is_enough(apps: Apps, told: dict[str, Any]) -> None:
    response = await post(apps, "/reports", {"bureau": "northvale-police", **told})
    assert response.status_code == 201, response.text


async def test_a_report_that_names_nobody_has_somebody_to_identify(apps: Apps) -> None:
    await post(
        apps, "/reports", {"bureau": "northvale-police", "account": "Shouting at number nine."}
    )
    data = await stored(apps)
    assert [m.role for m in data.mentions if isinstance(m, PersonMention)] == ["concerned"]
    assert (data.victims, data.perpetrators) == ((), ())


async def test_a_report_that_says_nothing_is_refused(apps: Apps) -> None:
    head = await apps.head("intelligence")
    response = await post(
        apps, "/reports", {"bureau": "northvale-police", "author": {"name": "Morgan Teale"}}
    )
    assert (response.status_code, response.json()["type"]) == (422, "/problems/invalid")
    assert "Teale" not in response.text
    assert await apps.head("intelligence") == head


async def test_the_two_scales_cannot_be_confused(apps: Apps) -> None:
    """5 is the best of one scale and the worst of the other: the answer says which it means."""
    await submitted(
        apps,
        third_party={"reliability": "reliability-5-always-reliable"},
        accuracy="accuracy-5-suspected-false",
    )
    data = await stored(apps)
    assert data.reliability == intelligence.ScaleAnswer(
        scale="information-report-2015-reliability", value="5", meaning="always reliable"
    )
    assert data.accuracy == intelligence.ScaleAnswer(
        scale="information-report-2015-accuracy", value="5", meaning="suspected to be false"
    )
    for wrong in (5, "5", "reliability-5-always-reliable", "accuracy-5", "accuracy-1-always-true"):
        response = await post(apps, "/reports", example(accuracy=wrong))
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "/accuracy"


async def test_dont_know_is_an_answer_and_blank_is_none(apps: Apps) -> None:
    await submitted(
        apps,
        third_party={"reliability": "reliability-dont-know"},
        accuracy="accuracy-dont-know",
    )
    told = await stored(apps)
    await submitted(apps, third_party={}, accuracy=None)
    blank = await stored(apps)
    assert told.reliability is not None
    assert told.accuracy is not None
    assert (told.reliability.value, told.accuracy.value) == ("dont-know", "dont-know")
    assert (blank.third_party, blank.reliability, blank.accuracy) == (True, None, None)


async def test_who_it_is_from_is_read_back_by_its_author_only(apps: Apps) -> None:
    report_id = await submitted(apps, account="Only for me to read back.")
    mine = await get(apps, f"/submissions/{report_id}")
    assert mine.status_code == 200, mine.text
    answer = mine.json()
    assert answer["status"] == "received"
    assert answer["author"]["name"] == "Morgan Teale"
    assert answer["submitted"]["data"]["account"]["text"] == "Only for me to read back."
    not_mine = await get(apps, f"/submissions/{report_id}", SOMEBODY_ELSE)
    not_there = await get(apps, f"/submissions/{uuid4()}", SOMEBODY_ELSE)
    assert (not_mine.status_code, not_there.status_code) == (404, 404)
    assert not_mine.json() | {"instance": 0} == not_there.json() | {"instance": 0}


async def test_reading_back_is_on_record_without_telling_who_the_source_is(apps: Apps) -> None:
    report_id = await submitted(apps)
    await get(apps, f"/submissions/{report_id}")
    found = envelope.read(await apps.newest("intelligence_disclosures", "intelligence"))
    data = EVENTS.decode(found.type, found.data)
    assert isinstance(data, disclosure.DisclosureMade)
    assert (data.action, data.outcome) == ("read-own-submission", "shown")
    source_ref = (await stored(apps)).source_ref
    assert found.actor == f"throughline|source-{source_ref}"
    assert AUTHOR.encode() not in bytes(found.data)
    assert found.agency == "throughline"


async def test_ones_own_list_has_times_and_how_far_each_has_come(apps: Apps) -> None:
    report_id = await submitted(apps)
    reports = apps.running["intelligence"].state.reports
    while await reports.catch_up(apps.running["intelligence"].state.stores["intelligence"]):
        pass
    mine = (await get(apps, "/submissions?limit=200")).json()
    assert report_id in {row["id"] for row in mine["submissions"]}
    assert {row["status"] for row in mine["submissions"]} == {"received"}
    others = (await get(apps, "/submissions", SOMEBODY_ELSE)).json()
    assert report_id not in {row["id"] for row in others["submissions"]}


async def test_the_same_request_twice_is_one_report_with_one_source(apps: Apps) -> None:
    body, key = example(account="Said once."), {"Idempotency-Key": str(uuid4())}
    first = await post(apps, "/reports", body, headers=key)
    sources = await counted(apps)
    again = await post(apps, "/reports", body, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert await counted(apps) == sources


async def test_a_retry_after_a_broken_connection_leaves_one_source(apps: Apps) -> None:
    body, key = example(account="Said in a tunnel."), {"Idempotency-Key": str(uuid4())}
    async with apps.without("INSERT", "intelligence.event", "intelligence"):
        broken = await post(apps, "/reports", body, headers=key)
    assert broken.status_code == 503
    sources = await counted(apps)
    again = await post(apps, "/reports", body, headers=key)
    assert again.status_code == 201
    assert await counted(apps) == sources


async def test_where_the_source_cannot_be_kept_nothing_is_stored(apps: Apps) -> None:
    head = await apps.head("intelligence")
    async with apps.without("INSERT", "sources.source", "intelligence"):
        response = await post(apps, "/reports", example())
    assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")
    assert await apps.head("intelligence") == head


HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "an incident after the report": (
        {"incidents": [{"began": "2015-05-01T10:00:00Z"}]}, "/incidents/0/began",
    ),
    "an end before the beginning": (
        {"incidents": [{"began": "2015-03-27T10:00:00Z", "ended": "2015-03-26T10:00:00Z"}]},
        "/incidents/0/ended",
    ),
    "an end without a beginning": (
        {"incidents": [{"ended": "2015-03-26T10:00:00Z"}]}, "/incidents/0/began",
    ),
    "a report from the future": ({"reported_at": "2199-01-01T00:00:00Z"}, "/reported_at"),
    "an incident with somebody unknown": (
        {"incidents": [{"involves": ["nobody"]}]}, "/incidents/0/involves/0",
    ),
    "a relationship with somebody unknown": (
        {"relationships": [{"of": "dex", "kind": "introduced-by", "to": "nobody"}]},
        "/relationships/0/to",
    ),
    "a ref twice": ({"victims": [{"ref": "man"}]}, "/perpetrators/0/ref"),
    "a ref twice, of a thing": (
        {"vehicles": [{"ref": "man", "role": "seen_in"}]}, "/vehicles/0/ref",
    ),
    "a condition of engaging of their own": ({"third_party": {"willing_to_engage": "maybe"}},
                                             "/third_party/willing_to_engage"),
    "too many victims": ({"victims": [{}] * 21}, "/victims"),
    "a bureau with a slash": ({"bureau": "../police"}, "/bureau"),
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_what_cannot_be_meant_is_refused_at_its_place(apps: Apps, hostile: str) -> None:
    changed, pointer = HOSTILE[hostile]
    head, sources = await apps.head("intelligence"), await counted(apps)
    body = example(incidents=[], relationships=[]) | changed
    response = await post(apps, "/reports", body)
    assert response.status_code == 422, response.text
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert await apps.head("intelligence") == head
    assert await counted(apps) == sources


@pytest.mark.parametrize("persona", ["northvale-police-system", "registrar", "auditor"])
async def test_who_may_not_submit(apps: Apps, persona: str) -> None:
    assert (await post(apps, "/reports", example(), persona)).status_code == 403
    assert (await post(apps, "/reports", example(), None)).status_code == 401


SECRET = ("Morgan", "Teale", "960417", "late shift", "receptionist", AUTHOR, "northvale-hotel")
"""Of the author and of whoever told the author; and of whom the author was signed in for."""


async def test_no_table_but_one_holds_anything_of_the_source(apps: Apps, folder: Path) -> None:
    """Not in clear, not by id: and that one is sealed, and closed to every other role."""
    report_id = await submitted(apps)
    await get(apps, f"/submissions/{report_id}")
    for database in (*(service.database for service in SERVICES.values()), VAULT_DATABASE):
        connection = await asyncpg.connect(with_database(apps.admin_url, database))
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for (table,) in tables:
            rows = await connection.fetch(f"SELECT t::text, to_jsonb(t)::text FROM {table} t")
            for row in rows:
                clear = _readable(row[0]) + row[1]
                found = [word for word in SECRET if word in clear]
                # The refusals that other tests made name whoever was refused, and no report.
                if table == "intelligence_disclosures.event" and '"mentions":[]' not in clear:
                    found = [word for word in found if word != AUTHOR or '"about":[]' not in clear]
                assert not found, (database, table, found)
        await connection.close()
    assert _files_with(folder, SECRET[:5]) == []


def _files_with(folder: Path, words: tuple[str, ...]) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in words)
    ]


def _readable(text: str) -> str:
    """A row with its bytes as text."""
    return re.sub(
        r"\\\\?x([0-9a-f]+)",
        lambda found: bytes.fromhex(found[1][: len(found[1]) // 2 * 2]).decode("latin-1"),
        text,
    )


@pytest.mark.parametrize("role", ["mash", "intake", "missing"])
async def test_no_other_services_role_reaches_the_source(apps: Apps, role: str) -> None:
    await submitted(apps)
    settings = apps.settings[role]
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(
            with_database(settings.database_url, SERVICES["intelligence"].database)
        )
    assert not [
        scope for scope in SERVICES[role].reads | SERVICES[role].writes if "sources" in scope
    ]
    vault = await asyncpg.connect(settings.vault_url)
    try:
        seen = "SELECT count(*) FROM key WHERE scope LIKE 'intelligence_sources%'"
        assert await vault.fetchval(seen) == 0
    finally:
        await vault.close()
    own = await asyncpg.connect(apps.settings["intelligence"].vault_url)
    try:
        assert await own.fetchval(seen) > 0
    finally:
        await own.close()


async def test_no_event_has_a_field_for_a_source() -> None:
    """What stands in the table of sources can stand in no event: no event type has room for it."""
    for registered in EVENTS.all():
        assert "SourceIdentity" not in str(registered.data_type.__annotations__)
        for base in registered.data_type.__mro__:
            assert "SourceIdentity" not in str(getattr(base, "__annotations__", ""))
