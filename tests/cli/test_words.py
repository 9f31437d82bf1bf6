"""What the command says: help with an example, and one clear sentence for whatever goes wrong."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from services.cli.commands import app
from services.cli.keys import TokenKeys
from services.topology import SERVICES
from tests.cli.running import run

CHILD = "7d9f0c4e-0000-4000-8000-000000000000"
pytestmark = pytest.mark.integration

COMMANDS = [
    "",
    "up",
    "serve",
    "demo",
    "token",
    "import",
    "rebuild",
    "show",
    "show child",
    "export",
    "export missing-table",
    "export annex-a-missing",
    "export times-away",
    "export education",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example(command: str) -> None:
    told = run(*command.split(), "--help")

    assert told.returncode == 0, told.stderr
    assert "Example" in told.stdout
    assert f"throughline {command}".strip() in told.stdout


def test_no_command_is_without_an_example() -> None:
    """Every command and group there is, in this process; those above as somebody sees them."""

    def below(command: Any, path: str) -> Iterator[tuple[str, str]]:
        yield path, command.help or ""
        for name, inner in getattr(command, "commands", {}).items():
            yield from below(inner, f"{path} {name}")

    found = dict(below(typer.main.get_command(app), "throughline"))
    assert len(found) > len(COMMANDS)
    assert [path for path, words in found.items() if "Example" not in words] == []
    assert [path for path, words in found.items() if path not in words] == []


def test_whoever_asks_for_help_loads_no_service() -> None:
    """Help is quick because nothing heavy is loaded for it; seconds would say what else runs."""
    asked = "import services.cli.commands, sys; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split()

    heavy = {"fastapi", "asyncpg", "httpx", "nats", "eventsourcing", "services.mash.main"}
    assert heavy & set(told) == set()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "child", CHILD, "--data", "{folder}"], "nothing was ever started"),
        (["token", "mash-worker", "--data", "{folder}"], "nothing was ever started"),
        (["rebuild", "--data", "{folder}"], "nothing was ever started"),
        (["serve", "missing", "--settings", "{folder}/none"], "cannot read the settings file"),
        (["serve", "missing", "--settings", "{folder}/file"], "is not right"),
        (["up", "--data", "{folder}/file"], "cannot be written"),
        (["up", "--data", "/proc/throughline"], "cannot be written"),
        (["demo", "--data", "{folder}/file"], "cannot be written"),
    ],
)
def test_what_goes_wrong_is_said_in_one_sentence(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "file").write_text("{}")
    told = run(*(argument.format(folder=tmp_path) for argument in arguments))
    assert told.returncode == 1
    _is_one_sentence(told.stderr, words)
    assert not (tmp_path / "keys").exists()  # asking makes nothing


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["token", "nobody"], "there is no nobody"),
        (["show", "child", CHILD, "--as", "nobody"], "there is no nobody"),
        (["serve", "nothing", "--settings", "x"], "there is no service nothing"),
        (["show", "child", "nobody"], "valid UUID"),
        (["nonsense"], "No such command"),
    ],
)
def test_what_was_typed_wrong_shows_the_usage(arguments: list[str], words: str) -> None:
    told = run(*arguments)
    assert told.returncode == 2
    assert "Usage: throughline" in told.stderr
    assert words in " ".join(told.stderr.split())
    assert "Traceback" not in told.stderr


def test_an_installation_that_does_not_run_says_how_to_start_it(tmp_path: Path) -> None:
    TokenKeys(tmp_path / "keys")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # bound and not listening: nobody answers there
        (tmp_path / "ports.json").write_text(json.dumps(dict.fromkeys(SERVICES, port)))
        told = run("show", "child", CHILD, "--data", str(tmp_path))
    assert told.returncode == 1
    _is_one_sentence(told.stderr, "nothing answers for")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_of_somebody_elses_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    told = run("up", "--data", str(closed))
    assert told.returncode == 1
    _is_one_sentence(told.stderr, str(closed))


def _is_one_sentence(said: str, words: str) -> None:
    assert words in said
    assert "Traceback" not in said
    assert said.startswith("throughline: ")
    assert len(said.strip().splitlines()) == 1, said
