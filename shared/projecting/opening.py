"""From stored bytes to events that a projection can read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from shared.contracts import envelope
from shared.contracts.registry import EVENTS, Registry, UnknownType
from shared.projecting.facts import Event
from shared.vault.sealing import SealBroken, Vault


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that could not be read, and why, in a word that tells nothing of its content."""

    store: str
    position: int
    reason: str


AT_ONCE = 200
"""Events decoded before others have a turn: some milliseconds."""


class Opener:
    """Decodes and opens events in bulk."""

    def __init__(self, vault: Vault, registry: Registry = EVENTS) -> None:
        self._vault = vault
        self._registry = registry

    async def opened(
        self, bodies: Sequence[tuple[str, int, bytes]]
    ) -> tuple[list[Event], list[Parked]]:
        """The events of these bytes (store, position, body), opened as far as grants reach.

        An event of an unknown type comes back without data; one that cannot be read is parked.

        Raises:
            Unavailable: the vault does not answer; nothing was decided about any event.
        """
        events: list[Event] = []
        parked: list[Parked] = []
        for number, (store, position, body) in enumerate(bodies, 1):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
            try:
                found = envelope.read(body)
                data = self._registry.decode(found.type, found.data)
            except UnknownType:
                events.append(Event(store, position, body, envelope.read(body), None))
            except (msgspec.DecodeError, KeyError, TypeError, ValueError) as reason:
                parked.append(Parked(store, position, type(reason).__name__))
            else:
                events.append(Event(store, position, body, found, data))
        try:
            await self._open(events)
        except SealBroken:
            # One broken box must not hold up the rest: find it by opening one at a time.
            readable = []
            for event in events:
                try:
                    await self._open([event])
                except SealBroken as reason:
                    parked.append(Parked(event.store, event.position, type(reason).__name__))
                else:
                    readable.append(event)
            events = readable
        return events, parked

    async def _open(self, events: Sequence[Event]) -> None:
        await self._vault.open(
            [
                (event.store, event.envelope.id, event.envelope.type, event.data)
                for event in events
                if event.data is not None
            ]
        )
