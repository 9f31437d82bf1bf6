"""The flat layout says what the interface takes: all of it, and nothing else."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, Field

from services.cli.importing.columns import Layout, column_of, document_of
from services.cli.importing.kinds import KINDS
from tests.cli.importing.files import cells, example

KIND_NAMES = sorted(KINDS)


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_the_example_as_a_row_says_what_it_says_as_json(kind: str) -> None:
    layout = Layout(KINDS[kind].body)
    row = cells(kind)
    planted = layout.plant([layout.find(name) for name in row], list(row.values()))
    assert document_of(planted) == example(kind)


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_every_column_can_be_filled_and_is_understood(kind: str) -> None:
    """Each column alone, in a row that has its neighbours, reaches the field it is named for."""
    layout = Layout(KINDS[kind].body)
    for column in layout.columns:
        name = column.name.replace("N", "1")
        found = layout.find(name)
        assert found is not None, name
        here: Any = document_of(layout.plant([found], ["x"]))
        for part in name.split("."):
            here = here[0] if part == "1" else here[part]
        assert here == (["x"] if column.type == "list" else "x")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("child.names.1.full", True),
        (" Child.Names.1.Full ", True),
        ("child.names.20.full", True),
        ("child.names.21.full", False),
        ("child.names.0.full", False),
        ("child.names.-1.full", False),
        ("child.names.01.full", False),
        ("child.names.¹.full", False),
        ("child.names.N.full", False),
        ("child.names.full", False),
        ("child.names", False),
        ("child", False),
        ("questions.12.answer", True),
        ("questions.13.answer", False),
        ("", False),
        (".", False),
        ("risk", False),
        ("risk.level.1", False),
    ],
)
def test_a_header_names_a_column_or_none(name: str, known: bool) -> None:
    assert (Layout(KINDS["report"].body).find(name) is not None) is known


def test_items_close_up_and_a_fault_still_names_the_column() -> None:
    layout = Layout(KINDS["report"].body)
    names = ["places.3.role", "places.7.role", "child.names.2.full"]
    tree = layout.plant([layout.find(name) for name in names], ["lives_at", "seen_at", "Birdie"])
    assert document_of(tree)["places"] == [{"role": "lives_at"}, {"role": "seen_at"}]
    assert column_of("/places/1/role", tree) == "places.7.role"
    assert column_of("/places/1", tree) == "places.7.…"
    assert column_of("/child/names/0/use", tree) == "child.names.2.use"
    assert column_of("/child", tree) == "child.…"
    assert column_of("/risk/level", tree) == "risk.level"
    assert column_of("/", tree) == ""


@pytest.mark.parametrize(
    ("cell", "value"),
    [("7", 7), ("-7", -7), ("07", 7), *((same, same) for same in ("7.0", "1e3", "٣", "9" * 19))],
)
def test_a_whole_number_is_digits(cell: str, value: object) -> None:
    layout = Layout(KINDS["report"].body)
    assert layout.plant([layout.find("report_version")], [cell]) == {"report_version": value}


@pytest.mark.parametrize(
    ("cell", "value"),
    [("yes", True), ("TRUE", True), ("No", False), ("false", False), ("1", "1"), ("y", "y")],
)
def test_a_truth_is_yes_or_no(cell: str, value: object) -> None:
    layout = Layout(KINDS["return"].body)
    planted = layout.plant([layout.find("family_may_know_place")], [cell])
    assert planted == {"family_may_know_place": value}


class Inner(BaseModel):
    on: date
    words: list[str] = Field(default=[])


class Future(BaseModel):
    """A body that somebody else adds."""

    inner: list[Inner] = Field(default=[], max_length=2)
    code: str | None = None


def test_a_kind_that_comes_later_needs_no_work_here() -> None:
    layout = Layout(Future)
    assert [column.name for column in layout.columns] == ["inner.N.on", "inner.N.words", "code"]
    names = ["inner.2.on", "inner.2.words", "code"]
    tree = layout.plant([layout.find(name) for name in names], ["2015-01-02", "a; b\nc;", "x"])
    assert json.dumps(document_of(tree)) == json.dumps(
        {"inner": [{"on": "2015-01-02", "words": ["a", "b", "c"]}], "code": "x"}
    )
    assert layout.find("inner.3.on") is None


class Unfit(BaseModel):
    either: int | str


def test_a_body_without_a_flat_layout_is_noticed_by_whoever_adds_it() -> None:
    with pytest.raises(TypeError):
        Layout(Unfit)
