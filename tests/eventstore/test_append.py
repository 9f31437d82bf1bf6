"""Appending: gapless positions, losers that fail alone, and nothing that can be changed."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from shared.contracts import envelope
from shared.contracts.refusals import Conflict, NotFound, Unavailable
from shared.eventstore.append import AlreadyAnswered, AnswerDraft, Append, Claim, Claimed, Receipt
from shared.eventstore.repository import Repository
from shared.eventstore.store import EventStore
from tests.conftest import Stores
from tests.support.histories import Thing, context

pytestmark = pytest.mark.integration


def answer(key: str = "a-key-of-sixteen") -> AnswerDraft:
    def body(receipt: Receipt) -> bytes:
        return b"%d" % receipt.first_position

    return AnswerDraft("client", key, b"hash", 201, body)


@pytest.mark.asyncio
async def test_what_was_saved_can_be_loaded(stores: Stores) -> None:
    thing = Thing.report()
    await stores.repository.save(thing, context=context())

    loaded = await stores.repository.load(Thing, thing.id)

    assert loaded.version == 1
    assert loaded.child == thing.child


@pytest.mark.asyncio
async def test_an_unknown_record_and_one_of_another_kind_look_the_same(stores: Stores) -> None:
    with pytest.raises(NotFound):
        await stores.repository.load(Thing, uuid4())


@pytest.mark.asyncio
async def test_positions_have_no_gap_whoever_writes_and_whoever_loses(stores: Stores) -> None:
    second = EventStore("missing", await stores.database.pool("missing"))
    other = Repository(second, stores.repository.mapper._vault)
    contested = Thing.report()
    await stores.repository.save(contested, context=context())

    async def write(number: int) -> bool:
        repository = (stores.repository, other)[number % 2]
        if number % 5:
            await repository.save(Thing.report(), context=context())
            return True
        loaded = await repository.load(Thing, contested.id)
        try:
            if loaded.returned_at is None:
                loaded.come_back()
                await repository.save(loaded, context=context())
        except Conflict:
            return False
        return True

    outcomes = await asyncio.gather(*[write(number) for number in range(200)])
    await second.close()

    events = await stores.store.after(0)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert (await stores.store.head()).position == len(events)
    assert not all(outcomes), "nobody lost: the test did not contend"
    assert [e.envelope.recordversion for e in await stores.store.of_record(contested.id)] == [1, 2]
    times = [event.envelope.time for event in events]
    assert times == sorted(times)


@pytest.mark.asyncio
async def test_the_stored_bytes_are_the_event_and_its_leaf_is_over_them(stores: Stores) -> None:
    await stores.repository.save(Thing.report(), context=context())

    row = await stores.database.admin.fetchrow("SELECT position, body, leaf FROM missing.event")
    assert row is not None

    found = envelope.read(row["body"])
    assert found.position == row["position"] == 1
    assert row["leaf"] == envelope.leaf_hash(row["body"])


@pytest.mark.asyncio
async def test_a_claim_belongs_to_one_record(stores: Stores) -> None:
    first, second = Thing.report(), Thing.report()
    claim = Claim("reference", b"one", first.id)
    await stores.repository.save(first, context=context(), claims=(claim,))

    with pytest.raises(Claimed) as refused:
        await stores.repository.save(
            second, context=context(), claims=(replace(claim, holder=second.id),)
        )

    assert refused.value.holder == first.id
    assert (await stores.store.head()).position == 1
    first.come_back()
    await stores.repository.save(first, context=context(), claims=(claim,))
    assert await stores.store.holders("reference", [b"one", b"two"]) == {b"one": first.id}


@pytest.mark.asyncio
async def test_two_claims_of_one_batch_do_not_both_win(stores: Stores) -> None:
    things = [Thing.report() for _ in range(20)]
    outcomes = await asyncio.gather(
        *[
            stores.repository.save(
                thing, context=context(), claims=(Claim("reference", b"one", thing.id),)
            )
            for thing in things
        ],
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Receipt) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Claimed) for outcome in outcomes) == 19
    assert (await stores.store.head()).position == 1


@pytest.mark.asyncio
async def test_an_idempotency_key_is_answered_once(stores: Stores) -> None:
    outcomes = await asyncio.gather(
        *[
            stores.repository.save(Thing.report(), context=context(), answer=answer())
            for _ in range(10)
        ],
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, AlreadyAnswered) for outcome in outcomes) == 9
    kept = await stores.store.answer("client", "a-key-of-sixteen")
    assert kept is not None
    assert (kept.status, kept.body, kept.request_hash) == (201, b"1", b"hash")
    assert await stores.store.answer("another", "a-key-of-sixteen") is None


@pytest.mark.asyncio
async def test_a_bad_append_fails_alone(stores: Stores) -> None:
    good = [Thing.report() for _ in range(5)]
    prepared = await stores.repository.mapper.prepare(Thing.report().new_events(), context())
    bad = Append((replace(prepared[0], agency="nul\0byte"),))

    outcomes = await asyncio.gather(
        *[stores.repository.save(thing, context=context()) for thing in good],
        stores.store.append(bad),
        return_exceptions=True,
    )

    assert isinstance(outcomes[-1], asyncpg.PostgresError)
    assert all(isinstance(outcome, Receipt) for outcome in outcomes[:-1])
    assert (await stores.store.head()).position == 5


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE missing.event SET agency = 'x'",
        "DELETE FROM missing.event",
        "TRUNCATE missing.event",
        "UPDATE missing.head SET epoch = gen_random_uuid()",
        "DELETE FROM missing.head",
        "DELETE FROM missing.answer",
        "UPDATE missing.claim SET holder = gen_random_uuid()",
        "ALTER TABLE missing.event DISABLE TRIGGER ALL",
        "DROP TABLE missing.event",
    ],
)
async def test_the_service_cannot_change_what_is_stored(stores: Stores, statement: str) -> None:
    await stores.repository.save(Thing.report(), context=context())

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await stores.pool.execute(statement)


@pytest.mark.asyncio
async def test_even_the_owner_is_stopped_from_a_slip_of_the_hand(stores: Stores) -> None:
    await stores.repository.save(Thing.report(), context=context())

    for statement in ("UPDATE missing.event SET agency = 'x'", "DELETE FROM missing.event"):
        with pytest.raises(asyncpg.RaiseError):
            await stores.database.admin.execute(statement)


@pytest.mark.asyncio
async def test_another_service_cannot_read_the_store(stores: Stores) -> None:
    stranger = await stores.database.pool("stranger")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await stranger.fetch("SELECT * FROM missing.event")


@pytest.mark.asyncio
async def test_a_store_that_is_away_says_so_and_stores_nothing(stores: Stores) -> None:
    pool = await stores.database.pool("missing")
    away = EventStore("missing", pool)
    prepared = await stores.repository.mapper.prepare(Thing.report().new_events(), context())
    pool.terminate()

    with pytest.raises(Unavailable):
        await away.append(Append(prepared))
    with pytest.raises(Unavailable):
        await away.after(0)

    assert (await stores.store.head()).position == 0
