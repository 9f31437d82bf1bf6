"""What is appended, and what comes back: plain values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.refusals import Refused


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event that waits for its position and time.

    Attributes:
        body: everything of the event but these two (`shared.contracts.envelope.prepare`).
    """

    event_id: UUID
    record_id: UUID
    record_version: int
    type: str
    occurred_at: datetime
    agency: str
    correlation_id: UUID
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that may belong to one record only.

    Attributes:
        kind: what is claimed: `force-report`, `person-identifier`.
        key: blind index of the value (`Keyring.index`).
        holder: the record that claims it. Claiming again what one holds is no conflict.
    """

    kind: str
    key: bytes
    holder: UUID


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that events are stored.

    Attributes:
        event_ids: of the events, in the order in which they were appended.
        record_ids: of the records they happened to, each once, in the same order.
        first_position, last_position: where they stand.
        recorded_at: when they were recorded.
    """

    event_ids: tuple[UUID, ...]
    record_ids: tuple[UUID, ...]
    first_position: int
    last_position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """The answer to keep for an idempotency key, written once the receipt is known.

    Attributes:
        rehearsal: nothing is to be stored: see `Rehearsed`.
    """

    client: str
    key: str
    request_hash: bytes
    status: int
    body: Callable[[Receipt], bytes]
    rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class Append:
    """Events to append together, with what must be true in the same transaction."""

    events: tuple[Prepared, ...]
    claims: tuple[Claim, ...] = ()
    answer: AnswerDraft | None = None


class Claimed(Refused):
    """A claim is held by another record.

    Attributes:
        kind: of the claim.
        holder: the record that holds it.
    """

    def __init__(self, kind: str, holder: UUID) -> None:
        super().__init__("another record holds this reference already")
        self.kind = kind
        self.holder = holder


class AlreadyAnswered(Refused):
    """The idempotency key was answered before, perhaps by another process a moment ago."""


class Rehearsed(Exception):
    """Everything was decided, and would be stored were this not a rehearsal.

    Attributes:
        types: of the events that would be stored, in their order.
    """

    def __init__(self, types: tuple[str, ...]) -> None:
        super().__init__("nothing was stored: it was a rehearsal")
        self.types = types
