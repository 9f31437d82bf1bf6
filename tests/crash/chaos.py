"""The long fault test: everything is broken in every way, and then everything is checked.

`python -m tests.crash.chaos` (as `make chaos` does) takes half an hour on two cores and stops by
itself. CRASH_SEED repeats a run's choices. CRASH_KILLS is how often each process is killed at
random, CRASH_ACKNOWLEDGED how many receipts there are at least, CRASH_SECONDS the longest that
either takes.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.topology import SERVICES
from tests.crash.audit import faults_in, views_faults
from tests.crash.bulk import Bulk
from tests.crash.client import Reporters
from tests.crash.evidence import gathered
from tests.crash.exhaustive import carried_out, planned, told
from tests.crash.faulty import Faulty
from tests.crash.killer import Killer
from tests.crash.lookers import Lookers
from tests.crash.test_harness import MUTANTS, faults_of
from tests.crash.work import WORK

SEED = int(os.environ.get("CRASH_SEED") or 0) or random.SystemRandom().randrange(1, 10**6)
KILLS = int(os.environ.get("CRASH_KILLS") or 20)
ACKNOWLEDGED = int(os.environ.get("CRASH_ACKNOWLEDGED") or 100_000)
SECONDS = float(os.environ.get("CRASH_SECONDS") or 3600)
CONNECTIONS = int(os.environ.get("CRASH_CONNECTIONS") or 24)
TELL_SECONDS = 20.0
BETWEEN_KILLS = (10.0, 30.0)
ARRIVES_SECONDS = 3600.0
"""Linking is behind after an hour's load on two shared cores: it catches up, or it is a fault."""
LOOKED_UP = 200

console = Console(highlight=False)


class Chaos:
    """One run."""

    def __init__(self, installation: Faulty, folder: Path) -> None:
        asked = installation.asked
        self.installation = installation
        self.reporters = Reporters(
            installation,
            folder / "receipts",
            SEED,
            pause_seconds=0.05,
            looks=True,
            durable=False,
            work=tuple(WORK.values()),
            addresses=asked,
        )
        self.lookers = Lookers(
            installation, folder / "shown", SEED, pause_seconds=0.2, addresses=asked
        )
        self.bulk = Bulk(installation, asked["missing"], folder / "bulk", SEED + 1)
        self.killer = Killer(installation, SEED)
        self.killer.hung_seconds = (0.5, 12.0)
        self.broken: Counter[tuple[str, str]] = Counter()
        self.never: list[str] = []
        self._began = time.monotonic()

    @property
    def acknowledged(self) -> int:
        """Receipts of all clients."""
        return self.reporters.acknowledged + self.bulk.acknowledged

    async def run(self) -> list[str]:
        """Break everything while clients are at work; what is wrong afterwards."""
        load = asyncio.gather(
            self.reporters.run(count=6),
            self.lookers.run(),
            self.bulk.run(connections=CONNECTIONS),
        )
        talking = asyncio.create_task(self._talk())
        try:
            self._tell("every durable step of every service: failing, waiting, dying there")
            await asyncio.to_thread(self._every_step)
            self._tell(f"each process killed {KILLS} times; streams, lines, standstills")
            await asyncio.to_thread(self._at_random)
            self._tell(f"load until {ACKNOWLEDGED:,} are acknowledged, with a kill now and then")
            await asyncio.to_thread(self._load)
        finally:
            self.reporters.stopping = self.lookers.stopping = self.bulk.stopping = True
            talking.cancel()
        await load
        self._tell("waiting until everything has arrived everywhere, then reading all of it")
        await asyncio.to_thread(self.installation.wait_ready)
        refused = self.reporters.refused + self.lookers.refused + self.bulk.refused
        self.found = await gathered(
            self.installation,
            self.reporters.ledger,
            self.lookers.ledger,
            self.bulk.ledger,
            refused=refused,
            seconds=ARRIVES_SECONDS,
        )
        faults = [*self.never, *faults_in(self.found)]
        # Told now: whatever happens to the rest, so much was found.
        console.print(self.table())
        console.print(self.figures(), soft_wrap=True)
        self._tell(f"{len(faults)} faults in what was stored, acknowledged and shown")
        await asyncio.to_thread(self.installation.wait_ready)
        self._tell("rebuilding the views and comparing; looking children up")
        faults += await views_faults(self.installation, self.found, seed=SEED, at_most=LOOKED_UP)
        return faults

    def _every_step(self) -> None:
        plan = planned(SEED)
        left = set(plan.wanted)
        for now_left in carried_out(self.installation, plan):
            left = now_left
        self.never = list(told(left))
        self.broken.update((name, how) for name, _, how in plan.wanted - left)

    def _at_random(self) -> None:
        self.killer.run(rounds=KILLS, seconds=SECONDS)

    def _load(self) -> None:
        chance = random.Random(SEED)
        end = time.monotonic() + SECONDS
        while self.acknowledged < ACKNOWLEDGED and time.monotonic() < end:
            time.sleep(chance.uniform(*BETWEEN_KILLS))
            self.killer.do(chance.choice(self.killer.killable))
        if self.acknowledged < ACKNOWLEDGED:
            self.never.append(f"only {self.acknowledged} were acknowledged in {SECONDS} s")

    async def _talk(self) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            self._tell(
                f"{self.acknowledged:,} acknowledged, {self.killer.kills.total()} kills at random, "
                f"{self.installation.restarts} restarts"
            )

    def _tell(self, line: str) -> None:
        console.print(f"[dim]{time.monotonic() - self._began:6.0f} s[/] {line}")

    def table(self) -> Table:
        """What was broken, how often."""
        table = Table("process", "killed at a step", "killed at random", "failed", "waited")
        for name in (*SERVICES, "postgres", "nats-server"):
            at_steps = [str(self.broken[name, how] or "") for how in ("kill", "fail", "delay")]
            table.add_row(name, at_steps[0], str(self.killer.kills[name]), *at_steps[1:])
        return table

    def figures(self) -> str:
        """The rest, in a few sentences."""
        kills = self.killer.kills.total() + sum(
            n for (_, how), n in self.broken.items() if how == "kill"
        )
        events = {store: len(found) for store, found in self.found.events.items() if found}
        others = ", ".join(f"{what} {n}" for what, n in sorted(self.killer.faults.items()))
        answers = Counter(self.reporters.answers) + Counter(self.bulk.answers)
        return (
            f"seed {SEED}: {kills} kills; {others}.\n"
            f"{self.acknowledged:,} acknowledged in "
            f"{self.reporters.attempts + self.bulk.attempts:,} requests, "
            f"{self.reporters.replayed + self.bulk.replayed:,} of them by repeating the first "
            f"answer; {len(self.found.shown):,} shown; answers {dict(sorted(answers.items()))}.\n"
            f"events {events}; {len(self.found.mentions):,} mentions, "
            f"{len(self.found.children):,} children; slowest receipt "
            f"{self.reporters.slowest:.1f} s; {time.monotonic() - self._began:.0f} s in all."
        )


def product() -> bool:
    """Whether the product came through."""
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        Faulty(Path(folder) / "installation", lines=True) as installation,
    ):
        chaos = Chaos(installation, Path(folder))
        faults = asyncio.run(chaos.run())
        console.print(f"{len(faults)} faults in all")
        for fault in faults[:20]:
            console.print(f"  {fault}", soft_wrap=True)
        if faults and (keep := os.environ.get("CRASH_KEEP")):
            installation.stop()
            Path(folder).rename(keep)
            Path(folder).mkdir()
    return not faults


def mutants() -> bool:
    """Whether each mutant was noticed, alone."""
    table = Table("mutant", "in", "noticed as")
    well = True
    for how, mutant in MUTANTS.items():
        with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
            faults = faults_of([how], Path(folder))
        noticed = next((fault for fault in faults if mutant.is_seen_in(fault)), None)
        well = well and noticed is not None
        table.add_row(how, mutant.service, noticed or "NOT NOTICED")
    console.print(table)
    return well


if __name__ == "__main__":
    for variable in ("DATABASE_URL", "NATS_URL"):
        os.environ.pop(variable, None)
    results = [product(), mutants()]
    console.print("Everything held." if all(results) else "[bold red]Something did not hold.[/]")
    sys.exit(0 if all(results) else 1)
