"""An installation whose processes can be told to break, and who tells what broke."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from services.cli import restarts
from services.cli.installation import Installation
from tests.crash.lines import LOOPBACK, Line, Wires

Broken = tuple[str, str, str]
"""(service, step and side, action)"""


class Faulty(Installation):
    """Runs services by `tests.crash.program`.

    Args:
        broken: which mutant each service is (`tests.crash.broken`), if any.
        lines: have everything that services and clients say go over lines that can break.

    Attributes:
        lines: by what is at their end: `postgres`, `nats-server`, and each service.
    """

    def __init__(
        self,
        folder: Path,
        *,
        broken: Mapping[str, str] | None = None,
        lines: bool = False,
    ) -> None:
        super().__init__(folder)
        self.plans = folder.resolve() / "plans"
        self.plans.mkdir(parents=True, exist_ok=True)
        self.program = (sys.executable, "-m", "tests.crash.program", str(self.plans))
        self._broken = " ".join(f"{name}={how}" for name, how in (broken or {}).items())
        self.lines: dict[str, Line] = {}
        self._wires = Wires() if lines else None
        # What dies on purpose, again and again, is started again at once.
        self._restarts = _Eager()

    def start(self) -> None:
        """See `Installation.start`."""
        if self._broken:
            os.environ["CRASH_BROKEN"] = self._broken
        try:
            super().start()
        except BaseException:
            os.environ.pop("CRASH_BROKEN", None)
            raise

    def stop(self) -> None:
        """See `Installation.stop`."""
        super().stop()
        if self._wires is not None:
            self._wires.close()
            self._wires = None
        os.environ.pop("CRASH_BROKEN", None)

    @property
    def asked(self) -> dict[str, str]:
        """Where clients ask: over the services' lines, where there are any."""
        if not self.lines:
            return self.addresses
        return {name: f"http://{LOOPBACK}:{self.lines[name].port}" for name in self.names}

    def _write_settings(self) -> None:
        super()._write_settings()
        if self._wires is None:
            return
        if not self.lines:
            servers: dict[str, Callable[[], int]] = {
                "postgres": lambda: _port(self.postgres.url),
                "nats-server": lambda: _port(self.nats.url),
                **{name: partial(self.ports.__getitem__, name) for name in self.names},
            }
            self.lines = {name: self._wires.line(to) for name, to in servers.items()}
        for path in self._settings.values():
            text = path.read_text()
            for name, url in (("postgres", self.postgres.url), ("nats-server", self.nats.url)):
                text = text.replace(f":{_port(url)}", f":{self.lines[name].port}")
            path.write_text(text)

    def plan(self, service: str, lives: Sequence[str]) -> None:
        """What a service's process is to break, one line for each of its next lives."""
        (self.plans / service).write_text("\n".join(lives))

    def planned(self, service: str) -> list[str]:
        """The lives that are still to come."""
        plan = self.plans / service
        return plan.read_text().splitlines() if plan.exists() else []

    def happened(self, service: str) -> Iterator[Broken]:
        """What broke, as the service's log tells."""
        with self.log_of(service).open(errors="replace") as log:
            for line in log:
                # The last line may be half written as yet.
                if '"failpoint"' not in line or not line.endswith("\n"):
                    continue
                found = json.loads(line)
                yield service, found["source"], found["fault"]


def _port(url: str) -> int:
    found = urlsplit(url).port
    assert found is not None
    return found


class _Eager(restarts.Restarts):
    """Counts, and never waits."""

    def may_start(self, name: str) -> bool:
        self.count += 1
        return True


def lose_stream(installation: Installation, stream: str) -> None:
    """The bus loses the whole stream of one store, with everything in it."""
    with installation.attending:
        if installation.nats.running:
            installation.nats.kill()
        for folder in installation.folder.glob(f"nats/jetstream/*/streams/{stream}"):
            shutil.rmtree(folder)
        installation.nats.start()


def tear_stream(installation: Installation, stream: str, share: float) -> bool:
    """The bus loses the end of a stream: its newest file ends early, as after a power cut.

    Returns:
        Whether there was a file to cut.
    """
    with installation.attending:
        if installation.nats.running:
            installation.nats.kill()
        blocks = sorted(
            installation.folder.glob(f"nats/jetstream/*/streams/{stream}/msgs/*.blk"),
            key=lambda path: int(path.stem),
        )
        for index in installation.folder.glob(f"nats/jetstream/*/streams/{stream}/msgs/index.db"):
            index.unlink()
        if blocks:
            os.truncate(blocks[-1], int(blocks[-1].stat().st_size * share))
        installation.nats.start()
    return bool(blocks)
