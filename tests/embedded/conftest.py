"""Servers of these tests run in folders of their own; whatever the machine offers is left alone."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded import Nats, Postgres
from tests.embedded.support import USERS


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database cluster that has been run once."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        with Postgres(folder):
            pass
    # Every test is to find a port of its own.
    (folder / "postgres" / "port").unlink()
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A copy of it, which spares a test the making."""
    subprocess.run(["/bin/cp", "-a", made / "postgres", tmp_path], check=True)
    return tmp_path


@pytest.fixture(autouse=True)
def no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DATABASE_URL", "NATS_URL"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def postgres(data: Path) -> Iterator[Postgres]:
    """A PostgreSQL that runs from `data`."""
    with Postgres(data) as server:
        yield server


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Nats]:
    """A nats-server that runs from an empty folder and knows USERS."""
    with Nats(tmp_path, USERS) as server:
        yield server
