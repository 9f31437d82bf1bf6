"""The flat layout of a request model: its fields as columns of a table.

A column's name is the way to its field: `child.date_of_birth`; items of a list have a number, from
1: `places.2.postcode`. The layout is read from the model, so that it cannot differ from what the
interface takes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from annotated_types import MaxLen
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

MANY = 20
"""Items of a list whose model does not say how many there may be."""

SEPARATORS = re.compile(r"[;\n]")
"""Between the entries of a cell that holds a list: codes, or the lines of an address."""

WHOLE = re.compile(r"-?[0-9]{1,18}")
WORDS: dict[Any, str] = {
    str: "text", int: "whole number", bool: "yes or no", date: "day", UUID: "id",
    datetime: "time", AwareDatetime: "time",
}  # fmt: skip
TRUTH = {"true": True, "yes": True, "false": False, "no": False}

Path = tuple[str | int, ...]
Tree = dict[Any, Any]
"""A document whose lists are still objects by item number: what a row fills in."""


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        path: the way to its field; an item of a list by its number, from 1 (0: any).
        type: `text`, `code`, `time`, `day`, `whole number`, `yes or no`, `id`, or `list`.
        choices: what it may say, where that is a fixed list.
        needed: the row is refused without it.
        needed_within: the object or item that it is of is refused without it.
    """

    path: Path
    type: str
    choices: tuple[str, ...]
    needed: bool
    needed_within: bool
    description: str

    @property
    def name(self) -> str:
        """As it stands in the header."""
        return ".".join("N" if part == 0 else str(part) for part in self.path)


class Layout:
    """The columns of a model."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.columns = tuple(_walk(model, (), needed=True))
        self._by_name = {column.name: column for column in self.columns}
        self._most = {
            column.path[:index]: most
            for column in self.columns
            for index, most in _lists(model, column.path)
        }

    def find(self, name: str) -> Column | None:
        """The column of a header cell, if there is one: case and spaces around it do not matter."""
        parts = name.strip().lower().split(".")
        path = tuple(int(part) if re.fullmatch("[1-9][0-9]?", part) else part for part in parts)
        general = tuple(0 if isinstance(part, int) else part for part in path)
        found = self._by_name.get(".".join("N" if part == 0 else str(part) for part in general))
        if found is None:
            return None
        for index, part in enumerate(path):
            if isinstance(part, int) and part > self._most[general[:index]]:
                return None
        return replace(found, path=path)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that every file has: what is needed and stands at the top."""
        return tuple(c.name for c in self.columns if c.needed and len(c.path) == 1)

    def plant(self, columns: Sequence[Column | None], cells: Sequence[str]) -> Tree:
        """What a row says. A blank cell says nothing."""
        tree: Tree = {}
        for column, cell in zip(columns, cells, strict=False):
            if column is None or not cell.strip():
                continue
            here = tree
            for part in column.path[:-1]:
                here = here.setdefault(part, {})
            here[column.path[-1]] = _value(column, cell.strip())
        return tree

    def cells(self, document: Any) -> dict[str, str]:
        """A document as columns and cells: the other way round, for examples."""
        found: dict[str, str] = {}
        for path, value in _leaves(document, ()):
            column = self.find(".".join(map(str, path)))
            if column is None:
                raise ValueError(f"there is no column for {path}")
            found[column.name] = _cell(value)
        return found


@cache
def layout_of(model: type[BaseModel]) -> Layout:
    """The columns of a model, read once."""
    return Layout(model)


def document_of(tree: Any) -> Any:
    """A row's document: items of lists close up where numbers are left out."""
    if isinstance(tree, dict):
        if tree and all(isinstance(part, int) for part in tree):
            return [document_of(tree[number]) for number in sorted(tree)]
        return {name: document_of(value) for name, value in tree.items()}
    return tree


def column_of(pointer: str, tree: Any) -> str:
    """The column, or the beginning of the columns, that a JSON pointer into the document is of."""
    names: list[str] = []
    here = tree
    for part in pointer.split("/")[1:]:
        if isinstance(here, list):
            # An entry of a cell that holds a list: the cell is what there is to mend.
            break
        if isinstance(here, dict) and here and all(isinstance(each, int) for each in here):
            number = sorted(here)[int(part)] if part.isdigit() and int(part) < len(here) else part
            names.append(str(number))
            here = here.get(number)
        elif part:
            names.append(part)
            here = here.get(part) if isinstance(here, dict) else None
    name = ".".join(names)
    return f"{name}.…" if isinstance(here, dict) and name else name


def _walk(model: type[BaseModel], above: Path, *, needed: bool) -> Iterator[Column]:
    for name, field in model.model_fields.items():
        kind = _bare(field.annotation)
        path = (*above, name)
        own = needed and field.is_required()
        inner = _bare(get_args(kind)[0]) if get_origin(kind) is list else None
        if _is_model(kind):
            yield from _walk(kind, path, needed=own)
        elif inner is not None and _is_model(inner):
            yield from _walk(inner, (*path, 0), needed=False)
        else:
            choices = get_args(inner or kind) if get_origin(inner or kind) is Literal else ()
            word = "list" if inner is not None else _type_of(kind)
            yield Column(
                path, word, tuple(map(str, choices)), own, field.is_required(), _said(field)
            )


def _lists(model: type[BaseModel], path: Path) -> Iterator[tuple[int, int]]:
    """Where a path goes through a list of objects, and how many of those there may be."""
    here: Any = model
    for index, part in enumerate(path):
        if part == 0:
            continue
        field = here.model_fields[part]
        kind = _bare(field.annotation)
        if index + 1 < len(path) and path[index + 1] == 0:
            limits = [found.max_length for found in field.metadata if isinstance(found, MaxLen)]
            yield index + 1, min([*limits, MANY])
            kind = _bare(get_args(kind)[0])
        here = kind


def _bare(annotation: Any) -> Any:
    """A type without what is said about it, and without None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in {Union, UnionType}:
            kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
            if len(kinds) != 1:
                raise TypeError("a field of several types has no column")
            annotation = kinds[0]
        elif hasattr(annotation, "__value__"):
            annotation = annotation.__value__
        else:
            return annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _type_of(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "code"
    found = WORDS.get(kind)
    if found is None:
        raise TypeError(f"a field of type {kind} has no column")
    return found


def _said(field: FieldInfo) -> str:
    said = [field.description]
    said += [meta.description for meta in field.metadata if isinstance(meta, FieldInfo)]
    return " ".join(text for text in said if text)


def _value(column: Column, cell: str) -> Any:
    """A cell as the model takes it. What cannot be read stays text, for the model to refuse."""
    if column.type == "list":
        return [entry.strip() for entry in SEPARATORS.split(cell) if entry.strip()]
    if column.type == "whole number" and WHOLE.fullmatch(cell):
        return int(cell)
    if column.type == "yes or no":
        return TRUTH.get(cell.lower(), cell)
    return cell


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value, 1):
            yield from _leaves(inner, (*path, number))
    elif value is not None:
        yield path, value


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value)
