"""Logs hold ids, numbers and codes of ours, whoever writes to them and whatever goes wrong."""

import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from starlette.types import Message, Receive, Scope, Send

from shared.web.edge import Edge
from shared.web.limits import Limits
from shared.web.logs import clean, set_up
from shared.web.metrics import Metrics
from shared.web.problems import refusal_response
from tests.web.app import CANARY, SECURITY_HEADERS, client, headers, logged, small_app


@pytest.mark.asyncio
async def test_the_log_has_the_route_and_not_the_address(tmp_path: Path) -> None:
    app = small_app(tmp_path)
    given = uuid4()
    with logged() as log:
        async with client(app) as asking:
            response = await asking.get(
                f"/things/{uuid4()}", headers=headers(app, correlation_id=str(given))
            )

    assert response.status_code == 200
    assert response.headers["correlation-id"] == str(given)
    for name, value in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [value]
    (line,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/things/{thing_id}", 200)
    assert line["request"] == str(given)


@pytest.mark.asyncio
async def test_a_fault_after_the_answer_began_is_logged_and_nothing_more_is_sent() -> None:
    """Whoever reads the answer sees that it broke off; a second head would look like its text."""
    sent: list[Message] = []

    async def inner(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(CANARY)

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with logged() as log:
        scope = {"type": "http", "method": CANARY, "path": "/", "headers": []}
        await Edge(inner, Metrics())(scope, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start"]
    assert '"fault": "RuntimeError"' in log.getvalue()
    assert CANARY not in log.getvalue()


@pytest.mark.asyncio
@pytest.mark.parametrize("came", [[], [b'{"a":1}'], [b'{"a":', b"1}"]])
async def test_a_client_that_goes_away_before_its_request_is_whole_has_asked_nothing(
    came: list[bytes],
) -> None:
    """What came may be JSON by itself: it must not be carried out."""
    reached: list[Scope] = []
    sent: list[Message] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    async def messages() -> AsyncIterator[Message]:
        for part in came:
            yield {"type": "http.request", "body": part, "more_body": True}
        yield {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    coming = messages()
    scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    with logged():
        await Edge(Limits(inner), Metrics())(scope, coming.__anext__, send)

    assert (reached, sent) == ([], [])


@contextmanager
def set_up_for_tests() -> Iterator[None]:
    config, hook = structlog.get_config(), sys.excepthook
    handlers, level = list(logging.root.handlers), logging.root.level
    try:
        set_up("small")
        yield
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.configure(**config)
        sys.excepthook = hook
        logging.root.handlers, logging.root.level = handlers, level


def failing() -> StopIteration:
    try:
        refusal_response(RuntimeError(CANARY), None)  # type: ignore[arg-type]
    except StopIteration as reason:
        reason.value = CANARY
        reason.args = (CANARY,)
        return reason
    raise AssertionError


def test_what_a_library_logs_is_logged_without_its_words(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with set_up_for_tests():
        library = logging.getLogger("asyncio")  # noqa: TID251 (we play the library)
        library.error("Task exception was never retrieved %s", CANARY, exc_info=failing())
        library.warning(ValueError(CANARY))
        library.info(CANARY)
        sys.excepthook(StopIteration, failing(), None)
        structlog.get_logger().info("a sentence", route=f"{CANARY} x", name=CANARY, port=1)
        structlog.get_logger().error("a sentence", exc_info=failing())

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line.get("fault") for line in lines] == [
        "StopIteration", "ValueError", "StopIteration", None, None,
    ]  # fmt: skip
    assert all(line["service"] == "small" and line["timestamp"] for line in lines)
    assert CANARY not in json.dumps(lines)
    assert all("web/problems.py:" in line["at"][-1] for line in (lines[0], lines[2]))
    assert [line.get("source") for line in lines] == ["asyncio", "asyncio", None, None, None]


@pytest.mark.parametrize(
    "value",
    [f"{CANARY} x", "a\n", "", "x" * 81, "é", ["a b"], {"a": 1}, b"a", None, ValueError("a"), (1,)],
)
def test_what_is_not_known_to_be_harmless_is_left_out_of_a_log(value: object) -> None:
    assert clean(None, "", {"event": "e", "at": value, "anything": 1}) == {"event": "e"}


def test_where_a_log_finds_no_room_work_goes_on() -> None:
    """As a full disk: each write fails."""
    code = (
        "import structlog\n"
        "from shared.web.logs import set_up\n"
        "set_up('small')\n"
        "structlog.get_logger().error('fault')\n"
        "print('goes on')\n"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert (done.returncode, done.stdout) == (0, b"goes on\n")
