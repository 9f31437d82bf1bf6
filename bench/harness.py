"""What every benchmark shares: servers of its own, turns with its baseline, and the result."""

import contextlib
import json
import logging
import secrets
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import structlog
import typer
import uvloop

from bench.scratch import scratch
from services.cli.provision import with_database
from shared.collecting import collect_rarely
from shared.embedded import Nats, NatsUser, Postgres
from shared.eventstore.repository import Repository
from shared.eventstore.schema import make_store, make_vault
from shared.eventstore.store import EventStore
from shared.vault.keyring import Keyring, cut_keyrings
from shared.vault.keys import Keys
from shared.vault.sealing import Vault

PASSWORD = "only-for-benchmarks"
SCOPES = frozenset(
    f"missing.{name}" for name in ("identity", "whereabouts", "contact", "narrative")
)
RELEASES: dict[str, frozenset[str]] = {"missing": SCOPES, "intake": SCOPES, "mash": SCOPES}
EVERYTHING = NatsUser("bench", "bench", (">",), (">",))


@dataclass(frozen=True)
class Result:
    """One figure. `ratio` is how many times better than the baseline; both None for a bare one."""

    id: str
    what: str
    value: float
    unit: str
    baseline: str | None
    baseline_value: float | None
    ratio: float | None
    runs: int
    spread: tuple[float, float]


Turn = Callable[[], Awaitable[float]]


async def in_turns(ours: Turn, theirs: Turn, runs: int) -> tuple[list[float], list[float]]:
    """Measure the two in turn, A B A B ..., after one turn of each that does not count."""
    await theirs()
    await ours()
    measured: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        measured[1].append(await theirs())
        measured[0].append(await ours())
    return measured


def compared(
    figure: str, what: str, unit: str, baseline: str, measured: tuple[list[float], list[float]],
    *, less_is_better: bool = False,
) -> Result:  # fmt: skip
    """The medians and the ratio, with the spread of the ratios turn by turn."""
    ours, theirs = measured
    ratios = [b / a if less_is_better else a / b for a, b in zip(ours, theirs, strict=True)]
    return Result(
        figure,
        what,
        round(statistics.median(ours), 3),
        unit,
        baseline,
        round(statistics.median(theirs), 3),
        round(statistics.median(ratios), 2),
        len(ours),
        (round(min(ratios), 2), round(max(ratios), 2)),
    )


def bare(figure: str, what: str, unit: str, values: list[float]) -> Result:
    """A figure without a baseline, with the spread of its values."""
    return Result(
        figure, what, round(statistics.median(values), 3), unit, None, None, None, len(values),
        (round(min(values), 3), round(max(values), 3)),
    )  # fmt: skip


@contextlib.contextmanager
def servers() -> Iterator[tuple[Postgres, Path]]:
    """A PostgreSQL in a folder of its own, with the settings of production."""
    with scratch() as path, Postgres(path) as postgres:
        yield postgres, path


@contextlib.contextmanager
def bus(folder: Path) -> Iterator[Nats]:
    """A nats-server beside it, with one user who may do everything: both sides use the same."""
    with Nats(folder / "bus", [EVERYTHING]) as server:
        yield server


async def fresh_database(postgres: Postgres) -> str:
    """A new database, its administrator's address."""
    name = f"bench_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(postgres.url)
    for role in RELEASES:
        if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return with_database(postgres.url, name)


@dataclass
class Vaults:
    """A vault's database, and everybody's keyrings."""

    url: str
    keyrings: dict[str, Path]

    @contextlib.asynccontextmanager
    async def of(self, service: str) -> AsyncIterator[Vault]:
        """The vault as a service sees it that has just started."""
        async with pool_of(self.url, service) as pool:
            vault = Vault(Keys(pool, Keyring.read(self.keyrings[service])))
            yield vault
            await vault.keys.close()


async def make_vaults(postgres: Postgres, folder: Path) -> Vaults:
    """An empty vault in a database of its own."""
    url = await fresh_database(postgres)
    connection = await asyncpg.connect(url)
    await make_vault(connection, RELEASES)
    await connection.close()
    writes = {"missing": SCOPES}
    return Vaults(url, cut_keyrings(folder / secrets.token_hex(4), RELEASES, writes=writes))


@contextlib.asynccontextmanager
async def a_store(postgres: Postgres, vaults: Vaults, name: str) -> AsyncIterator[Repository]:
    """A service's empty store in a database of its own, as in production."""
    url = await fresh_database(postgres)
    connection = await asyncpg.connect(url)
    await make_store(connection, name, name)
    await connection.close()
    async with pool_of(url, name) as pool, vaults.of(name) as vault:
        repository = Repository(EventStore(name, pool), vault)
        yield repository
        await repository.store.close()


@contextlib.asynccontextmanager
async def missing_store(postgres: Postgres, folder: Path) -> AsyncIterator[Repository]:
    """The missing service's store and its vault."""
    vaults = await make_vaults(postgres, folder)
    async with a_store(postgres, vaults, "missing") as repository:
        yield repository


@contextlib.asynccontextmanager
async def pool_of(url: str, role: str) -> AsyncIterator["asyncpg.Pool[Any]"]:
    """A pool as a service has it."""
    async with pool_at(as_role(url, role)) as pool:
        yield pool


@contextlib.asynccontextmanager
async def pool_at(url: str) -> AsyncIterator["asyncpg.Pool[Any]"]:
    """A pool of an address that names its role."""
    pool = await asyncpg.create_pool(url, min_size=2, max_size=4, reset=_as_it_is)
    try:
        yield pool
    finally:
        await pool.close()


async def _as_it_is(_connection: object) -> None:
    """As in the services (`shared.web.runtime`): no round trip on the way back to the pool."""


def as_role(url: str, role: str) -> str:
    """An administrator's address as a service's role."""
    return with_database(url, url.rpartition("/")[2].partition("?")[0], role, PASSWORD)


def resident(pid: int) -> float:
    """The resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def run(measure: Callable[[int], Awaitable[list[Result]]], about: str) -> None:
    """Run one benchmark file from the command line and print its figures."""

    def command(runs: int = 5, *, as_json: bool = False) -> None:
        for result in measured(measure, runs):
            print(json.dumps(asdict(result)) if as_json else line(result))

    command.__doc__ = about
    typer.run(command)


def measured(measure: Callable[[int], Awaitable[list[Result]]], runs: int) -> list[Result]:
    """What a benchmark finds, on the event loop that the services run on."""

    # A figure is all that anybody wants to read.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

    collect_rarely()  # as in every service

    async def all_of_it() -> list[Result]:
        return await measure(runs)

    return uvloop.run(all_of_it())


def line(result: Result) -> str:
    """A figure in one line for a person."""
    head = f"{result.id:<18} {result.value:>12,.2f} {result.unit:<9}"
    if result.ratio is None:
        return f"{head} {'':>34} {result.spread[0]}-{result.spread[1]}  {result.what}"
    return (
        f"{head} {result.ratio:>7.2f}x (spread {result.spread[0]}-{result.spread[1]}) "
        f"of {result.baseline_value:,.2f} {result.baseline}"
    )
