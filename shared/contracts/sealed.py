"""Sealed fields: what describes a person is written in events only as a box.

A box is the ciphertext of one small struct (its *content*), under the key of exactly one mention
(its *owner*). Everything needed to find the key stands in the box itself. Byte layout, version 1::

    offset  size  what
    0       1     layout version, 1
    1       1     field class (see FieldClass)
    2       2     content code, big endian: which struct is inside, never reused
    4       16    owner: the mention's id
    20      12    nonce, random
    32      n     AES-256-GCM ciphertext and its 16-byte tag

Associated data: bytes 0 to 31 of the box, then the event's id (16 bytes), then the event's type
(UTF-8). So a box cannot be moved to another event, mention, class or kind of content. The plaintext
is JSON padded with spaces to a multiple of 64 bytes, so that lengths tell little. In an event a box
is base64 text. One event holds at most one box of a kind of content per owner, for two could be
swapped.

This module knows the layout and no cryptography; `shared.vault` seals and opens.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Generic, Literal, TypeVar, cast, get_args, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Struct

LAYOUT_VERSION = 1
HEADER_SIZE = 20
NONCE_SIZE = 12
BODY_OFFSET = HEADER_SIZE + NONCE_SIZE
PADDING = 64


class FieldClass(IntEnum):
    """What kind of thing a box holds; grants are given per class. Numbers are never reused."""

    IDENTITY = 1
    """Names, date of birth, identifiers, descriptions: who it is."""
    WHEREABOUTS = 2
    """Addresses and places: where somebody can be found."""
    CONTACT = 3
    """Phone numbers and online names: how somebody can be reached."""
    NARRATIVE = 4
    """Free text, reference numbers and assessments: what is said about somebody."""
    PICTURE = 5
    """Photographs: what somebody looks like."""


class SealedContent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The root of every content: declare with `@content(code, field_class)`."""


C = TypeVar("C", bound=SealedContent)
State = Literal["plain", "sealed", "opened", "erased", "withheld"]

_BY_CODE: dict[int, type[SealedContent]] = {}
_CODES: dict[type[SealedContent], tuple[int, FieldClass]] = {}
_DECODERS: dict[int, msgspec.json.Decoder[SealedContent]] = {}


def content(code: int, field_class: FieldClass) -> Callable[[type[C]], type[C]]:
    """Register a content struct under its permanent code.

    Raises:
        TypeError: the code is taken.
    """

    def register(cls: type[C]) -> type[C]:
        if code in _BY_CODE:
            raise TypeError(f"content code {code} is taken by {_BY_CODE[code].__name__}")
        _BY_CODE[code] = cls
        _CODES[cls] = (code, field_class)
        _DECODERS[code] = msgspec.json.Decoder(cls)
        return cls

    return register


def content_types() -> dict[int, type[SealedContent]]:
    """Every registered content by its code."""
    return dict(_BY_CODE)


def code_of(cls: type[SealedContent]) -> tuple[int, FieldClass]:
    """The permanent code and the field class of a content."""
    return _CODES[cls]


class NotOpened(RuntimeError):
    """Somebody read a box that was not opened for them. A fault in our code, never the caller's."""


class Sealed(Generic[C]):
    """A sealed field, before sealing, sealed, or opened again.

    States: `plain` (just made, not yet stored), `sealed` (read, not opened), `opened`, `erased`
    (its key was destroyed) and `withheld` (this service has no grant for it).
    """

    __slots__ = ("_box", "_content", "_owner", "_raw", "state")

    def __init__(self, owner: UUID | None, content: C | None, box: bytes | None) -> None:
        self._owner = owner
        self._content = content
        self._raw: bytes | None = None
        self._box = box
        self.state: State = "plain" if box is None else "sealed"

    @classmethod
    def of(cls, owner: UUID, content: C) -> "Sealed[C]":
        """Content that is to be sealed under the key of the mention `owner`."""
        return cls(owner, content, None)

    @property
    def owner(self) -> UUID:
        """The mention under whose key it is sealed."""
        if self._owner is None:
            self._owner = UUID(bytes=self.box[4:HEADER_SIZE])
        return self._owner

    @property
    def field_class(self) -> FieldClass:
        """The class by which grants are given."""
        if self._box is None and self._content is not None:
            return _CODES[type(self._content)][1]
        return FieldClass(self.box[1])

    @property
    def content_code(self) -> int:
        """Which content is inside."""
        if self._box is None and self._content is not None:
            return _CODES[type(self._content)][0]
        return int.from_bytes(self.box[2:4], "big")

    @property
    def box(self) -> bytes:
        """The stored bytes.

        Raises:
            NotOpened: it was never sealed; plain content is never written.
        """
        if self._box is None:
            raise NotOpened("a plain field met an encoder: it was not sealed")
        return self._box

    @property
    def content(self) -> C:
        """What is inside.

        Raises:
            NotOpened: it is sealed, erased or withheld; ask `opened` where that may be.
        """
        found = self.opened
        if found is None:
            raise NotOpened(f"the field is {self.state}")
        return found

    @property
    def opened(self) -> C | None:
        """What is inside, or None where it is sealed, erased or withheld."""
        if self._content is None and self._raw is not None:
            # Decoded only when somebody looks: a rebuild passes most contents on as they are.
            self._content = cast("C", _DECODERS[self.content_code].decode(self._raw))
        return self._content

    @property
    def raw(self) -> bytes | None:
        """What is inside as JSON bytes, or None where it cannot be read."""
        if self._raw is None and self._content is not None:
            self._raw = msgspec.json.encode(self._content)
        return self._raw

    def sealed_as(self, box: bytes) -> None:
        """Set the stored bytes (the vault calls this)."""
        self._box = box

    def opened_as(self, raw: bytes) -> None:
        """Set the JSON that was found inside (the vault calls this)."""
        self._raw = raw
        self.state = "opened"

    def shut(self, state: Literal["erased", "withheld"]) -> None:
        """Say that it cannot be opened, and why (the vault calls this)."""
        self._content = self._raw = None
        self.state = state

    def __repr__(self) -> str:
        """Without the content: a repr ends up in logs."""
        return f"<Sealed {self.state}>"

    def __eq__(self, other: object) -> bool:
        """Equal by content where both are readable, else by stored bytes."""
        if not isinstance(other, Sealed):
            return NotImplemented
        if self.opened is not None and other.opened is not None:
            return self.opened == other.opened and self.owner == other.owner
        return self._box is not None and self._box == other._box

    __hash__ = None  # type: ignore[assignment] # it changes state, so it is no key


def sealed_in(value: Any) -> list[Sealed[Any]]:
    """Every sealed field of an event's data, in the order of its fields."""
    found: list[Sealed[Any]] = []
    _collect(value, found)
    return found


def _collect(value: Any, found: list[Sealed[Any]]) -> None:
    # No generator: this runs for every event that is sealed or opened.
    if isinstance(value, Sealed):
        found.append(value)
    elif isinstance(value, Struct):
        for name in _fields_that_may_seal(type(value)):
            if inner := getattr(value, name):  # mostly nothing is there
                _collect(inner, found)
    elif isinstance(value, tuple):
        for item in value:
            _collect(item, found)


_SEALING_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields_that_may_seal(cls: type[Struct]) -> tuple[str, ...]:
    """Skipped per type, once: most fields are codes and times."""
    found = _SEALING_FIELDS.get(cls)
    if found is None:
        hints = get_type_hints(cls)
        found = tuple(name for name in cls.__struct_fields__ if _may_seal(hints[name], set()))
        _SEALING_FIELDS[cls] = found
    return found


def _may_seal(annotation: Any, seen: set[Any]) -> bool:
    if getattr(annotation, "__origin__", None) is Sealed or annotation is Sealed:
        return True
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        if annotation in seen:
            return False
        seen.add(annotation)
        return any(_may_seal(hint, seen) for hint in get_type_hints(annotation).values())
    return any(_may_seal(part, seen) for part in get_args(annotation))
