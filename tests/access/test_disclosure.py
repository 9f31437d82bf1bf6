"""What somebody was shown is on record before they see it, and tells nothing by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.access.disclosure import Disclosures, Showing
from shared.access.policy import Resource, authorize
from shared.contracts import EVENTS
from shared.contracts.disclosure import DisclosureMade
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import PersonIdentity, PersonName
from shared.contracts.refusals import Unavailable
from shared.eventstore.repository import Repository
from shared.eventstore.store import EventStore, Recorded
from shared.vault.keyring import Keyring
from shared.vault.keys import Keys
from shared.vault.sealing import Vault
from tests.access.decisions import asking
from tests.conftest import Stores

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

ACTOR = asking("mash-worker", purpose="strategy-discussion")
DECIDED = authorize(ACTOR, "search-children", Resource())
CANARY = "Zqxwv Ashdown"
CRITERIA = PersonIdentity(names=(PersonName(full=CANARY),), date_of_birth="2001-02-15")
ANSWER = b'{"children":[]}'


@dataclass
class Log:
    """A disclosure log, and a way to read it."""

    store: EventStore
    vault: Vault
    keyring: Keyring
    disclosures: Disclosures

    async def make(self, showing: Showing) -> None:
        await self.disclosures.record(showing, actor=ACTOR, correlation_id=uuid4(), decided=DECIDED)

    async def newest(self) -> tuple[Recorded, DisclosureMade]:
        recorded = (await self.store.after(0))[-1]
        found = recorded.envelope
        data = EVENTS.decode(found.type, found.data)
        assert isinstance(data, DisclosureMade)
        return recorded, data


@pytest_asyncio.fixture
async def log(stores: Stores) -> AsyncIterator[Log]:
    keyring = Keyring.read(stores.keyrings["missing"])
    store = EventStore("missing_disclosures", stores.pool)
    vault = Vault(Keys(stores.pool, keyring))
    yield Log(store, vault, keyring, Disclosures(Repository(store, vault), keyring))
    await store.close()
    await vault.keys.close()


async def test_it_says_who_was_shown_what_and_which_policies_let_them(log: Log) -> None:
    subject, mention = uuid4(), new_mention_id()

    await log.make(
        Showing(
            action="view-child",
            outcome="shown",
            answer=ANSWER,
            subjects=(subject,),
            mentions=(mention,),
            vector={"missing": 7},
            withheld=2,
        )
    )

    recorded, data = await log.newest()
    assert (data.action, data.outcome, data.withheld) == ("view-child", "shown", 2)
    assert (data.subjects, data.about, data.vector) == ((subject,), (mention,), {"missing": 7})
    assert data.roles == ("mash-worker",)
    assert data.policies == DECIDED.policy_ids == ("mash-staff-see-children",)
    assert data.policy_set == DECIDED.policy_set_hash
    assert ACTOR.id.encode() in recorded.body
    assert b"strategy-discussion" in recorded.body


async def test_what_was_searched_for_is_sealed_under_a_key_of_its_own(log: Log) -> None:
    for _ in range(2):
        await log.make(
            Showing(action="search-children", outcome="nothing-found", criteria=CRITERIA)
        )

    first, second = [
        EVENTS.decode(event.type, event.envelope.data) for event in await log.store.after(0)
    ]
    for event in await log.store.after(0):
        for part in (CANARY, "Zqxwv", "Ashdown", "2001-02-15"):
            assert part.encode() not in event.body
    assert [mention.role for mention in first.mentions] == ["searched_for"]
    assert first.mentions[0].mention_id != second.mentions[0].mention_id
    assert first.about == (), "a search is about nobody whom it did not find"

    recorded, data = await log.newest()
    opened = (("missing_disclosures", recorded.event_id, recorded.type, data),)
    await log.vault.open(opened)
    assert data.criteria is not None
    assert data.criteria.opened == CRITERIA


async def test_a_service_that_was_not_let_cannot_open_what_was_searched_for(
    log: Log, stores: Stores
) -> None:
    await log.make(Showing(action="search-children", outcome="nothing-found", criteria=CRITERIA))
    recorded, data = await log.newest()
    stranger = await stores.vault_of("stranger")

    await stranger.open((("missing_disclosures", recorded.event_id, recorded.type, data),))

    assert data.criteria is not None
    assert data.criteria.opened is None
    await stranger.keys.close()


async def test_the_digest_of_the_answer_is_keyed(log: Log, stores: Stores) -> None:
    await log.make(Showing(action="view-child", outcome="shown", answer=ANSWER))
    recorded, data = await log.newest()
    other = Keyring.read(stores.keyrings["mash"])

    assert data.shown == log.keyring.index("shown", ANSWER.hex()).hex()
    assert data.shown != other.index("shown", ANSWER.hex()).hex()
    assert data.shown != sha256(ANSWER).hexdigest()
    assert ANSWER not in recorded.body


async def test_where_it_cannot_be_recorded_nothing_may_be_shown(log: Log, stores: Stores) -> None:
    stores.pool.terminate()

    with pytest.raises(Unavailable):
        await log.make(Showing(action="view-child", outcome="shown", answer=ANSWER))
    with pytest.raises(Unavailable):
        await log.make(
            Showing(action="search-children", outcome="nothing-found", criteria=CRITERIA)
        )


async def test_where_the_store_takes_no_event_nothing_may_be_shown(
    log: Log, stores: Stores
) -> None:
    await stores.database.admin.execute("REVOKE INSERT ON missing_disclosures.event FROM missing")

    with pytest.raises(Unavailable):
        await log.make(Showing(action="view-child", outcome="shown", answer=ANSWER))

    assert await log.store.after(0) == []
