"""Clients as they should be: one key for each report, repeated until it has a receipt."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from services.cli.installation import Installation
from services.cli.people import PERSONAS
from shared.access.tokens import Issuer
from tests.crash.work import MISSING, Work, name_of, report

__all__ = ["PERSONA", "Acknowledged", "Reporters", "receipts", "report", "shown_in", "token_of"]

PERSONA = MISSING.persona
LINES_THAT_BREAK = 0.15
LOOKS_EVERY = 5
TOKEN_SECONDS = 6 * 3600
PASSES = {409, 500, 503}
"""Refusals that pass by themselves. Anything else is a fault, of the test's or a real one."""


@dataclass(frozen=True)
class Acknowledged:
    """A receipt that was given.

    Attributes:
        begins: the type of the event that what was reported begins with; "" for what follows it.
        name: of the child who was reported; "" where there is none.
    """

    service: str
    begins: str
    reference: str
    key: str
    record: str
    events: tuple[str, ...]
    name: str


@dataclass
class Reporters:
    """Several of them at once, until told to stop.

    Attributes:
        work: what they do, in turn.
        returns: every fourth child comes back.
        forgetful: loses every other answer and asks again under another key and reference, as a
            client without keys in effect does. A mutant: its doubles must be noticed.
        looks: whether they read what they sent, now and then.
        breaks: of how many requests the line breaks while they are under way.
        durable: whether the ledger is synced after each line; else it outlives only the processes.
        addresses: where they ask, if not at the services' own addresses.
    """

    installation: Installation
    ledger: Path
    seed: int
    pause_seconds: float = 0.0
    forgetful: bool = False
    returns: bool = True
    looks: bool = False
    breaks: float = LINES_THAT_BREAK
    durable: bool = True
    work: Sequence[Work] = (MISSING,)
    addresses: Mapping[str, str] | None = None
    attempts: int = 0
    repeated: int = 0
    replayed: int = 0
    acknowledged: int = 0
    shown: int = 0
    slowest: float = 0.0
    stopping: bool = False
    answers: Counter[int] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    async def run(self, *, count: int = 4, reports: int | None = None) -> None:
        """Report until `stopping`, or so many reports in all; all that was begun is finished."""
        numbers = iter(range(reports if reports is not None else 10**9))
        with self.ledger.open("a") as ledger:
            async with AsyncExitStack() as stack:
                clients = {
                    work.service: await stack.enter_async_context(self._client(work, count))
                    for work in self.work
                }
                async with asyncio.TaskGroup() as group:
                    for _ in range(count):
                        group.create_task(self._report_on(clients, numbers, ledger))

    def _client(self, work: Work, count: int) -> httpx.AsyncClient:
        token = token_of(self.installation, work.persona)
        return httpx.AsyncClient(
            base_url=(self.addresses or self.installation.addresses)[work.service],
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(max_connections=count, max_keepalive_connections=count),
        )

    async def _report_on(
        self, clients: dict[str, httpx.AsyncClient], numbers: Iterator[int], ledger: Any
    ) -> None:
        for number in numbers:
            if self.stopping:
                return
            work = self.work[number % len(self.work)]
            client = clients[work.service]
            reference = f"SM {self.seed} {number}"
            body = work.body(self.seed, number, reference)
            receipt = await self._sent(client, work, work.path, body, reference, ledger)
            if receipt is not None and self.forgetful and number % 2:
                body = work.body(self.seed, number, reference + " again")
                receipt = await self._sent(client, work, work.path, body, reference, ledger)
            if receipt is None:
                continue
            if self.returns and work.follows and number // len(self.work) % 4 == 0:
                path, following = work.follows
                await self._sent(client, work, path, following(body), "", ledger)
            if self.looks and work.shows and number // len(self.work) % LOOKS_EVERY == 0:
                await self._look(client, work, receipt["id"], ledger)
            await asyncio.sleep(self.pause_seconds)

    async def _sent(
        self,
        client: httpx.AsyncClient,
        work: Work,
        path: str,
        body: dict[str, Any],
        reference: str,
        ledger: Any,
    ) -> dict[str, Any] | None:
        """The receipt, which the ledger keeps; None if it was refused for good."""
        key = str(uuid4())
        receipt = await self._until_acknowledged(client, path, key, body)
        if receipt is not None:
            self.acknowledged += 1
            child = reference and reference.rpartition(" ")[2]
            self._keep(ledger, Acknowledged(
                service=work.service,
                begins=work.begins if reference else "",
                reference=reference,
                key=key,
                record=receipt["id"],
                events=tuple(receipt["events"]),
                name=name_of(self.seed, int(child)) if child and work is MISSING else "",
            ))  # fmt: skip
        return receipt

    async def _until_acknowledged(
        self, client: httpx.AsyncClient, path: str, key: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        began = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            self.attempts += 1
            self.repeated += attempt > 1
            # Some answers are lost on the way back: the line breaks when the request has left.
            breaks = attempt == 1 and self._chance.random() < self.breaks
            timeout = self._chance.uniform(0.002, 0.012) if breaks else 5
            try:
                response = await client.post(
                    path, json=body, headers={"Idempotency-Key": key}, timeout=timeout
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            self.answers[response.status_code] += 1
            if response.status_code in {200, 201}:
                self.replayed += "idempotency-replayed" in response.headers
                self.slowest = max(self.slowest, time.monotonic() - began)
                receipt: dict[str, Any] = response.json()
                return receipt
            if response.status_code not in PASSES or (
                response.status_code == 409 and "in-flight" not in response.text
            ):
                self.refused.append(f"{path} {response.status_code} {response.text[:200]}")
                return None
            await asyncio.sleep(0.1)

    async def _look(self, client: httpx.AsyncClient, work: Work, record: str, ledger: Any) -> None:
        """Read what was sent, once; what could not be shown is no fault."""
        assert work.shows is not None
        try:
            response = await client.get(work.shows.format(id=record), timeout=5)
        except httpx.HTTPError:
            return
        if response.status_code == 200:
            self.shown += 1
            keep_shown(ledger, work.service, response, durable=self.durable)
        elif response.status_code not in PASSES:
            self.refused.append(f"{work.shows} {response.status_code} {response.text[:200]}")

    def _keep(self, ledger: Any, receipt: Acknowledged) -> None:
        ledger.write(json.dumps(asdict(receipt)) + "\n")
        ledger.flush()
        if self.durable:
            os.fsync(ledger.fileno())


def keep_shown(ledger: Any, service: str, response: httpx.Response, *, durable: bool) -> None:
    """Remember that somebody was shown something: it must be on record."""
    seen = {"shown": response.headers["correlation-id"], "service": service}
    ledger.write(json.dumps(seen) + "\n")
    ledger.flush()
    if durable:
        os.fsync(ledger.fileno())


def token_of(installation: Installation, persona: str) -> str:
    """A token that lasts for the test."""
    issuer = Issuer(installation.keys.demo)
    return issuer.issue(PERSONAS[persona].actor, lifetime_seconds=TOKEN_SECONDS)


def receipts(ledger: Path) -> list[Acknowledged]:
    """What was acknowledged, as the file has it."""
    return [
        Acknowledged(**{**line, "events": tuple(line["events"])})
        for line in _lines(ledger)
        if "shown" not in line
    ]


def shown_in(ledger: Path) -> list[tuple[str, str]]:
    """(service, request) of everything that was shown."""
    return [(line["service"], line["shown"]) for line in _lines(ledger) if "shown" in line]


def _lines(ledger: Path) -> Iterator[dict[str, Any]]:
    with ledger.open() as file:
        for line in file:
            yield json.loads(line)
