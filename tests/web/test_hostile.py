"""What no honest client sends is answered with a problem, numbered, and never repeated."""

import json
import time

import pytest
from fastapi import FastAPI

from tests.web.app import CANARY, client, headers, is_problem, logged, small_app
from tests.web.hostile import GOOD, HOSTILE, body, raw

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return small_app(tmp_path_factory.mktemp("keys"))


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_hostile_request_is_a_problem_that_repeats_nothing(
    hostile: str, app: FastAPI
) -> None:
    ask = HOSTILE[hostile]
    content = ask.content() if callable(ask.content) else ask.content
    began = time.perf_counter()

    with logged() as log:
        async with client(app) as asking:
            response = await asking.request(
                ask.method, ask.url, content=content, headers=headers(app, **ask.headers)
            )

    is_problem(response, log.getvalue(), ask.status)
    assert log.getvalue().count('"event": "request"') == 1
    assert time.perf_counter() - began < 2, "a request of at most a megabyte took this long"


async def test_the_same_request_without_the_hostile_part_is_accepted(app: FastAPI) -> None:
    async with client(app) as asking:
        response = await asking.post("/things", json=GOOD, headers=headers(app))
        quoted = await asking.post(
            "/things", json=GOOD, headers=headers(app, idempotency_key=f'"{"k" * 16}"')
        )
        charset = await asking.post(
            "/things",
            content=json.dumps(GOOD),
            headers=headers(app, content_type='Application/JSON; Charset="UTF-8"'),
        )

    assert [response.status_code, quoted.status_code, charset.status_code] == [201, 201, 201]


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("2015-03-29T01:30:00+01:00", "2015-03-29T00:30:00+00:00"),
        ("2015-03-27T22:10:00.123456Z", "2015-03-27T22:10:00.123456+00:00"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00+00:00"),
    ],
)
async def test_a_time_is_in_utc_from_there_on(app: FastAPI, at: str, utc: str) -> None:
    async with client(app) as asking:
        response = await asking.post("/things", json=GOOD | {"at": at}, headers=headers(app))
    assert response.json() == {"at": utc}


async def test_32_levels_are_not_too_deep_for_the_limit(app: FastAPI) -> None:
    """It is the unknown field that is refused then, and brackets in a text are no levels."""
    deep = raw('"x": ' + "[" * 31 + "]" * 31)
    text = body(line="[" * 100 + '\\"]{')
    async with client(app) as asking:
        for ask, status in ((deep, 422), (text, 201)):
            assert isinstance(ask.content, bytes)
            response = await asking.post("/things", content=ask.content, headers=headers(app))
            assert response.status_code == status


async def test_an_error_points_at_our_own_names(app: FastAPI) -> None:
    sent = GOOD | {"inner": [{"word": "a"}, {"word": 1, CANARY: 1}], "count": CANARY}
    async with client(app) as asking:
        response = await asking.post("/things", json=sent, headers=headers(app))

    pointers = {fault["pointer"] for fault in is_problem(response, "", 422)["errors"]}
    assert pointers == {"/inner/1/word", "/inner/1", "/count"}


async def test_no_more_faults_are_told_than_somebody_can_read(app: FastAPI) -> None:
    sent = GOOD | {f"{CANARY}{number}": 1 for number in range(5000)}
    async with client(app) as asking:
        response = await asking.post("/things", json=sent, headers=headers(app))

    assert len(is_problem(response, "", 422)["errors"]) == 50


async def test_there_are_hostile_requests_of_every_kind() -> None:
    assert len(HOSTILE) >= 40
    assert {ask.status for ask in HOSTILE.values()} == {400, 401, 403, 404, 405, 413, 415, 422}
