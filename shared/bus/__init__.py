"""The bus: every event store's events on NATS JetStream, in order, under their own positions.

The bus is never the record. A stream may lose its tail or be lost as a whole: the relay fills it
again from the store, with the same sequences, and readers wait until it has reached them.
"""

from shared.bus.connection import Connection, NotAllowed, connect
from shared.bus.reader import Message, Reader
from shared.bus.relay import Relay, RelayState
from shared.bus.streams import (
    FencedError,
    ensure_stream,
    reader_permissions,
    relay_permissions,
    stream_of,
    subject_of,
)

__all__ = [
    "Connection",
    "FencedError",
    "Message",
    "NotAllowed",
    "Reader",
    "Relay",
    "RelayState",
    "connect",
    "ensure_stream",
    "reader_permissions",
    "relay_permissions",
    "stream_of",
    "subject_of",
]
