"""Trying rules over the past: what is wrong is said in one sentence, before anything is asked."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.commands import app

RULES = """{"rules": [{"name": "repeat-episodes", "version": 2, "says": "Twice in ten days.",
"source": "A test.", "answer_in_hours": 24, "episodes": 2, "days": 10}]}"""


def run(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["alerts", *arguments], env={"COLUMNS": "200"})
    return found.exit_code, " ".join((found.output + str(found.exception or "")).split())


def test_the_help_has_its_examples() -> None:
    code, said = run("try", "--help")
    assert code == 0
    assert "throughline alerts try repeat-episodes --rules two-episodes.json" in said


def test_a_rule_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    code, said = run("try", "four-episodes", "--data", str(tmp_path))
    assert code == 2
    assert "there is no rule four-episodes" in said
    assert "young-child" in said


@pytest.mark.parametrize(
    "text", ["", "{", '{"rules": [{"name": "x"}]}', RULES.replace("10}", "0}")]
)
def test_a_file_that_holds_no_rules_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.json"
    file.write_text(text)
    code, said = run("try", "--rules", str(file), "--data", str(tmp_path))
    assert code == 2
    assert "is no file of rules" in said


def test_where_nothing_was_started_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(RULES)
    code, said = run("try", "--rules", str(file), "--data", str(tmp_path / "nowhere"))
    assert code == 1
    assert "nothing was ever started" in said
