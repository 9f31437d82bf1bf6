"""What `make smoke` looks for is seen wherever it stands, and not where it only seems to."""

from pathlib import Path

import pytest

from services.cli.canaries import IN_CLEAR, in_files, words_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of an installation in which all is well."""
    for place in ("nats/jetstream/MISSING/msgs", "logs", "postgres"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "nats/jetstream/MISSING/msgs/1.blk").write_bytes(b"\0" + IN_CLEAR + b"\xff")
    (tmp_path / "logs/missing.log").write_text("{}")
    (tmp_path / "postgres/log").write_text("ready")
    return tmp_path


def test_where_no_word_of_the_story_is_nothing_is_said(folder: Path) -> None:
    assert in_files(folder) == []


@pytest.mark.parametrize(
    "file",
    ["nats/jetstream/MISSING/msgs/1.blk", "nats/log", "logs/missing.log", "postgres/log"],
)
def test_a_word_of_the_story_in_a_stream_or_log_is_seen(folder: Path, file: str) -> None:
    with (folder / file).open("ab") as written:
        written.write(b'DETAIL: Key (name)=(Wren Ashdown) {"registration":"NV12"}')

    assert in_files(folder) == [
        f"{file} holds {word!r} in clear" for word in ("Ashdown", "NV12", "Wren")
    ]


def test_files_in_which_nothing_could_be_found_are_no_proof(folder: Path) -> None:
    (folder / "nats/jetstream/MISSING/msgs/1.blk").write_bytes(b"")

    assert in_files(folder) == ["the bus's files hold no report: nothing was looked for"]


def test_four_letters_within_what_is_sealed_are_chance() -> None:
    assert words_in(b'"sealed":"AQx4WrenQ+/Pike9zNV12=="') == []
    assert words_in(b'"sealed":"AQx4AshdownQ=="') == ["Ashdown"]
