"""A police system as it should be: one key for each report, repeated until it has a receipt."""

import asyncio
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from services.cli.installation import Installation
from services.cli.people import PERSONAS
from shared.access.tokens import Issuer

PERSONA = "southmere-police-system"
FORCE = "southmere-police"
LINES_THAT_BREAK = 0.15
SYLLABLES = [first + second for first in "bdfghklmnrstvwyz" for second in "aeio"]


@dataclass(frozen=True)
class Acknowledged:
    """A receipt that was given for a report."""

    reference: str
    key: str
    episode: str
    events: tuple[str, ...]
    name: str


@dataclass
class Reporters:
    """Several of them at once, until told to stop.

    Attributes:
        returns: every fourth child comes back.
        forgetful: loses every other answer and asks again under another key and reference, as a
            client without keys in effect does. A mutant: its doubles must be noticed.
    """

    installation: Installation
    ledger: Path
    seed: int
    pause_seconds: float = 0.0
    forgetful: bool = False
    returns: bool = True
    attempts: int = 0
    repeated: int = 0
    replayed: int = 0
    slowest: float = 0.0
    stopping: bool = False
    answers: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    async def run(self, *, count: int = 4, reports: int | None = None) -> None:
        """Report until `stopping`, or so many reports in all; all that was begun is finished."""
        token = token_of(self.installation, PERSONA)
        numbers = iter(range(reports if reports is not None else 10**9))
        with self.ledger.open("a") as ledger:
            async with (
                httpx.AsyncClient(
                    base_url=self.installation.addresses["missing"],
                    headers={"Authorization": f"Bearer {token}"},
                ) as client,
                asyncio.TaskGroup() as group,
            ):
                for _ in range(count):
                    group.create_task(self._report_on(client, numbers, ledger))

    async def _report_on(self, client: httpx.AsyncClient, numbers: Any, ledger: Any) -> None:
        for number in numbers:
            if self.stopping:
                return
            key, reference = str(uuid4()), f"SM {self.seed} {number}"
            body = report(self.seed, number, reference)
            receipt = await self._until_acknowledged(client, "/episodes", key, body)
            if self.forgetful and number % 2:
                key = str(uuid4())
                body = report(self.seed, number, reference + " again")
                receipt = await self._until_acknowledged(client, "/episodes", key, body)
            self._keep(ledger, Acknowledged(
                reference, key, receipt["id"], tuple(receipt["events"]),
                body["child"]["names"][0]["full"],
            ))  # fmt: skip
            if self.returns and number % 4 == 0:
                back = {
                    "force_reference": body["force_reference"],
                    "returned_at": "2015-04-19T06:00:00Z",
                    "how": "found_by_police",
                    "family_may_know_place": True,
                }
                key = str(uuid4())
                receipt = await self._until_acknowledged(client, "/returns", key, back)
                self._keep(ledger, Acknowledged("", key, receipt["id"], tuple(receipt["events"]),
                                                ""))  # fmt: skip
            await asyncio.sleep(self.pause_seconds)

    async def _until_acknowledged(
        self, client: httpx.AsyncClient, path: str, key: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        began = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            self.attempts += 1
            self.repeated += attempt > 1
            # Some answers are lost on the way back: the line breaks when the request has left.
            breaks = attempt == 1 and self._chance.random() < LINES_THAT_BREAK
            timeout = self._chance.uniform(0.002, 0.012) if breaks else 5
            try:
                response = await client.post(
                    path, json=body, headers={"Idempotency-Key": key}, timeout=timeout
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            self.answers[response.status_code] = self.answers.get(response.status_code, 0) + 1
            if response.status_code == 201:
                self.replayed += "idempotency-replayed" in response.headers
                self.slowest = max(self.slowest, time.monotonic() - began)
                receipt: dict[str, Any] = response.json()
                return receipt
            # A refusal that does not pass by itself would be a fault of this test, or a real one.
            assert response.status_code in {409, 500, 503}, response.text
            assert response.status_code != 409 or "in-flight" in response.text, response.text
            await asyncio.sleep(0.1)

    @staticmethod
    def _keep(ledger: Any, receipt: Acknowledged) -> None:
        ledger.write(json.dumps(receipt.__dict__) + "\n")
        ledger.flush()
        os.fsync(ledger.fileno())


def token_of(installation: Installation, persona: str) -> str:
    """A token that lasts for the test."""
    issuer = Issuer(installation.keys.demo)
    return issuer.issue(PERSONAS[persona].actor, lifetime_seconds=3600)


def receipts(ledger: Path) -> list[Acknowledged]:
    """What was acknowledged, as the file has it."""
    lines = (json.loads(line) for line in ledger.read_text().splitlines())
    return [Acknowledged(**{**line, "events": tuple(line["events"])}) for line in lines]


def report(seed: int, number: int, reference: str) -> dict[str, Any]:
    """A report about a child of its own, every third about one of a few children."""
    chance = random.Random(f"{seed}-{number}")
    word: Callable[[], str] = lambda: "".join(chance.choices(SYLLABLES, k=4)).capitalize()  # noqa: E731
    name = f"{word()} {word()}"
    identifiers = []
    if number % 3 == 0:
        # The same few numbers again and again: links that depend on what was linked before.
        value = nhs_number(900_000_000 + seed % 1000 * 100 + number % 20)
        identifiers = [{"scheme": "nhs-number", "value": value, "verified": True}]
    return {
        "force": FORCE,
        "force_reference": reference,
        "report_version": 1,
        "concern": "missing",
        "missing_from": "care",
        "missing_since": "2015-04-18T21:30:00Z",
        "reported_at": "2015-04-18T23:05:00Z",
        "risk": {"level": "high"},
        "at_risk_of_exploitation": "yes",
        "known_to_social_care": "yes",
        "circumstances": "Not back by curfew.",
        "child": {
            "names": [{"full": name}],
            "date_of_birth": f"2001-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "identifiers": identifiers,
        },
        "places": [{"role": "missing_from", "name": "Saltmarsh House", "type": "childrens-home"}],
    }


def nhs_number(nine: int) -> str:
    """A valid NHS number that begins with these nine digits, or with the next that can."""
    while True:
        digits = f"{nine:09}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return digits + str(check % 11)
        nine += 50
