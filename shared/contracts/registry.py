"""Which event types exist, in which versions, and how an old one becomes today's.

A type is `<service>.<what-happened>.v<N>` (`missing.episode-reported.v1`): permanent, never a
Python path, so that moving a file orphans no history. Declare the struct of the newest version with
`@event_type`; when its shape changes, register the new version and an `@upcaster` from the old
one.
"""

import re
from binascii import a2b_base64
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from shared.contracts.mentions import Mention
from shared.contracts.sealed import Sealed

TYPE_PATTERN = re.compile(r"^[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$")


class EventData(Struct, frozen=True, kw_only=True):
    """What every event's data holds, beside its own fields.

    Attributes:
        about: earlier mentions that this event concerns.
        mentions: people, places and things that this event is the first to speak of. With `about`,
            they say by themselves whom the event concerns.
    """

    about: tuple[UUID, ...] = ()
    mentions: tuple[Mention, ...] = ()


D = TypeVar("D", bound=EventData)
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class Registered(Struct, frozen=True):
    """One event type in its newest version.

    Attributes:
        name: `<service>.<what-happened>`, without the version.
        version: the newest.
        aggregate: the kind of record it happens to; the third token of its NATS subject.
        data_type: the struct.
    """

    name: str
    version: int
    aggregate: str
    data_type: type[EventData]

    @property
    def type(self) -> str:
        """The type as it stands in the envelope."""
        return f"{self.name}.v{self.version}"


class UnknownType(LookupError):
    """No such event type here: newer than this code, or not ours."""


class Registry:
    """Event types and upcasters. The product has one, `EVENTS`; tests make their own."""

    def __init__(self) -> None:
        self._by_name: dict[str, Registered] = {}
        self._by_data: dict[type[EventData], Registered] = {}
        self._upcasters: dict[str, Upcaster] = {}
        self._decoders: dict[str, msgspec.json.Decoder[EventData]] = {}

    def event_type(self, event_type: str, *, aggregate: str) -> Callable[[type[D]], type[D]]:
        """Register a struct as the newest version of an event type.

        Raises:
            TypeError: the name is malformed or taken.
        """

        def register(cls: type[D]) -> type[D]:
            if not TYPE_PATTERN.match(event_type):
                raise TypeError(f"{event_type!r} is not <service>.<what-happened>.v<N>")
            name, _, version = event_type.rpartition(".v")
            if name in self._by_name:
                raise TypeError(f"{name} is registered already")
            registered = Registered(name, int(version), aggregate, cls)
            self._by_name[name] = registered
            self._by_data[cls] = registered
            self._decoders[event_type] = msgspec.json.Decoder(cls, dec_hook=read_sealed)
            return cls

        return register

    def upcaster(self, from_type: str) -> Callable[[Upcaster], Upcaster]:
        """Register the step from one version of a type's data to the next, on plain dicts.

        It may not look into a box: sealed content has versions of its own, by its content code.
        """

        def register(step: Upcaster) -> Upcaster:
            if from_type in self._upcasters:
                raise TypeError(f"{from_type} has an upcaster already")
            self._upcasters[from_type] = step
            return step

        return register

    def of(self, data_type: type[EventData]) -> Registered:
        """How a struct is registered."""
        return self._by_data[data_type]

    def named(self, event_type: str) -> Registered:
        """The registration behind a type of any version.

        Raises:
            UnknownType: not registered, or of a newer version than this code knows.
        """
        name, _, version = event_type.rpartition(".v")
        found = self._by_name.get(name)
        if found is None or not version.isdecimal() or int(version) > found.version:
            raise UnknownType(event_type)
        return found

    def all(self) -> list[Registered]:
        """Every registered type, by name."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def decode(self, event_type: str, data: bytes | msgspec.Raw) -> EventData:
        """Data of any version, as the newest struct; its boxes stay sealed.

        Raises:
            UnknownType: see `named`.
            msgspec.ValidationError: the bytes are not of that type.
        """
        decoder = self._decoders.get(event_type)
        if decoder is not None:
            return decoder.decode(data)
        registered = self.named(event_type)
        state: dict[str, Any] = msgspec.json.decode(data)
        version = int(event_type.rpartition(".v")[2])
        while version < registered.version:
            state = self._upcasters[f"{registered.name}.v{version}"](state)
            version += 1
        return msgspec.convert(state, registered.data_type, dec_hook=read_sealed, builtin_types=())


def read_sealed(expected: type, value: Any) -> Any:
    """Hook of msgspec: a box from its text; anything else it asks about is a fault of ours."""
    if getattr(expected, "__origin__", None) is Sealed and isinstance(value, str):
        # A malformed text is a ValueError, which the decoder reports as a ValidationError.
        return Sealed(None, None, a2b_base64(value, strict_mode=True))
    raise NotImplementedError(f"no such field type: {expected}")


def write_sealed(value: Any) -> Any:
    """Hook of msgspec: a box as its bytes, in JSON base64. Plain content is refused."""
    if isinstance(value, Sealed):
        return value.box
    raise NotImplementedError(f"no such field type: {type(value)}")


_ENCODER = msgspec.json.Encoder(enc_hook=write_sealed)


def encode(data: EventData) -> bytes:
    """The stored bytes of an event's data.

    Raises:
        NotOpened: a field was not sealed first.
    """
    return _ENCODER.encode(data)


EVENTS = Registry()
"""Every event type of the product, registered by the modules of this package."""
