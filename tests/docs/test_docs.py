"""What is written agrees with what is there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import page as bench_page
from shared.contracts import EVENTS, schemas

ROOT = Path(__file__).parents[2]


def test_the_catalogue_of_events_is_fresh() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "shared.contracts.schemas"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    assert (ROOT / "docs/events.md").read_text() == made


@pytest.mark.parametrize("registered", EVENTS.all(), ids=lambda registered: registered.type)
def test_every_event_has_a_schema_that_says_what_is_sealed(registered: object) -> None:
    schema = schemas.schema_of(registered.type)  # type: ignore[attr-defined]

    text = json.dumps(schema)
    assert schema["$id"] == f"/contracts/{registered.type}.json"  # type: ignore[attr-defined]
    assert text.count('"contentEncoding"') == text.count('"x-sealed"')


def test_the_bus_document_names_every_event() -> None:
    assert set(schemas.asyncapi()["channels"]) == {registered.type for registered in EVENTS.all()}


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_figures_of_the_page_are_those_that_were_measured() -> None:
    text = bench_page.PAGE.read_text()

    assert text == bench_page.page_with(text, json.loads(bench_page.RESULTS.read_text()))


def test_every_test_that_a_requirement_names_is_there() -> None:
    """A row that names no test of ours shows nothing."""
    page = (ROOT / "docs" / "requirements.md").read_text()
    sources = list((ROOT / "tests").rglob("*.py"))
    there = {source.name for source in sources} | {source.stem for source in sources}
    for source in sources:
        there |= set(re.findall(r"def (test_\w+)\(", source.read_text()))
    named = set(re.findall(r"`(test_\w+(?:\.py)?)`", page))
    paths = set(re.findall(r"`(tests/[\w/.]+)`", page))
    assert len(named) > 100
    assert sorted(named - there) == []
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
