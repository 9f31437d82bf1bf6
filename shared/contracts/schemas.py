"""The published language for other programs and for people: JSON Schema, AsyncAPI, a catalogue."""

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import msgspec
from msgspec import Struct

from shared.contracts.envelope import Envelope
from shared.contracts.registry import EVENTS, Registered, Registry
from shared.contracts.sealed import Sealed, SealedContent, code_of, content_types

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _hook(expected: type) -> dict[str, Any]:
    """A sealed field as it stands in an event; `_say_what_is_inside` adds the rest."""
    if expected is not Sealed:
        raise NotImplementedError(f"no schema for {expected}")
    return {"type": "string", "contentEncoding": "base64"}


def _say_what_is_inside(components: dict[str, Any], types: Iterable[type[Struct]]) -> None:
    """Name the content of every sealed field: msgspec's hook is not told which one it is."""
    for struct in types:
        if (component := components.get(struct.__name__)) is None:
            continue
        for field in msgspec.structs.fields(struct):
            inside = _inside(field.type)
            if inside is None:
                continue
            code, field_class = code_of(inside)
            component["properties"][field.encode_name] |= {
                "description": f"Sealed: {inside.__name__} (content {code}, class "
                f"{field_class.name.lower()}); see /contracts/sealed.json.",
                "x-sealed": inside.__name__,
            }


def _structs_of(annotation: Any) -> Iterator[type[Struct]]:
    """A struct, and every struct that stands in its fields, at whatever depth."""
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        yield annotation
        for field in msgspec.structs.fields(annotation):
            yield from _structs_of(field.type)
    elif getattr(annotation, "__origin__", None) is not Sealed:
        for part in get_args(annotation):
            yield from _structs_of(part)


def _inside(annotation: Any) -> type[SealedContent] | None:
    if getattr(annotation, "__origin__", None) is Sealed:
        found: type[SealedContent] = annotation.__args__[0]
        return found
    return next((f for part in get_args(annotation) if (f := _inside(part)) is not None), None)


def schema_of(event_type: str, registry: Registry = EVENTS) -> dict[str, Any]:
    """The JSON Schema of an event's data, in its newest version.

    Raises:
        UnknownType: there is no such type, or not in that version.
    """
    registered = registry.named(event_type)
    (schema,), components = msgspec.json.schema_components(
        [registered.data_type], schema_hook=_hook, ref_template="#/$defs/{name}"
    )
    _say_what_is_inside(components, _structs_of(registered.data_type))
    return {
        "$schema": DIALECT,
        "$id": f"/contracts/{registered.type}.json",
        "title": registered.type,
        "description": _first_line(registered.data_type),
        **schema,
        "$defs": components,
    }


def sealed_schemas() -> dict[str, Any]:
    """The JSON Schemas of what is inside sealed fields, by content code."""
    found = {}
    for code, inside in sorted(content_types().items()):
        (schema,), components = msgspec.json.schema_components(
            [inside], ref_template="#/$defs/{name}"
        )
        found[str(code)] = {"$schema": DIALECT, "title": inside.__name__, **schema,
                            "$defs": components}  # fmt: skip
    return found


def asyncapi(registry: Registry = EVENTS) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of what is on the bus: who publishes what, under which subject."""
    channels, operations, messages = {}, {}, {}
    for registered in registry.all():
        name = registered.type
        channels[name] = {
            "address": subject_pattern(registered),
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        }
        operations[f"publish-{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
        }
        messages[name] = {
            "name": name,
            "summary": _first_line(registered.data_type),
            "contentType": "application/cloudevents+json",
            "payload": {"$ref": f"/contracts/{name}.json"},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Throughline events",
            "version": "1",
            "description": "CloudEvents 1.0, structured JSON. One stream for each event store; "
            "a message's sequence is the event's position.",
        },
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def catalogue(registry: Registry = EVENTS) -> str:
    """The catalogue of events for people, in Markdown: `docs/events.md`."""
    lines = [
        "# Events",
        "",
        "Made by `python -m shared.contracts.schemas > docs/events.md`; a test fails when it is",
        "stale. Fields marked *sealed* are encrypted in the event. Every event also has the",
        "envelope's attributes:",
        "",
        "| attribute | type |",
        "|---|---|",
        *[f"| `{name}` | {_written(kind)} |" for name, kind in Envelope.__annotations__.items()],
    ]
    for registered in registry.all():
        lines += [
            "",
            f"## {registered.type}",
            "",
            (registered.data_type.__doc__ or "").strip().split("\n\n")[0].replace("\n", " "),
            "",
            f"Subject `{subject_pattern(registered)}`.",
            "",
            "| field | type |",
            "|---|---|",
            *[
                f"| `{field.name}` | {_written(field.type)} |"
                for field in msgspec.structs.fields(registered.data_type)
            ],
        ]
    return "\n".join(lines) + "\n"


def subject_pattern(registered: Registered) -> str:
    """The NATS subject of a type; disclosures stand in every service's own store."""
    service, _, rest = registered.name.partition(".")
    store = "<service>_disclosures" if service == "disclosure" else service
    return f"evt.{store}.{registered.aggregate}.{rest}.v{registered.version}"


def _first_line(data_type: type) -> str:
    return (data_type.__doc__ or "").strip().partition("\n")[0]


def _written(annotation: Any) -> str:
    if (inside := _inside(annotation)) is not None:
        return f"*sealed* `{inside.__name__}`" + (" or none" if annotation.__args__[1:] else "")
    plain = isinstance(annotation, type) and not get_args(annotation)
    text = annotation.__name__ if plain else str(annotation)
    if len(text) > 300:  # noqa: PLR2004 (the mentions: a union of five)
        return "mentions: people, places, vehicles, phones, organisations"
    # Where in our package a type stands is no part of the language.
    text = re.sub(r"shared\.contracts\.(?:[a-z]+\.)*", "", text)
    for noise in ("typing.", "datetime.", "uuid.", "msgspec."):
        text = text.replace(noise, "")
    return f"`{text}`".replace("|", "\\|")


if __name__ == "__main__":
    import shared.contracts  # noqa: F401 (registers every type)

    sys.stdout.write(catalogue())
