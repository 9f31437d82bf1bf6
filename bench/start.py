"""How long an installation takes to its first projected event, and the memory of its processes.

start_cold_s: from an empty folder: servers, databases, keys, services, one report sent by HTTP and
shown by mash. start_warm_s: the same folder again. rss_mb: each process afterwards, idle.
These have no baseline; everything on the machine changes them, so look at the spread.
"""

import asyncio
import time
from pathlib import Path

import httpx

from bench.harness import Result, bare, resident, run
from bench.scratch import scratch
from services.cli.installation import Installation
from services.cli.people import PERSONAS
from services.cli.story import REPORT
from shared.access.tokens import Issuer

PATIENCE_SECONDS = 60.0
REST_SECONDS = 1.0


async def measure(runs: int) -> list[Result]:
    """All three figures."""
    cold, warm = [], []
    memory: dict[str, list[float]] = {}
    for _ in range(runs):
        with scratch() as folder:
            cold.append(await asyncio.to_thread(started, folder, 1, {}))
            warm.append(await asyncio.to_thread(started, folder, 2, memory))
    total = [sum(values) for values in zip(*memory.values(), strict=True)]
    each = ", ".join(f"{name} {sorted(v)[len(v) // 2]:.0f}" for name, v in memory.items())
    return [
        bare("start_cold_s", "from nothing to the first projected event", "s", cold),
        bare("start_warm_s", "started again, to the next projected event", "s", warm),
        bare("rss_mb", f"the services' resident memory, idle: {each}", "MB", total),
    ]


def started(folder: Path, number: int, memory: dict[str, list[float]]) -> float:
    """Start, send one report, wait until mash shows it; then note the memory, and stop."""
    began = time.perf_counter()
    with Installation(folder) as installation:
        _report(installation, number)
        taken = time.perf_counter() - began
        time.sleep(REST_SECONDS)
        for name, process in installation.processes.items():
            memory.setdefault(name, []).append(resident(process.pid))
    return taken


def _report(installation: Installation, number: int) -> None:
    """Send a report and wait until a search finds its child."""
    name = f"Bench Child {number}"
    body = {**REPORT, "force_reference": f"BENCH {number}",
            "child": {**REPORT["child"], "names": [{"full": name}]}}  # fmt: skip
    deadline = time.monotonic() + PATIENCE_SECONDS
    with httpx.Client(timeout=10) as client:
        sent = client.post(
            f"{installation.addresses['missing']}/episodes",
            json=body,
            headers=_headers(installation, "northvale-police-system", number),
        )
        sent.raise_for_status()
        asking = _headers(installation, "mash-worker", number)
        while time.monotonic() < deadline:
            found = client.post(
                f"{installation.addresses['mash']}/children/search",
                json={"name": name},
                headers=asking,
            )
            if found.is_success and found.json()["candidates"]:
                return
            time.sleep(0.01)
    raise RuntimeError("the report did not reach the child's view")


def _headers(installation: Installation, persona: str, number: int) -> dict[str, str]:
    token = Issuer(installation.keys.demo).issue(PERSONAS[persona].actor)
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": f"bench-start-number-{number}"}


if __name__ == "__main__":
    run(measure, __doc__ or "")
