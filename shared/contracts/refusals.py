"""Why a command or a question was not carried out. These know no HTTP: `shared.web.problems` does.

A message is shown to whoever asked, so it never repeats what was sent: it says what to do instead.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what was sent.

    Attributes:
        pointer: where, as a JSON pointer into the request body (`/child/identity/names/0`).
        detail: what to do about it; never the value that was sent.
    """

    pointer: str
    detail: str


class Refused(Exception):
    """The root of every refusal. Its message is written for the person or system that asked."""


class Invalid(Refused):
    """What was sent cannot be understood or breaks a rule of form. Nothing was stored."""

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class TooLarge(Refused):
    """A file has more bytes than its kind may have. Nothing was stored."""


class RuleBroken(Refused):
    """The record, as it stands, does not allow this. Nothing was stored."""


class Conflict(Refused):
    """Somebody else changed the record meanwhile; asking again may succeed."""


class KeyReused(Refused):
    """An idempotency key came again with another body."""


class MissingKey(Refused):
    """A command came without a usable idempotency key."""


class InFlight(Refused):
    """The first request with this idempotency key has not been answered yet."""


class NotFound(Refused):
    """There is no such record, or none that this caller may know of: the two look the same."""


class NotPermitted(Refused):
    """The caller may not do this."""


class Unavailable(Refused):
    """Something this service needs does not answer. Nothing was stored; ask again later."""

    def __init__(self, message: str, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
