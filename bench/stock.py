"""The baseline of the write side: the eventsourcing library as it comes, on the same PostgreSQL.

The same decision by the same number of callers, in the library's own way: `Application.save()` from
threads, its PostgreSQL recorder with its defaults, its JSON transcoder. It seals nothing.
"""

# ruff: noqa: ARG002 (the library keeps what a decorated method is given)

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class StockEpisode(Aggregate):
    """What the library's users would write: the same fields, as plain values."""

    @event("Reported")
    def __init__(
        self,
        force: str,
        report_version: int,
        concern: str,
        missing_from: str,
        missing_since: datetime,
        reported_at: datetime,
        risk_scheme: str,
        risk_level: str,
        at_risk: str,
        known: str,
        narrative: dict[str, Any],
        child: dict[str, Any],
        context: dict[str, Any],
    ) -> None:
        self.force = force


E = TypeVar("E", bound=StockEpisode)


def stock_report(kind: type[E], mention: str = "") -> E:
    """The same report as `tests.support.histories.report`, unsealed."""
    now = datetime.now(UTC)
    return kind(
        force="northvale-police",
        report_version=1,
        concern="missing",
        missing_from="home",
        missing_since=now,
        reported_at=now,
        risk_scheme="college-2013",
        risk_level="medium",
        at_risk="unknown",
        known="no",
        narrative={"force_reference": "NV-15-000127", "circumstances": "She did not come home."},
        child={
            "mention": mention,
            "names": [{"full": "Wren Ashdown"}],
            "date_of_birth": "2001-02-03",
        },
        context={
            "actor": "bench|system",
            "agency": "northvale-police",
            "purpose": "missing-child",
            "basis": "sharing-agreement",
            "regime": "dpa-part-3",
            "correlation_id": str(uuid4()),
        },
    )


def environment(url: str) -> dict[str, str]:
    """The library's settings for a database; the rest is as it comes."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path[1:],
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
        "POSTGRES_POOL_SIZE": "32",
        "POSTGRES_MAX_OVERFLOW": "8",
    }


def stock_application(url: str, name: str) -> Application[Any]:
    """The library's application on a database, with its PostgreSQL recorder."""
    made: type[Application[Any]] = type(name, (Application,), {})
    return made(environment(url))


def stock_saves(application: Application[Any], total: int, threads: int = 32) -> float:
    """Saves a second by so many threads."""

    def some(count: int) -> None:
        for _ in range(count):
            application.save(stock_report(StockEpisode))

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, [total // threads] * threads))
    return total / (time.perf_counter() - started)
