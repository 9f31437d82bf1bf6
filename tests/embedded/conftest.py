"""Servers of these tests run in folders of their own; whatever the machine offers is left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded import Nats, Postgres
from tests.embedded.support import USERS


@pytest.fixture(autouse=True)
def no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DATABASE_URL", "NATS_URL"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL that runs from an empty folder."""
    with Postgres(tmp_path) as server:
        yield server


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Nats]:
    """A nats-server that runs from an empty folder and knows USERS."""
    with Nats(tmp_path, USERS) as server:
        yield server
