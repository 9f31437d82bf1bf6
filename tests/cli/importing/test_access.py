"""Where an import sends, as whom, and under which secret: nothing that is not safe is taken."""

import os
import re
from pathlib import Path

import pytest

from services.cli.importing.access import NotSent, row_secret, target_at
from services.cli.importing.checking import key_of
from services.cli.importing.failed import FailedRows
from services.cli.importing.rows import BadFile, Row, Wrong
from shared.web.idempotency import KEY
from tests.cli.running import run

ROW = Row(2, ["a", "b"])
WRONG = (Wrong("x", "mend it"),)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://missing.example", "may not travel in clear"),
        ("http://127.0.0.1.example", "may not travel in clear"),
        ("http://[2001:db8::1]", "may not travel in clear"),
        ("ftp://missing.example", "must be an address like"),
        ("missing.example", "must be an address like"),
        ("https://", "must be an address like"),
        ("", "must be an address like"),
        ("https://name:word@missing.example", "an address only"),
        ("https://missing.example?x=1", "an address only"),
    ],
)
def test_an_address_that_is_not_safe_is_not_sent_to(address: str, words: str) -> None:
    with pytest.raises(NotSent, match=words):
        target_at(address, None)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8101", "http://localhost:8101/", "http://[::1]:8101"]
)
def test_on_this_machine_no_proxy_is_asked(address: str) -> None:
    target = target_at(address, None)
    assert target.on_this_machine
    assert target.address == address.rstrip("/")
    assert not target_at("https://missing.example", None).on_this_machine


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * 9000, "ß".encode(), b"a\nb"])
def test_what_is_no_token_is_said_so(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(NotSent, match="token"):
        target_at("https://missing.example", tmp_path / "token").token()


def test_a_token_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    target = target_at("https://missing.example", file)
    with pytest.raises(NotSent, match="cannot be read"):
        target.token()
    for token in ("one", "two"):
        file.write_text(f"{token}\n")
        assert target.token() == token


def test_the_secret_of_row_keys_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "folder" / "import-key"
    made = row_secret(file)
    assert len(made) == 32
    assert row_secret(file) == made
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["import-key"]
    assert row_secret(tmp_path / "another") != made


@pytest.mark.parametrize("content", [b"", b"short", b"zz" * 32, b"ab" * 31, b"ab" * 600, b"\xff"])
def test_another_file_is_no_secret(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(NotSent, match="no file of row keys"):
        row_secret(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == content


def test_a_folder_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match="cannot be used"):
        row_secret(tmp_path)


def test_a_key_tells_nothing_and_is_the_same_for_the_same_row() -> None:
    key = key_of(b"one", "/returns", b'{"a":1}')
    assert key == key_of(b"one", "/returns", b'{"a":1}')
    others = {
        key_of(b"two", "/returns", b'{"a":1}'),
        key_of(b"one", "/episodes", b'{"a":1}'),
        key_of(b"one", "/returns", b'{"a":2}'),
    }
    assert key not in others
    assert len(others) == 3
    assert KEY.fullmatch(key)
    assert re.fullmatch("import-[0-9a-f]{64}", key)


def failed(folder: Path) -> FailedRows:
    return FailedRows(folder / "file.csv", ["one", "two"], ",")


def test_two_imports_of_one_file_do_not_write_into_one_another(tmp_path: Path) -> None:
    first, second = failed(tmp_path), failed(tmp_path)
    first.add(ROW, WRONG)
    with pytest.raises(BadFile, match="another import of it is running"):
        second.add(ROW, WRONG)
    assert second.finish() is None
    assert first.finish() == tmp_path / "file.failed.csv"
    assert (tmp_path / "file.failed.csv").read_bytes().count(b"\n") == 2


def test_what_a_killed_import_left_is_begun_anew_and_for_its_owner_only(tmp_path: Path) -> None:
    part = tmp_path / ".file.csv.failed.part"
    part.write_text("left" * 1000)
    part.chmod(0o666)
    rows = failed(tmp_path)
    rows.add(ROW, WRONG)
    written = rows.finish()
    assert written is not None
    assert b"left" not in written.read_bytes()
    assert written.stat().st_mode & 0o777 == 0o600


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".file.csv.failed.part").symlink_to(tmp_path / "precious")
    with pytest.raises(BadFile, match="cannot be written"):
        failed(tmp_path).add(ROW, WRONG)
    assert (tmp_path / "precious").read_text() == "precious"


def test_an_exception_file_of_an_exception_file_has_no_longer_name(tmp_path: Path) -> None:
    names = []
    source = tmp_path / "file.csv"
    for _ in range(3):
        rows = FailedRows(source, ["one"], ",")
        rows.add(Row(2, ["a"]), WRONG)
        written = rows.finish()
        assert written is not None
        names.append(written.name)
        source = written
    assert names == ["file.failed.csv", "file.failed-2.csv", "file.failed-3.csv"]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say what kind of file it is"),
        (["nonsense", "file.csv"], "say what kind of file it is"),
        (["report"], "name a file"),
        (["report", "file.csv"], "say where to"),
        (["report", "file.csv", "--to", "https://x.example", "--as", "school"], "say where to"),
        (["report", "file.csv", "--check", "--dry-run"], "choose one"),
        (["report", "file.csv", "--at-once", "0"], "at-once"),
    ],
)
def test_what_was_typed_wrong_shows_the_usage(arguments: list[str], words: str) -> None:
    told = run("import", *arguments)
    assert told.returncode == 2
    assert "Usage: throughline import" in told.stderr
    assert words in " ".join(told.stderr.replace("│", " ").split())


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.csv", "--check"], "none.csv cannot be imported: it cannot be read"),
        (["none.csv", "--to", "http://x.example"], "may not travel in clear"),
        (["none.csv", "--to", "https://x.example", "--row-keys", "."], "cannot be used"),
        (["none.csv", "--as", "nobody"], "there is no nobody"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("THROUGHLINE_TOKEN", "x")
    told = run("import", "report", *arguments)
    assert told.returncode == 1
    assert words in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
    assert os.environ["XDG_CONFIG_HOME"] == str(tmp_path)
