"""Kills everything in turn, in an order that a seed decides, and leaves it to be started again."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from services.cli.installation import Installation
from services.topology import SERVICES
from shared.bus import stream_of
from tests.crash.faulty import Faulty, lose_stream, tear_stream

STREAMS = tuple(stream_of(store) for service in SERVICES.values() for store in service.stores)
PAUSES = (0.3, 1.8)
STOPPED_SECONDS = (0.2, 3.0)
SLOW_SECONDS = (0.02, 0.2)
HUNG_SECONDS = (0.5, 3.0)

Kill = Callable[[], None]


class Killer:
    """Ends processes as a power cut would, stops them for a while, and has streams lost.

    Attributes:
        kills: how often each was killed.
        faults: how often something else was done.
        hung_seconds: how long a line hangs, at least and at most.
    """

    def __init__(self, installation: Installation, seed: int) -> None:
        self.hung_seconds = HUNG_SECONDS
        self.kills: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._installation = installation
        self._chance = random.Random(seed)
        self._killed: dict[str, Kill] = {
            **{name: partial(self._service, name) for name in SERVICES},
            "nats-server": lambda: _signal(self._installation.nats.pid, signal.SIGKILL),
            "postgres": lambda: _signal(self._installation.postgres.pid, signal.SIGKILL),
        }
        self._lines = installation.lines if isinstance(installation, Faulty) else {}
        self._faults: dict[str, Kill] = {
            "stream lost": lambda: lose_stream(installation, self._chance.choice(STREAMS)),
            "stream torn": self._tear,
            "stopped": self._stop,
        }
        if self._lines:
            self._faults |= {
                "line cut": lambda: self._chance.choice(list(self._lines.values())).cut(),
                "line slow": self._slow,
                "line hung": self._hang,
            }

    def run(self, *, rounds: int | None = None, seconds: float | None = None) -> None:
        """Do each once a round; the pauses let some restarts finish, and some not."""
        began = time.monotonic()
        done = 0
        names = sorted({**self._killed, **self._faults})
        while (rounds is None or done < rounds) and (
            seconds is None or time.monotonic() - began < seconds
        ):
            for name in self._chance.sample(names, len(names)):
                time.sleep(self._chance.uniform(*PAUSES))
                self.do(name)
            done += 1

    @property
    def killable(self) -> list[str]:
        """What `do` kills, by name."""
        return sorted(self._killed)

    def do(self, name: str) -> None:
        """Kill one of them, if it runs, or do one of the other things."""
        if name in self._killed:
            self._killed[name]()
            self.kills[name] += 1
        else:
            self._faults[name]()
            self.faults[name] += 1

    def _service(self, name: str) -> None:
        process = self._installation.processes[name]
        if process.poll() is None:
            process.kill()

    def _tear(self) -> None:
        """A stream loses its end, as after a power cut: it is written to the disk now and then."""
        tear_stream(self._installation, self._chance.choice(STREAMS), self._chance.random())

    def _slow(self) -> None:
        line = self._chance.choice(list(self._lines.values()))
        line.slow(self._chance.uniform(*SLOW_SECONDS))
        time.sleep(self._chance.uniform(*STOPPED_SECONDS))
        line.slow(0)

    def _hang(self) -> None:
        line = self._chance.choice(list(self._lines.values()))
        line.hang()
        time.sleep(self._chance.uniform(*self.hung_seconds))
        line.resume()

    def _stop(self) -> None:
        """One of the processes stands still for a while, and goes on as if nothing had been."""
        pids = [process.pid for process in self._installation.processes.values()]
        pids += [
            pid for pid in (self._installation.nats.pid, self._installation.postgres.pid) if pid
        ]
        pid = self._chance.choice(pids)
        _signal(pid, signal.SIGSTOP)
        try:
            time.sleep(self._chance.uniform(*STOPPED_SECONDS))
        finally:
            _signal(pid, signal.SIGCONT)


def _signal(pid: int | None, number: signal.Signals) -> None:
    if pid is not None:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return  # it has just ended by itself
