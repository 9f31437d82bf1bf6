"""Words in what is published: a child is never blamed for what is done to her or him."""

import json
import re
from importlib.resources import files

import pytest

from shared.contracts.schemas import asyncapi, sealed_schemas

BLAMING = re.compile(
    r"prostitut|promiscu|lifestyle|put(?:s|ting)?[ _-]+(?:her|him|them|one)?sel(?:f|ves)[ _-]+at"
    r"|puts?[ _-]self|asking[ _-]for[ _-]it|child[ _-]porn",
    re.IGNORECASE,
)
"""Report of 2015, strategy 2.2: a child does not choose this, and no field or code may say so."""

TOOLS = ("wm-cse-screening-2014-02.json", "wm-cse-screening-2014-02-eight.json")


@pytest.mark.parametrize("told", ["Prostitution", "putting herself at risk", "lifestyle-choice"])
def test_such_words_are_found(told: str) -> None:
    assert BLAMING.search(told)


def test_no_field_code_or_description_of_an_event_blames_a_child() -> None:
    assert not BLAMING.search(json.dumps([asyncapi(), sealed_schemas()]))


@pytest.mark.parametrize("tool", TOOLS)
def test_no_screening_tool_blames_a_child(tool: str) -> None:
    assert not BLAMING.search((files("services.screening.tools") / tool).read_text())
