"""The fence: a store and its stream must tell one history, and the relay makes sure of it.

They can part in two ways: the store is restored from an older backup and goes on from there, or two
stores publish under one name. Sequences alone would notice neither.
"""

from collections.abc import Sequence
from typing import NoReturn

from nats.js import JetStreamContext
from nats.js.api import StreamInfo
from nats.js.errors import NotFoundError

from shared.bus.streams import FencedError, ensure_stream, stream_of
from shared.contracts.refusals import Unavailable
from shared.eventstore.pages import is_full
from shared.eventstore.store import EventStore, Recorded


class History:
    """What a store and its stream have in common."""

    def __init__(self, store: EventStore, js: JetStreamContext, replicas: int = 1) -> None:
        self.stream = stream_of(store.name)
        self._store = store
        self._js = js
        self._replicas = replicas

    async def end_of_stream(self) -> Recorded | None:
        """The event with which the stream ends; None if it is empty. Makes the stream if need be.

        Raises:
            FencedError: the store does not have that event at that position, to the byte.
            Unavailable, nats.errors.Error: one of the two does not answer.
        """
        head = await self._store.head()
        info = await ensure_stream(self._js, self._store.name, head.epoch, replicas=self._replicas)
        position = info.state.last_seq
        if position == 0:
            return None
        recorded = await self._store.at(position)
        if recorded is None:
            raise self._parted(position)
        try:
            published = await self._js.get_msg(self.stream, position)
        except NotFoundError:
            await self._make_sure_it_is_lost(info, position)
        if published.data != recorded.body:
            raise self._parted(position)
        return recorded

    async def _make_sure_it_is_lost(self, before: StreamInfo, position: int) -> NoReturn:
        """Tell a stream that has lost its last event from one that was just replaced."""
        now = await self._js.stream_info(self.stream)
        if now.created == before.created and now.state.last_seq >= position:
            raise FencedError(
                f"the stream {self.stream} has lost its last event, {position}. Delete the stream "
                f"('nats stream rm {self.stream}'): it is filled again from the store."
            )
        raise Unavailable("the stream was just made anew")

    async def following(self, last: Recorded | None, limit: int) -> tuple[Sequence[Recorded], bool]:
        """The events after the last one published, at most so many; and whether these are all.

        Raises:
            FencedError: the store does not have that last one any more. So a store that is restored
                while its relay runs does not continue the stream with another history.
            Unavailable: the store does not answer.
        """
        if last is None:
            found = await self._store.after(0, limit)
            return found, len(found) < limit and not is_full(event.body for event in found)
        found = await self._store.after(last.position - 1, limit + 1)
        if not found or found[0].position != last.position or found[0].body != last.body:
            raise self._parted(last.position)
        whole = len(found) <= limit and not is_full(event.body for event in found)
        return found[1:], whole

    def _parted(self, position: int) -> FencedError:
        name = self._store.name
        return FencedError(
            f"the stream {self.stream} and the store {name} differ at position {position}. Either "
            f"the store was restored from an older backup, or two stores publish as {name}. Stop "
            f"the writers of {name} first. If a newer backup exists, restore that one. If this "
            f"store is the right one, delete the stream ('nats stream rm {self.stream}'): it is "
            "filled again from the store; and rebuild what was made from the old history."
        )
