"""MASH workers who look children up while things break, and somebody who lists agencies."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.cli.installation import Installation
from tests.crash.client import PASSES, keep_shown, token_of
from tests.crash.work import name_of


@dataclass
class Lookers:
    """They search for children who were reported and open what they find, until told to stop.

    Attributes:
        ledger: of what they were shown.
        seed: of the reports.
    """

    installation: Installation
    ledger: Path
    seed: int
    pause_seconds: float = 0.05
    addresses: Mapping[str, str] | None = None
    shown: int = 0
    asked: int = 0
    stopping: bool = False

    def __post_init__(self) -> None:
        self.refused: list[str] = []
        self._chance = random.Random(self.seed)

    async def run(self) -> None:
        """Look until `stopping`."""
        addresses = self.addresses or self.installation.addresses
        with self.ledger.open("a") as ledger:
            async with (
                httpx.AsyncClient(
                    base_url=addresses["mash"], headers=self._as("mash-worker"), timeout=5
                ) as mash,
                httpx.AsyncClient(
                    base_url=addresses["intake"], headers=self._as("registrar"), timeout=5
                ) as intake,
            ):
                while not self.stopping:
                    name = name_of(self.seed, self._chance.randrange(200))
                    found = await self._ask(mash, "POST", "/children/search", {"name": name})
                    if found is not None:
                        self._note(ledger, found)
                        for candidate in found.json()["candidates"][:1]:
                            child = f"/children/{candidate['subject_id']}"
                            self._note(ledger, await self._ask(mash, "GET", child))
                    await self._ask(intake, "GET", "/agencies")
                    await asyncio.sleep(self.pause_seconds)

    def _as(self, persona: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token_of(self.installation, persona)}"}

    async def _ask(
        self, client: httpx.AsyncClient, method: str, path: str, body: dict[str, str] | None = None
    ) -> httpx.Response | None:
        self.asked += 1
        try:
            response = await client.request(method, path, json=body)
        except httpx.HTTPError:
            return None
        if response.status_code == 200:
            return response
        # A child whom a link moved meanwhile may be found under another id.
        if response.status_code not in PASSES | {404}:
            self.refused.append(f"{path} {response.status_code} {response.text[:200]}")
        return None

    def _note(self, ledger: object, response: httpx.Response | None) -> None:
        if response is not None:
            self.shown += 1
            keep_shown(ledger, "mash", response, durable=True)
