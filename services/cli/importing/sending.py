"""Sending rows: some at once, each until it has an answer, told in the order of the file."""

import asyncio
import itertools
import random
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx

from services.cli.importing.access import NotSent, Target
from services.cli.importing.checking import Checked
from services.cli.importing.columns import column_of
from services.cli.importing.kinds import Kind
from services.cli.importing.rows import Wrong
from shared.web.idempotency import DRY_RUN, REPLAYED

AT_ONCE: Final = 8
"""Requests under way at the same time unless told otherwise."""

AHEAD: Final = 16
"""Rows read ahead for each request under way."""

AHEAD_BYTES: Final = 16 * 1024 * 1024
"""What rows that were read ahead may hold. So memory does not grow, however long rows are."""

PATIENCE_SECONDS: Final = 300.0
"""How long one row is tried while the service is away or busy."""

LONGEST_PAUSE_SECONDS: Final = 20.0
TIMEOUT_SECONDS: Final = 30.0
BUSY: Final = {429, 502, 503, 504}
FAULTS: Final = 5
"""A row that breaks the service so often in a row is given up, so that the others get in."""

STRANGERS: Final = 3
"""So many tokens are tried for a row, where there are new ones."""

NOT_KNOWN: Final = (
    "the token is not valid, or no longer: get a new one, then run the same command again"
)

Became = Literal["stored", "there-already", "would-store", "refused", "not-sent"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row."""

    checked: Checked
    became: Became
    wrong: tuple[Wrong, ...] = ()


class Sender:
    """Sends rows of a kind to a service.

    Args:
        connect: makes a client; each of those under way at once has its own, with one connection,
            since a client that shares out many spends more time on that than on the rows.
        rehearse: nothing is to be stored.
        patience: seconds that one row is tried while the service is away.
    """

    def __init__(
        self,
        connect: Callable[[], httpx.AsyncClient],
        target: Target,
        kind: Kind,
        *,
        rehearse: bool,
        at_once: int = AT_ONCE,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._connect = connect
        self._target = target
        self._kind = kind
        self._rehearse = rehearse
        self._patience = patience
        self._queues: list[asyncio.Queue[tuple[Checked, asyncio.Future[Outcome]]]] = [
            asyncio.Queue() for _ in range(at_once)
        ]
        self._token = target.token()
        self._stopped = False

    def stop(self) -> None:
        """Send nothing more; what is under way is finished."""
        self._stopped = True

    async def outcomes(self, rows: Iterator[Checked]) -> AsyncGenerator[Outcome, None]:
        """Send rows, and say what became of each, in their order.

        Raises:
            NotSent: the service is away, or does not know us.
        """
        workers = [asyncio.create_task(self._work(queue)) for queue in self._queues]
        waiting: deque[asyncio.Future[Outcome]] = deque()
        try:
            held = 0
            for row in rows:
                if self._stopped:
                    break
                waiting.append(self._put(row))
                held += _size(row)
                while waiting and (len(waiting) >= AHEAD * len(self._queues) or held > AHEAD_BYTES):
                    outcome = await waiting.popleft()
                    held -= _size(outcome.checked)
                    yield outcome
            while waiting:
                yield await waiting.popleft()
        finally:
            self._stopped = True
            for future in waiting:
                if not future.cancel() and not future.cancelled():
                    future.exception()  # it is the one that we are raising already, or like it
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def _put(self, row: Checked) -> "asyncio.Future[Outcome]":
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if row.wrong:
            future.set_result(Outcome(row, "refused", row.wrong))
        else:
            # Rows about one record go one after another: what is accepted must first be offered.
            lane = hash(row.record) % len(self._queues)
            self._queues[lane].put_nowait((row, future))
        return future

    async def _work(self, queue: "asyncio.Queue[tuple[Checked, asyncio.Future[Outcome]]]") -> None:
        async with self._connect() as client:
            while True:
                row, future = await queue.get()
                try:
                    if self._stopped:
                        outcome = Outcome(row, "not-sent")
                    else:
                        outcome = await self._send(row, client)
                except Exception as reason:  # noqa: BLE001 (whoever waits for the row raises it)
                    self._stopped = True
                    if not future.cancelled():
                        future.set_exception(reason)
                else:
                    if not future.cancelled():
                        future.set_result(outcome)

    async def _send(self, row: Checked, client: httpx.AsyncClient) -> Outcome:
        """Send one row until it is answered, each time under the same key."""
        deadline = time.monotonic() + self._patience
        faults = unknown = 0
        for attempt in itertools.count():
            token = self._token
            try:
                response = await client.post(
                    self._target.address + self._kind.path,
                    content=row.body,
                    headers=self._headers(row, token),
                )
            except httpx.InvalidURL:
                raise NotSent("--to is no address") from None
            except httpx.HTTPError as reason:
                await self._pause(attempt, deadline, f"does not answer ({type(reason).__name__})")
                continue
            match response.status_code:
                case 200 | 201:
                    return self._done(row, response)
                case 401 if (unknown := unknown + 1) < STRANGERS:
                    self._renew(token)
                case 401:
                    raise NotSent(NOT_KNOWN)
                case status if status in BUSY or _is_passing(response):
                    await self._pause(attempt, deadline, "is busy or away", response)
                case 500 if not _json(response) or (faults := faults + 1) < FAULTS:
                    await self._pause(attempt, deadline, "has a fault", response)
                case _:
                    return Outcome(row, "refused", self._refusal(row, response))
        raise AssertionError("unreachable")

    def _headers(self, row: Checked, token: str) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": row.key,
        }
        return headers | {DRY_RUN: "true"} if self._rehearse else headers

    def _done(self, row: Checked, response: httpx.Response) -> Outcome:
        answer = _json(response)
        if self._rehearse and response.status_code == httpx.codes.OK and "would_store" in answer:
            # The service has not seen the earlier row either: it is only being rehearsed.
            return Outcome(row, "there-already" if row.same_as is not None else "would-store")
        if "events" not in answer:
            raise NotSent(self._stranger())
        replayed = response.headers.get(REPLAYED) == "true"
        return Outcome(row, "there-already" if replayed else "stored")

    def _renew(self, refused: str) -> None:
        """Another token, since this one is refused; unless another row brought one meanwhile.

        Raises:
            NotSent: there is no other.
        """
        if self._token == refused:
            self._token = self._target.token()
        if self._token == refused:
            raise NotSent(NOT_KNOWN)

    def _refusal(self, row: Checked, response: httpx.Response) -> tuple[Wrong, ...]:
        problem = _json(response)
        if not isinstance(problem.get("detail"), str) or "type" not in problem:
            raise NotSent(self._stranger())
        errors = problem.get("errors")
        wrong = tuple(
            Wrong(column_of(_plain(error["pointer"]), row.row.tree), _plain(error["detail"]))
            for error in (errors if isinstance(errors, list) else [])
            if isinstance(error, dict) and {"pointer", "detail"} <= set(error)
        )
        return wrong or (Wrong("", _plain(problem["detail"])),)

    def _stranger(self) -> str:
        return (
            f"what answers at {self._target.address} is not Throughline's {self._kind.service}: "
            "check the address"
        )

    async def _pause(
        self, attempt: int, deadline: float, why: str, response: httpx.Response | None = None
    ) -> None:
        """Wait before the next attempt: as long as the service asks, or ever longer.

        Raises:
            NotSent: patience is at an end.
        """
        seconds = min(0.1 * 2.0 ** min(attempt, 10), LONGEST_PAUSE_SECONDS)
        told = response.headers.get("retry-after", "") if response is not None else ""
        if told.isdigit() and len(told) < 6:  # noqa: PLR2004 (more than a day is no pause)
            seconds = min(max(seconds, float(told)), LONGEST_PAUSE_SECONDS)
        seconds *= random.uniform(0.5, 1)  # noqa: S311 (so that all do not come back at once)
        if time.monotonic() + seconds > deadline:
            raise NotSent(
                f"the service at {self._target.address} {why}. Every row that was acknowledged is "
                "stored; run the same command again for the rest"
            )
        await asyncio.sleep(seconds)


def _size(row: Checked) -> int:
    given = row.row.given or ()
    return len(row.body) + (len(given) if isinstance(given, bytes) else sum(map(len, given)))


def _is_passing(response: httpx.Response) -> bool:
    """A refusal that says itself that the same request may succeed."""
    kind = str(_json(response).get("type", "")) if response.status_code == 409 else ""  # noqa: PLR2004
    return kind in {"/problems/in-flight", "/problems/conflict"}


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(text: object) -> str:
    """What a service said, without anything that would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))[:500]
