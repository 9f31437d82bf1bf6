"""Schemas of what we answer in our own bytes: msgspec structs, described as their docstrings do."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from shared.contracts.sealed import Sealed

REF = "#/components/schemas/"
ATTRIBUTE = re.compile(r"^    ([a-z0-9_, ]+): ", re.MULTILINE)


def described(
    shapes: Sequence[Any], taken: Iterable[str] = ()
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The schema of each shape, and the components that they refer to.

    Args:
        shapes: types that msgspec can encode.
        taken: names of components that stand in the document already; another of that name is
            called an answer (`NameAnswer`).
    """
    schemas, components = msgspec.json.schema_components(
        list(shapes), schema_hook=_hook, ref_template=REF + "{name}"
    )
    new_names = {name: f"{name}Answer" for name in components if name in set(taken)}
    omitting = set(_omitting(msgspec.inspect.multi_type_info(list(shapes))))
    found = {
        new_names.get(name, name): _told(schema, whole=name not in omitting)
        for name, schema in components.items()
    }
    return _renamed(list(schemas), new_names), _renamed(found, new_names)


def _hook(kind: type) -> dict[str, Any]:
    if kind is msgspec.Raw:
        return {"description": "Somebody's data as the agency gave it, or absent where withheld."}
    if kind is Sealed:
        return {
            "description": "What is inside, by content in /contracts/sealed.json; or, where it "
            'cannot be shown, why: `{"state": "erased"}` or `{"state": "withheld"}`.',
            "type": "object",
        }
    raise NotImplementedError(f"no schema for {kind}")


def _omitting(info: Any) -> Iterator[str]:
    """The structs whose defaults are left out of what is sent."""
    if isinstance(info, msgspec.inspect.StructType) and info.cls.__struct_config__.omit_defaults:
        yield info.cls.__name__
    if isinstance(info, tuple | list):
        for part in info:
            yield from _omitting(part)
    elif isinstance(info, msgspec.inspect.Type | msgspec.inspect.Field):
        for name in info.__struct_fields__:
            yield from _omitting(getattr(info, name))


def _told(schema: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """A struct's schema with its `Attributes:` beside the properties that they are of.

    Args:
        whole: what we send holds every field, whether or not it has a default.
    """
    text, _, attributes = inspect.cleandoc(schema.get("description", "")).partition("Attributes:")
    properties: dict[str, Any] = schema.get("properties", {})
    if not properties:
        return schema
    told = dict(_attributes(attributes))
    return schema | {
        "description": text.strip(),
        "required": list(properties) if whole else schema.get("required", []),
        "properties": {
            name: given | ({"description": told[name]} if name in told else {})
            for name, given in properties.items()
        },
    }


def _attributes(text: str) -> Iterable[tuple[str, str]]:
    parts = ATTRIBUTE.split(text)[1:]
    for names, about in zip(parts[::2], parts[1::2], strict=True):
        sentence = " ".join(about.split())
        for name in names.split(","):
            yield name.strip(), sentence


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: REF + names.get(item.removeprefix(REF), item.removeprefix(REF))
            if key == "$ref"
            else _renamed(item, names)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value
