"""A whole installation of the tests' own."""

import pytest


@pytest.fixture(autouse=True)
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never somebody else's PostgreSQL or NATS: these tests kill what they find."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("NATS_URL", raising=False)
