"""The envelope: an event as it is stored and published, to the byte.

An event is one CloudEvents 1.0 document in structured JSON. The bytes in the store, on the bus and
in every archive are the same; they are made once and never encoded again. The part that the
committer decides (position and time) stands first, so that the rest can be prepared beforehand::

    {"position":7,"time":"2015-03-27T22:10:00.000000Z", ... everything else ... ,"data":{...}}

The leaf hash of the Merkle log is made over these bytes:
`SHA-256(0x00 || 0x01 || length || bytes)`, where 0x00 marks a leaf (RFC 9162, section 2.1.1), 0x01
is the version of this layout and the length is 8 bytes, big endian.
"""

from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from shared.contracts.context import Context, Handling, Regime

LEAF_PREFIX = b"\x00\x01"
MAX_EVENT_BYTES = 2 * 1024 * 1024
"""Larger than any accepted request can make, smaller than the bus carries (4 MiB)."""


class Envelope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event's envelope, in CloudEvents' attribute names.

    Attributes:
        position: 1, 2, 3 ... in the store of `source`, in commit order, without a gap.
        time: when the store recorded it; never less than the event's before it.
        id: of the event.
        source: `/<store>`: whose positions these are.
        type: `<service>.<what-happened>.v<N>`.
        subject: the record it happened to (the aggregate's opaque id).
        recordversion: 1, 2, 3 ... within that record.
        occurredat: when it happened in the world.
        handling: who may see it.
        dataschema: where its JSON Schema is served.
        data: the event's own content, clear and sealed.

    The rest is the `Context`.
    """

    position: int
    time: str
    specversion: str
    id: UUID
    source: str
    type: str
    subject: UUID
    recordversion: int
    occurredat: str
    agency: str
    actor: str
    purpose: str
    basis: str
    regime: Regime
    handling: Handling
    correlationid: UUID
    causationid: UUID | None = None
    dataschema: str
    datacontenttype: str
    data: msgspec.Raw

    @property
    def store(self) -> str:
        """The store that it is from: `missing`, `missing_disclosures`."""
        return self.source[1:]

    @property
    def context(self) -> Context:
        """Who did it, for whom, why."""
        return Context(
            actor=self.actor,
            agency=self.agency,
            purpose=self.purpose,
            basis=self.basis,
            regime=self.regime,
            correlation_id=self.correlationid,
            causation_id=self.causationid,
        )


class _Rest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The envelope without what the committer decides, in the order in which it is written."""

    specversion: str
    id: UUID
    source: str
    type: str
    subject: UUID
    recordversion: int
    occurredat: str
    agency: str
    actor: str
    purpose: str
    basis: str
    regime: Regime
    handling: Handling
    correlationid: UUID
    causationid: UUID | None = None
    dataschema: str
    datacontenttype: str
    data: msgspec.Raw


_DECODER = msgspec.json.Decoder(Envelope)
_ENCODER = msgspec.json.Encoder()


def prepare(
    *,
    event_id: UUID,
    store: str,
    event_type: str,
    record_id: UUID,
    record_version: int,
    occurred_at: str,
    handling: Handling,
    context: Context,
    data: bytes,
) -> bytes:
    """Everything of an event but its position and time, ready to be finished by the committer."""
    return _ENCODER.encode(
        _Rest(
            specversion="1.0",
            id=event_id,
            source=f"/{store}",
            type=event_type,
            subject=record_id,
            recordversion=record_version,
            occurredat=occurred_at,
            agency=context.agency,
            actor=context.actor,
            purpose=context.purpose,
            basis=context.basis,
            regime=context.regime,
            handling=handling,
            correlationid=context.correlation_id,
            causationid=context.causation_id,
            dataschema=f"/contracts/{event_type}.json",
            datacontenttype="application/json",
            data=msgspec.Raw(data),
        )
    )


def finish(prepared: bytes, position: int, recorded_at: str) -> bytes:
    """The event's bytes, as stored and published from now on."""
    return b'{"position":%d,"time":"%s",%s' % (position, recorded_at.encode(), prepared[1:])


def read(body: bytes) -> Envelope:
    """The envelope of stored bytes; its data is not decoded yet.

    Raises:
        msgspec.ValidationError: these are not an event's bytes.
    """
    return _DECODER.decode(body)


def leaf_hash(body: bytes) -> bytes:
    """The Merkle log's leaf for stored bytes: 32 bytes."""
    return sha256(LEAF_PREFIX + len(body).to_bytes(8, "big") + body).digest()
