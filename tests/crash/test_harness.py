"""The audit is itself tested: a design that is broken on purpose does not pass it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from services.cli.provision import with_database
from services.topology import SERVICES
from shared.bus import stream_of
from tests.bus.support import until
from tests.crash.audit import faults_in
from tests.crash.broken import BREAK
from tests.crash.client import Reporters
from tests.crash.evidence import gathered, settled
from tests.crash.faulty import Faulty, lose_stream
from tests.crash.lookers import Lookers
from tests.crash.work import WORK

SEED = 11
LIVES = 3
ARRIVES_SECONDS = 5.0
PATIENCE_SECONDS = 60.0

pytestmark = [pytest.mark.integration, pytest.mark.crash]


@dataclass(frozen=True)
class Mutant:
    """A broken design, the service that has it, what brings it out, and what the audit says.

    Attributes:
        dies: where the service's process dies, three lives long; without one its stream is lost.
        or_noticed: said instead where another of the service's consumers was hit.
    """

    service: str
    noticed: str
    dies: str | None = None
    or_noticed: str | None = None

    def is_seen_in(self, fault: str) -> bool:
        """Whether a fault is what the audit should say of it."""
        return any(words in fault for words in (self.noticed, self.or_noticed) if words)


MUTANTS = {
    "early-receipt": Mutant("missing", "lost: ", "commit:before=kill@4"),
    "position-first": Mutant(
        "intake", "mention linked 0 times", "handle:before=kill@4", "referred 0 times: "
    ),
    # Of two equal police reports the second is refused by its number; a screening has none.
    "no-idempotency": Mutant(
        "screening", "doubled: screening.screening-completed.", "answer:before=kill@4"
    ),
    "key-after-event": Mutant("intelligence", "verify: intelligence: ", "commit:after=kill@4"),
    "disclosure-after-answer": Mutant("mash", "shown and not on record: ", "answer:after=kill@4"),
    "referred-again": Mutant("intake", "referred 2 times: ", "handle:after=kill@4"),
    "trust-the-bus": Mutant("missing", "did not get everything: mash has read "),
}


ALONE = ("referred-again", "trust-the-bus")
"""Of services that have another mutant already."""


def faults_of(mutants: Sequence[str], folder: Path) -> list[str]:
    """What the audit says of an installation whose services are mutants, once provoked."""
    broken = {MUTANTS[how].service: how for how in mutants}
    with Faulty(folder / "installation", broken=broken) as installation:
        return asyncio.run(_provoked(installation, broken, folder))


async def _provoked(installation: Faulty, broken: dict[str, str], folder: Path) -> list[str]:
    reporters = Reporters(
        installation,
        folder / "receipts",
        SEED,
        pause_seconds=0.05,
        # A return would be refused where its report was lost: seen by the client already.
        returns=False,
        breaks=0.0,
        work=tuple(WORK.values()),
    )
    lookers = Lookers(installation, folder / "shown", SEED, pause_seconds=0.01)
    load = asyncio.gather(reporters.run(count=6), lookers.run())
    for service, how in broken.items():
        if (dies := MUTANTS[how].dies) is not None:
            installation.plan(service, [dies] * LIVES)
            installation.processes[service].kill()
        else:
            await _more(reporters, 20)
            await asyncio.to_thread(lose_stream, installation, stream_of(service))
            await _more(reporters, 20)
    await until(
        lambda: not any(installation.planned(service) for service in broken), PATIENCE_SECONDS
    )
    await asyncio.to_thread(installation.wait_ready)
    await _more(reporters, 5)
    reporters.stopping = lookers.stopping = True
    await load
    return faults_in(
        await gathered(installation, reporters.ledger, lookers.ledger, seconds=ARRIVES_SECONDS)
    )


async def _more(reporters: Reporters, receipts: int) -> None:
    """Wait until so many more were acknowledged."""
    enough = reporters.acknowledged + receipts
    await until(lambda: reporters.acknowledged >= enough, PATIENCE_SECONDS)


def test_every_mutant_has_its_provocation() -> None:
    assert MUTANTS.keys() == BREAK.keys()


@pytest.mark.parametrize(
    "mutants",
    [[how for how in MUTANTS if how not in ALONE], *([how] for how in ALONE)],
    ids=["one-in-each-service", *ALONE],
)
def test_a_broken_design_is_noticed(tmp_path: Path, mutants: list[str]) -> None:
    """`make chaos` has each of them alone."""
    faults = faults_of(mutants, tmp_path)
    for how in mutants:
        assert any(MUTANTS[how].is_seen_in(fault) for fault in faults), (how, faults[:5])


def test_doubles_and_a_hole_in_the_archive_are_noticed(tmp_path: Path) -> None:
    """A client that asks again under another key; a row that somebody removed."""

    async def load() -> list[str]:
        reporters = Reporters(installation, tmp_path / "receipts", SEED, forgetful=True)
        await reporters.run(reports=20)
        assert await settled(installation)
        faults = faults_in(await gathered(installation, reporters.ledger))
        url = with_database(installation.postgres.url, SERVICES["mash"].database)
        admin = await asyncpg.connect(url)
        await admin.execute("DELETE FROM archive.event WHERE source = 'missing' AND position = 7")
        await admin.close()
        return faults + faults_in(await gathered(installation, reporters.ledger))

    with Faulty(tmp_path / "installation") as installation:
        faults = asyncio.run(load())
    assert "doubled: 30 times missing.episode-reported. of 20 reports" in faults
    assert "mash's archive of missing is not what missing stored" in faults
