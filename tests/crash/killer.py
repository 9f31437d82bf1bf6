"""Kills everything in turn, in an order that a seed decides, and leaves it to be started again."""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from services.cli.installation import Installation

SERVICES = ("missing", "intake", "mash")
STREAM = "MISSING"
Kill = Callable[[], None]


class Killer:
    """Ends processes as a power cut would.

    Attributes:
        kills: how often each was killed.
    """

    def __init__(self, installation: Installation, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self._installation = installation
        self._chance = random.Random(seed)
        self._by_name: dict[str, Kill] = {
            **{name: partial(self._service, name) for name in SERVICES},
            "nats-server": lambda: _end(self._installation.nats.pid),
            "postgres": lambda: _end(self._installation.postgres.pid),
            "stream": self._lose_stream,
        }

    def run(self, *, rounds: int | None = None, seconds: float | None = None) -> None:
        """Kill each once a round; the pauses let some restarts finish, and some not."""
        began = time.monotonic()
        done = 0
        while (rounds is None or done < rounds) and (
            seconds is None or time.monotonic() - began < seconds
        ):
            for name in self._chance.sample(sorted(self._by_name), len(self._by_name)):
                time.sleep(self._chance.uniform(0.3, 1.8))
                self.kill(name)
            done += 1

    def kill(self, name: str) -> None:
        """Kill one of them, if it runs."""
        self._by_name[name]()
        self.kills[name] += 1

    def _service(self, name: str) -> None:
        process = self._installation.processes[name]
        if process.poll() is None:
            process.kill()

    def _lose_stream(self) -> None:
        """The bus loses the whole stream of one store, with everything in it."""
        with self._installation.attending:
            if self._installation.nats.running:
                self._installation.nats.kill()
            streams = self._installation.folder.glob(f"nats/jetstream/*/streams/{STREAM}")
            for folder in streams:
                shutil.rmtree(folder)
            self._installation.nats.start()


def _end(pid: int | None) -> None:
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
