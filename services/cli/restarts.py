"""When to start again what has died."""

import time

SETTLED_SECONDS = 5.0
"""Who lived longer than this is started again at once; who dies sooner waits longer each time."""

FIRST_WAIT_SECONDS = 0.4
LAST_WAIT_SECONDS = 5.0


class Restarts:
    """Counts restarts, so that what dies at once does not keep the machine busy.

    Attributes:
        count: how many there were.
    """

    def __init__(self) -> None:
        self.count = 0
        self._started: dict[str, float] = {}
        self._early_deaths: dict[str, int] = {}

    def may_start(self, name: str) -> bool:
        """Whether to start now what is found dead; if so it counts as started."""
        now = time.monotonic()
        lived = now - self._started.get(name, 0.0)
        deaths = self.early_deaths(name)
        if deaths and lived < min(FIRST_WAIT_SECONDS * 2 ** (deaths - 1), LAST_WAIT_SECONDS):
            return False
        self._early_deaths[name] = deaths + 1
        self._started[name] = now
        self.count += 1
        return True

    def early_deaths(self, name: str) -> int:
        """How often in a row it was started again and died at once."""
        if time.monotonic() - self._started.get(name, 0.0) > SETTLED_SECONDS + LAST_WAIT_SECONDS:
            return 0
        return self._early_deaths.get(name, 0)
