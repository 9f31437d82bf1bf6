"""A police system with much to send: many connections, little work for each request.

What it sends is what a force sends: a child is reported, graded anew as more is known, and comes
back. Each request has its key and is repeated under it until there is a receipt.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from services.cli.installation import Installation
from tests.crash.client import PASSES, Acknowledged, token_of
from tests.crash.work import MISSING, name_of, report, returned

PATIENCE_SECONDS = 10.0
AGAIN_SECONDS = 0.2
REGRADES = ("medium", "high", "medium", "high")
NAMED_EVERY = 50


@dataclass
class Bulk:
    """Sends until `stopping`; everything that was begun is finished.

    Attributes:
        address: of missing: `http://127.0.0.1:8101`.
        acknowledged: receipts so far.
    """

    installation: Installation
    address: str
    ledger: Path
    seed: int
    acknowledged: int = 0
    attempts: int = 0
    replayed: int = 0
    stopping: bool = False
    answers: Counter[int] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    async def run(self, *, connections: int) -> None:
        """Send over so many connections at once."""
        self._head = (
            f"Host: missing\r\nAuthorization: Bearer {token_of(self.installation, MISSING.persona)}"
            "\r\nContent-Type: application/json\r\n"
        )
        numbers = iter(range(10**9))
        with self.ledger.open("a") as ledger:
            async with asyncio.TaskGroup() as group:
                for _ in range(connections):
                    group.create_task(self._send(numbers, ledger))

    async def _send(self, numbers: Iterator[int], ledger: Any) -> None:
        wire = _Wire(self.address)
        for number in numbers:
            if self.stopping:
                break
            reference = f"SM {self.seed} bulk {number}"
            body = report(self.seed, number, reference)
            body["places"] = []
            receipt = await self._acknowledged(wire, "/episodes", body)
            if receipt is None:
                continue
            name = name_of(self.seed, number) if number % NAMED_EVERY == 0 else ""
            self._keep(ledger, receipt, MISSING.begins, reference, name)
            for level in REGRADES:
                regrade = {
                    "risk": {"level": level},
                    "regraded_at": "2015-04-19T01:00:00Z",
                    "reason": "More is known.",
                }
                path = f"/episodes/{receipt[1]['id']}/risk"
                self._keep(ledger, await self._acknowledged(wire, path, regrade), "", "", "")
            back = await self._acknowledged(wire, "/returns", returned(body))
            self._keep(ledger, back, "", "", "")
        wire.close()

    async def _acknowledged(
        self, wire: "_Wire", path: str, body: dict[str, Any]
    ) -> tuple[str, dict[str, Any]] | None:
        key = str(uuid4())
        sent = json.dumps(body).encode()
        request = (
            f"POST {path} HTTP/1.1\r\n{self._head}Idempotency-Key: {key}\r\n"
            f"Content-Length: {len(sent)}\r\n\r\n"
        ).encode() + sent
        while True:
            self.attempts += 1
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    status, replayed, answer = await wire.ask(request)
            except (OSError, EOFError, TimeoutError, ValueError):
                wire.close()
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            self.answers[status] += 1
            if status in {200, 201}:
                self.acknowledged += 1
                self.replayed += replayed
                return key, json.loads(answer)
            if status not in PASSES or (status == 409 and b"in-flight" not in answer):
                self.refused.append(f"{path} {status} {answer[:200]!r}")
                return None
            await asyncio.sleep(AGAIN_SECONDS)

    def _keep(
        self,
        ledger: Any,
        receipt: tuple[str, dict[str, Any]] | None,
        begins: str,
        reference: str,
        name: str,
    ) -> None:
        if receipt is None:
            return
        key, told = receipt
        ledger.write(json.dumps(asdict(Acknowledged(
            service="missing",
            begins=begins,
            reference=reference,
            key=key,
            record=told["id"],
            events=tuple(told["events"]),
            name=name,
        ))) + "\n")  # fmt: skip
        ledger.flush()


class _Wire:
    """One connection, made anew whenever it has broken."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.removeprefix("http://").partition(":")
        self._port = int(port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bool, bytes]:
        """The status of an answer, whether it is the first one told again, and its body."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        if b"connection: close" in lower:
            self.close()
        return status, b"idempotency-replayed" in lower, body

    def close(self) -> None:
        """Let the connection go."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
