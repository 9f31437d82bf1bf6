"""The same request twice is done once and answered alike, whoever carries it out and when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response

from shared.contracts.ids import new_record_id
from shared.contracts.refusals import RuleBroken, Unavailable
from shared.eventstore.append import AnswerDraft, Claim, Receipt
from shared.eventstore.store import EventStore
from shared.vault.keyring import Keyring
from shared.web.idempotency import REPLAYED, Idempotency, IdempotencyKey
from tests.conftest import Stores
from tests.support.histories import Thing, context
from tests.web.app import Anybody, Sent, client, headers, is_problem, small_app, token
from tests.web.hostile import GOOD

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

KEY = "5f2b1c0e-6f0a-4f6e-9f43-0d7b1e6f5a10"
OTHER = GOOD | {"line": "Another"}


@dataclass
class Desk:
    """Two processes of one service, each with an application and keys in flight of its own.

    Attributes:
        carried_out: how often a command began, in either.
        refuses: raised by the command, while it is set.
        meanwhile: awaited by the command before it saves.
    """

    stores: Stores
    apps: list[FastAPI] = field(default_factory=list)
    carried_out: int = 0
    refuses: Exception | None = None
    meanwhile: Callable[[], Awaitable[Any]] | None = None

    async def command(self, answer: AnswerDraft) -> Receipt:
        self.carried_out += 1
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.refuses is not None:
            raise self.refuses
        return await self.stores.repository.save(Thing.report(), context=context(), answer=answer)

    async def post(
        self, body: dict[str, Any] = GOOD, *, process: int = 0, **changed: str | None
    ) -> httpx.Response:
        app = self.apps[process]
        changed.setdefault("idempotency_key", KEY)
        async with client(app) as asking:
            return await asking.post("/kept", json=body, headers=headers(app, **changed))

    async def events(self) -> int:
        return len(await self.stores.store.after(0))


@pytest_asyncio.fixture
async def desk(stores: Stores, tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(stores)
    keyring = Keyring.read(stores.keyrings["missing"])
    extra = [EventStore("missing", await stores.database.pool("missing")) for _ in range(2)]
    for store in extra:
        made.apps.append(small_app(tmp_path, (routes(made, Idempotency(store, keyring)),)))
    yield made
    for store in extra:
        await store.close()


def routes(desk: Desk, keyed: Idempotency) -> APIRouter:
    router = APIRouter()

    @router.post("/kept", status_code=201)
    async def keep(
        body: Sent, request: Request, caller: Anybody, idempotency_key: IdempotencyKey = None
    ) -> Response:
        return await keyed.once(request, caller, idempotency_key, desk.command)

    @router.post("/kept-too", status_code=201)
    async def keep_too(
        body: Sent, request: Request, caller: Anybody, idempotency_key: IdempotencyKey = None
    ) -> Response:
        return await keyed.once(
            request, caller, idempotency_key, desk.command, status=200, body=lambda _: b"{}"
        )

    return router


async def test_the_same_request_again_gets_the_first_answer_byte_for_byte(desk: Desk) -> None:
    first = await desk.post()
    again = await desk.post()
    elsewhere = await desk.post(process=1)

    assert first.status_code == again.status_code == elsewhere.status_code == 201
    assert first.content == again.content == elsewhere.content
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == elsewhere.headers[REPLAYED] == "true"
    assert (await desk.events(), desk.carried_out) == (1, 1)


async def test_a_quoted_key_is_the_same_key(desk: Desk) -> None:
    first = await desk.post()
    assert (await desk.post(idempotency_key=f'"{KEY}"')).content == first.content
    assert await desk.events() == 1


async def test_the_first_status_and_body_come_again(desk: Desk) -> None:
    async with client(desk.apps[0]) as asking:
        sent = headers(desk.apps[0], idempotency_key=KEY)
        answers = [await asking.post("/kept-too", json=GOOD, headers=sent) for _ in range(2)]
        other_address = await asking.post("/kept", json=GOOD, headers=sent)

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"{}")] * 2
    is_problem(other_address, "", 422)


async def test_another_request_under_the_key_is_refused(desk: Desk) -> None:
    first = await desk.post()

    problem = is_problem(await desk.post(OTHER), "", 422)

    assert problem["type"] == "/problems/key-reused"
    assert (await desk.post()).content == first.content
    assert await desk.events() == 1


async def test_a_key_belongs_to_its_client(desk: Desk) -> None:
    first = await desk.post()
    other = await desk.post(authorization=f"Bearer {token(desk.apps[0], 'another-system')}")

    assert other.status_code == 201
    assert other.content != first.content
    assert REPLAYED not in other.headers


async def test_while_the_first_is_not_answered_the_second_waits_outside(desk: Desk) -> None:
    answers = await asyncio.gather(*[desk.post() for _ in range(20)])

    done = [answer for answer in answers if answer.status_code == 201]
    assert len([answer for answer in done if REPLAYED not in answer.headers]) == 1
    assert len({answer.content for answer in done}) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert is_problem(answer, "", 409)["type"] == "/problems/in-flight"
    assert await desk.events() == 1
    assert (await desk.post()).content == done[0].content


async def test_over_two_processes_it_is_done_once(desk: Desk) -> None:
    for number in range(10):
        key = f"{KEY}-{number}"
        answers = await asyncio.gather(
            *[desk.post(process=number % 2, idempotency_key=key) for number in range(8)]
        )
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({a.content for a in answers if a.status_code == 201}) == 1
        assert await desk.events() == number + 1


async def test_what_another_process_did_meanwhile_is_answered_and_not_refused(desk: Desk) -> None:
    """The second finds the record already made: its rule is broken by its own first sending."""
    firsts: list[httpx.Response] = []

    async def other_process() -> None:
        desk.meanwhile = None
        firsts.append(await desk.post(process=1))
        desk.refuses = RuleBroken("this version was sent before")

    desk.meanwhile = other_process

    second = await desk.post()

    assert second.status_code == firsts[0].status_code == 201
    assert second.content == firsts[0].content
    assert second.headers[REPLAYED] == "true"
    assert await desk.events() == 1


async def test_what_another_process_did_for_another_body_is_no_answer(desk: Desk) -> None:
    async def other_process() -> None:
        desk.meanwhile = None
        await desk.post(OTHER, process=1)

    desk.meanwhile = other_process

    assert is_problem(await desk.post(), "", 422)["type"] == "/problems/key-reused"
    assert await desk.events() == 1


async def test_after_a_refusal_the_key_may_be_used_again(desk: Desk) -> None:
    desk.refuses = RuleBroken("no")
    is_problem(await desk.post(), "", 409)
    desk.refuses = Unavailable("no")
    assert is_problem(await desk.post(), "", 503)["status"] == 503
    desk.refuses = ValueError("a fault")
    is_problem(await desk.post(), "", 500)
    desk.refuses = None

    # Mended, it is another body, and yet the first one that was done under this key.
    mended = await desk.post(OTHER)

    assert mended.status_code == 201
    assert REPLAYED not in mended.headers
    assert await desk.events() == 1


async def test_a_claim_lost_to_somebody_else_leaves_no_answer(desk: Desk) -> None:
    taken = Claim("force-report", b"k" * 32, new_record_id())
    thing = Thing.report()
    await desk.stores.repository.save(thing, context=context(), claims=(taken,))

    async def lose(answer: AnswerDraft) -> Receipt:
        mine = Claim("force-report", b"k" * 32, new_record_id())
        return await desk.stores.repository.save(
            Thing.report(), context=context(), claims=(mine,), answer=answer
        )

    desk.command = lose  # type: ignore[method-assign]
    is_problem(await desk.post(), "", 409)

    assert await desk.stores.store.answer("test|system", KEY) is None
    assert await desk.events() == 1


@pytest.mark.parametrize("moment", [0.0, 0.001, 0.003, 0.01])
async def test_a_client_that_goes_away_in_the_middle_finds_the_answer(
    desk: Desk, moment: float
) -> None:
    first = asyncio.create_task(desk.post())
    await asyncio.sleep(moment)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)

    again = await desk.post()

    assert again.status_code == 201
    assert await desk.events() == 1
    assert (await desk.post(process=1)).content == again.content


async def test_an_answer_is_kept_with_its_events_or_not_at_all(desk: Desk) -> None:
    await desk.stores.database.admin.execute("REVOKE INSERT ON missing.answer FROM missing")
    failed = await desk.post()
    assert failed.status_code >= 500
    assert await desk.events() == 0

    await desk.stores.database.admin.execute("GRANT INSERT ON missing.answer TO missing")
    assert (await desk.post()).status_code == 201
    assert await desk.events() == 1


async def test_what_is_kept_tells_nothing_of_the_request(desk: Desk) -> None:
    await desk.post(GOOD | {"line": "Wren Ashdown"})
    rows = await desk.stores.database.admin.fetch("SELECT * FROM missing.answer")

    assert len(rows) == 1
    assert "Ashdown" not in str(rows[0])
    assert len(rows[0]["request_hash"]) == 32
