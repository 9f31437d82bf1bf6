"""What a reader is told when the owner of a feed does not answer: to wait, not that it failed."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from shared.contracts.refusals import Unavailable
from shared.web.runtime import Runtime

pytestmark = pytest.mark.asyncio


def runtime(answer: Callable[[httpx.Request], httpx.Response], folder: Path) -> Runtime:
    """As a service has it, with an owner that answers so."""
    settings: Any = SimpleNamespace(
        service="mash", feeds={"missing": "http://owner/feed"}, own_token_key=folder / "none"
    )
    others = dict.fromkeys(
        ("keyring", "pool", "vault", "vault_pool", "bus", "stores", "gazetteer"), cast("Any", None)
    )
    made = Runtime(
        settings=settings,
        http=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        **others,
    )
    made._feed_token = (float("inf"), "token")
    return made


def breaks(kind: type[httpx.HTTPError]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise kind("nothing")

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        breaks(httpx.ConnectError),
        breaks(httpx.ReadTimeout),
        breaks(httpx.RemoteProtocolError),
        lambda _: httpx.Response(503),
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(401),
    ],
)
async def test_an_owner_that_does_not_answer_is_waited_for(
    tmp_path: Path, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    with pytest.raises(Unavailable) as refused:
        await runtime(answer, tmp_path)._feed("missing", 7, 10)
    assert str(refused.value) == "the feed of missing does not answer"


async def test_what_it_answers_is_numbered_from_where_the_reader_is(tmp_path: Path) -> None:
    found = await runtime(lambda _: httpx.Response(200, content=b"one\ntwo\n"), tmp_path)._feed(
        "missing", 7, 10
    )
    assert found == [(8, b"one"), (9, b"two")]
