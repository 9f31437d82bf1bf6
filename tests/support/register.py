"""The subject register on a real database, fed with events of the missing service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from services.intake.application import IntakeApplication
from services.intake.consumers import MentionLinker
from shared.contracts import EVENTS, intake
from shared.contracts.mentions import Identifier, Mention, PersonIdentity, PersonMention
from shared.contracts.registry import EventData
from shared.contracts.sealed import Sealed
from shared.eventstore.repository import Repository
from shared.projecting.facts import Event
from shared.projecting.opening import Opener
from shared.vault.keyring import Keyring
from tests.conftest import Stores
from tests.projecting.worlds import intake_repository
from tests.support.histories import Thing, context, report


@dataclass
class Register:
    """The subject register, fed with events of the missing service."""

    stores: Stores
    repository: Repository
    application: IntakeApplication
    opener: Opener

    async def events(self) -> list[Event]:
        """What the missing service has published, opened as far as intake may."""
        recorded = await self.stores.store.after(0)
        found, parked = await self.opener.opened(
            [("missing", event.position, event.body) for event in recorded]
        )
        assert not parked
        return found

    async def hear(self, *identifiers: Identifier, also: tuple[Mention, ...] = ()) -> UUID:
        """A report about a child with these identifiers is made, and linked."""
        thing = Thing.report(with_identifiers(*identifiers, also=also))
        await self.stores.repository.save(thing, context=context())
        await MentionLinker(self.application).handle((await self.events())[-1])
        return thing.child

    async def subject(self, mention_id: UUID) -> UUID:
        found = await self.application.link_of(mention_id=mention_id)
        assert found is not None
        return found

    async def decided(self) -> list[EventData]:
        return [
            EVENTS.decode(event.type, event.envelope.data)
            for event in await self.repository.store.after(0)
        ]

    async def link(self, mention_id: UUID) -> intake.MentionLinked:
        (first, *_) = await self.repository.store.of_record(mention_id)
        found = EVENTS.decode(first.type, first.envelope.data)
        assert isinstance(found, intake.MentionLinked)
        return found


def with_identifiers(*identifiers: Identifier, also: tuple[Mention, ...] = ()) -> Any:
    data = report()
    identity = PersonIdentity(identifiers=identifiers)
    child = PersonMention(
        mention_id=data.child, role="child", identity=Sealed.of(data.child, identity)
    )
    return msgspec.structs.replace(data, mentions=(child, *also))


@asynccontextmanager
async def making_register(stores: Stores) -> AsyncIterator[Register]:
    """An empty register."""
    repository = await intake_repository(stores)
    keyring = Keyring.read(stores.keyrings["intake"])
    application = IntakeApplication(repository, keyring)
    yield Register(stores, repository, application, Opener(await stores.vault_of("intake")))
    await repository.store.close()
