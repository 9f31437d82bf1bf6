"""Sealing events before they are stored, and opening them for who may read them."""

import os
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.contracts.refusals import RuleBroken
from shared.contracts.registry import EventData
from shared.contracts.sealed import (
    BODY_OFFSET,
    HEADER_SIZE,
    LAYOUT_VERSION,
    NONCE_SIZE,
    PADDING,
    Sealed,
    sealed_in,
)
from shared.vault.keyring import scope_of
from shared.vault.keys import Gone, KeyName, Keys


class SealBroken(Exception):
    """A box does not open with its mention's key: it was changed, moved or made by other code."""


class Vault:
    """Seals and opens the events of stores, as far as this service's keyring and grants reach."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    async def seal(self, store: str, events: Sequence[tuple[UUID, str, EventData]]) -> None:
        """Seal every field of these events (id, type, data); their keys are durable on return.

        Raises:
            Unavailable: the vault does not answer; nothing may be stored.
            RuleBroken: a field belongs to a mention whose key was destroyed.
        """
        fields: list[tuple[UUID, str, Sealed[Any], KeyName]] = []
        for event_id, event_type, data in events:
            seen: set[tuple[UUID, int]] = set()
            for field in sealed_in(data):
                slot = (field.owner, field.content_code)
                if slot in seen:
                    raise TypeError(f"two boxes of content {slot[1]} for one mention in an event")
                seen.add(slot)
                name = (field.owner, scope_of(store, field.field_class))
                fields.append((event_id, event_type, field, name))
        if not fields:
            return
        keys = await self.keys.made(list({name for *_, name in fields}))
        for event_id, event_type, field, name in fields:
            key = keys[name]
            if isinstance(key, Gone):
                raise RuleBroken("what is known about this person was erased; it takes no more")
            field.sealed_as(_box(field, event_id, event_type, key))

    async def open(self, events: Iterable[tuple[str, UUID, str, EventData]]) -> None:
        """Open every field of these events (store, id, type, data) that may be opened.

        A field whose key was destroyed becomes `erased`; one without a grant, `withheld`.

        Raises:
            Unavailable: the vault does not answer.
            SealBroken: a box was tampered with.
        """
        fields: list[tuple[UUID, str, Sealed[Any], KeyName]] = []
        for store, event_id, event_type, data in events:
            for field in sealed_in(data):
                name = (field.owner, scope_of(store, field.field_class))
                fields.append((event_id, event_type, field, name))
        if not fields:
            return
        keys = await self.keys.found(name for *_, name in fields)
        for event_id, event_type, field, name in fields:
            key = keys[name]
            if isinstance(key, Gone):
                field.shut("erased" if key is Gone.ERASED else "withheld")
            else:
                field.opened_as(_content(field, event_id, event_type, key))


def _associated(header: bytes, event_id: UUID, event_type: str) -> bytes:
    return header + event_id.bytes + event_type.encode()


def _box(field: Sealed[Any], event_id: UUID, event_type: str, key: AESGCM) -> bytes:
    raw = field.raw
    if raw is None:
        raise TypeError("a field that was read and not opened cannot be sealed again")
    header = (
        bytes((LAYOUT_VERSION, field.field_class))
        + field.content_code.to_bytes(2, "big")
        + field.owner.bytes
    )
    nonce = os.urandom(NONCE_SIZE)
    padded = raw + b" " * (-len(raw) % PADDING)
    return header + nonce + key.encrypt(nonce, padded, _associated(header, event_id, event_type))


def _content(field: Sealed[Any], event_id: UUID, event_type: str, key: AESGCM) -> bytes:
    box = field.box
    if box[0] != LAYOUT_VERSION:
        raise SealBroken(f"layout version {box[0]} is not known here")
    try:
        padded = key.decrypt(
            box[HEADER_SIZE:BODY_OFFSET],
            box[BODY_OFFSET:],
            _associated(box[:HEADER_SIZE], event_id, event_type),
        )
    except InvalidTag as reason:
        raise SealBroken(f"a box of event {event_id} does not open") from reason
    return padded.rstrip(b" ")
