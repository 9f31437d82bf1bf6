"""Sealing: readable with the grant, unreadable without, and nothing can be moved or changed."""

from uuid import uuid4

import asyncpg
import pytest

from shared.contracts import EVENTS, missing
from shared.contracts.envelope import Envelope
from shared.contracts.refusals import RuleBroken, Unavailable
from shared.contracts.registry import EventData, encode
from shared.contracts.sealed import NotOpened, sealed_in
from shared.vault.sealing import SealBroken, Vault
from tests.conftest import Stores
from tests.support.histories import Thing, context, report

pytestmark = pytest.mark.integration
CANARIES = (b"Wren", b"Ashdown", b"2001-02-03", b"NV-15-000127", b"come home")


async def stored(stores: Stores) -> tuple[Envelope, missing.EpisodeReported]:
    await stores.repository.save(Thing.report(), context=context())
    (event,) = await stores.store.after(0)
    return event.envelope, read(event.envelope)


def read(found: Envelope) -> missing.EpisodeReported:
    data = EVENTS.decode(found.type, found.data)
    assert isinstance(data, missing.EpisodeReported)
    return data


async def opened(vault: Vault, found: Envelope, data: EventData) -> None:
    await vault.open([(found.store, found.id, found.type, data)])


@pytest.mark.asyncio
async def test_a_dump_shows_nothing_of_a_person(stores: Stores) -> None:
    await stored(stores)

    rows = await stores.database.admin.fetch("SELECT body FROM missing.event")
    keys = await stores.database.admin.fetch("SELECT * FROM key")
    dump = b"".join(row["body"] for row in rows) + repr(keys).encode()

    assert not [canary for canary in CANARIES if canary in dump]


@pytest.mark.asyncio
async def test_the_same_event_opens_with_the_grant_and_not_without(stores: Stores) -> None:
    found, data = await stored(stores)
    await opened(await stores.vault_of("mash"), found, data)
    assert data.narrative.content.force_reference == "NV-15-000127"
    assert data.mentions[0].identity is not None  # type: ignore[union-attr]

    data = read(found)
    await opened(await stores.vault_of("intake"), found, data)
    assert data.mentions[0].identity.content.date_of_birth == "2001-02-03"  # type: ignore[union-attr]
    assert data.narrative.state == "withheld"

    data = read(found)
    await opened(await stores.vault_of("stranger"), found, data)
    assert {field.state for field in sealed_in(data)} == {"withheld"}
    with pytest.raises(NotOpened):
        _ = data.narrative.content


@pytest.mark.asyncio
async def test_the_database_alone_withholds_keys_from_a_role_without_the_grant(
    stores: Stores,
) -> None:
    await stored(stores)

    for service, seen in (("mash", 2), ("intake", 1), ("stranger", 0)):
        pool = await stores.database.pool(service)
        assert len(await pool.fetch("SELECT * FROM key")) == seen
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute("UPDATE key SET wrapped = NULL")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute("DELETE FROM key")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute("INSERT INTO release VALUES (current_user, 'missing.identity')")


@pytest.mark.asyncio
async def test_a_service_cannot_put_a_key_into_anothers_scope(stores: Stores) -> None:
    pool = await stores.database.pool("stranger")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(
            "INSERT INTO key (mention_id, scope, kek, wrapped) VALUES ($1, $2, 1, '\\x00')",
            uuid4(),
            "missing.identity",
        )


@pytest.mark.asyncio
async def test_after_erasure_the_same_bytes_stay_and_cannot_be_read(stores: Stores) -> None:
    found, data = await stored(stores)
    before = (await stores.store.after(0))[0].body
    await stores.database.admin.execute(
        "UPDATE key SET wrapped = NULL, destroyed_at = now() WHERE mention_id = $1", data.child
    )
    vault = await stores.vault_of("mash")

    await opened(vault, found, data)

    assert {field.state for field in sealed_in(data)} == {"erased"}
    assert (await stores.store.after(0))[0].body == before
    fresh = report()
    for field in sealed_in(fresh):
        field._owner = data.child
    stores.repository.mapper._vault.keys.forget([data.child])
    with pytest.raises(RuleBroken):
        await stores.repository.save(Thing.report(fresh), context=context())


@pytest.mark.asyncio
async def test_a_box_cannot_be_moved_or_changed(stores: Stores) -> None:
    found, _ = await stored(stores)
    vault = await stores.vault_of("mash")

    async def refuses(**changes: object) -> None:
        data = read(found)
        with pytest.raises(SealBroken):
            await vault.open(
                [
                    (
                        found.store,
                        changes.get("event_id", found.id),  # type: ignore[list-item]
                        changes.get("type", found.type),
                        data,
                    )
                ]
            )

    await refuses(event_id=uuid4())
    await refuses(type="missing.report-revised.v1")
    for offset in (0, 2, 20, 32, -1):
        data = read(found)
        box = bytearray(data.narrative.box)
        box[offset] ^= 1
        data.narrative.sealed_as(bytes(box))
        with pytest.raises(SealBroken):
            await opened(vault, found, data)


@pytest.mark.asyncio
async def test_no_key_no_event(stores: Stores) -> None:
    stores.repository.mapper._vault.keys._pool.terminate()

    with pytest.raises(Unavailable):
        await stores.repository.save(Thing.report(), context=context())

    count = await stores.database.admin.fetchval("SELECT count(*) FROM missing.event")
    assert count == 0


def test_plain_content_is_never_encoded() -> None:
    with pytest.raises(NotOpened):
        encode(report())


def test_a_field_tells_nothing_of_its_content_in_a_log() -> None:
    assert "Wren" not in repr(report())
