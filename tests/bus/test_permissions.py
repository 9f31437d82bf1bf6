"""What each user of the bus may do, on a server with the product's own configuration."""

import asyncio
import time

import pytest

from shared.bus import Connection, NotAllowed, Relay, connect
from shared.contracts.refusals import Unavailable
from tests.bus.support import Bus, append, until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def connected(bus: Bus, user: str) -> Connection:
    connection = await bus.connection(user)
    await connection.ready()
    return connection


RELAY_MAY_NOT = [
    "evt.screening.tool.screening-completed.v1",
    "evt.missing_disclosures.disclosure.made.v1",
    "$JS.API.STREAM.DELETE.MISSING",
    "$JS.API.STREAM.PURGE.MISSING",
    "$JS.API.STREAM.UPDATE.MISSING",
    "$JS.API.STREAM.INFO.SCREENING",
    "$JS.API.STREAM.CREATE.SCREENING",
    "$JS.API.CONSUMER.CREATE.MISSING.mine",
    "_INBOX_reader.answer",
]
READER_MAY_NOT = [
    "evt.missing.episode.episode-reported.v1",
    "evt.screening.tool.screening-completed.v1",
    "$JS.API.STREAM.CREATE.MISSING",
    "$JS.API.STREAM.DELETE.MISSING",
    "$JS.API.STREAM.PURGE.MISSING",
    "$JS.API.STREAM.MSG.DELETE.MISSING",
    "$JS.API.STREAM.MSG.GET.SCREENING",
    "$JS.API.CONSUMER.CREATE.SCREENING.mine",
    "$JS.API.CONSUMER.DURABLE.CREATE.MISSING.mine",
    "$JS.API.CONSUMER.MSG.NEXT.SCREENING.mine",
    "_INBOX_relay.answer",
]


@pytest.mark.parametrize(
    ("user", "subjects"), [("relay", RELAY_MAY_NOT), ("reader", READER_MAY_NOT)]
)
async def test_a_user_may_do_no_more_than_its_task(
    bus: Bus, user: str, subjects: list[str]
) -> None:
    connection = await connected(bus, user)
    for subject in subjects:
        began = time.monotonic()
        with pytest.raises(NotAllowed, match=f"the bus user {user} may not publish to"):
            await connection.request(subject, b"{}", timeout=5)
        assert time.monotonic() - began < 3  # not mistaken for a server that does not answer


@pytest.mark.parametrize("user", ["relay", "reader"])
async def test_a_user_hears_nothing_but_its_own_inbox(bus: Bus, user: str) -> None:
    heard: list[bytes] = []
    refused: list[str | None] = []
    connection = await connected(bus, user)
    connection.on_change(refused.append)
    subjects = ["evt.>", "_INBOX_admin.>", "_INBOX.>", ">", "$JS.API.>"]
    for subject in subjects:
        await connection.listen(subject, lambda *message: heard.append(message[2]))
    await until(lambda: len(refused) == len(subjects))
    admin = await connected(bus, "admin")
    await admin.publish("evt.missing.x.y.v1", b"secret")
    await admin.publish("_INBOX_admin.x", b"secret")
    await admin.flush()
    await asyncio.sleep(0.1)
    assert heard == []


async def test_a_relay_that_may_not_publish_says_so(bus: Bus) -> None:
    await append(bus.store, 3)
    first = await bus.relay()
    await until(lambda: first.state.published == 3)
    await bus.end()
    # A relay that runs as the reader's user finds the stream, and may not go on.
    relay = Relay(bus.store, await bus.connection("reader"))
    await append(bus.store, 1)
    bus.tasks.append(asyncio.create_task(relay.run()))
    await until(lambda: relay.state.error is not None, seconds=3)
    assert relay.state.error is not None
    assert "the bus user reader may not publish evt.missing.episode" in relay.state.error
    assert relay.state.lag == 1
    assert not relay.state.fenced


async def test_a_reader_that_may_not_read_says_so(bus: Bus) -> None:
    await append(bus.store, 1)
    relay = await bus.relay()
    await until(lambda: relay.state.published == 1)
    tail = await bus.tail(user="relay")
    await until(lambda: tail.reader.waits_for is not None, seconds=3)
    assert tail.reader.waits_for is not None
    assert "the bus user relay may not publish to $js.api.consumer" in tail.reader.waits_for


async def test_a_wrong_password_is_told_from_a_server_that_is_down(bus: Bus) -> None:
    stranger = await connect(bus.nats.url, user="relay", password="wrong", name="stranger")
    await until(lambda: stranger.trouble == "the server does not accept the bus user relay")
    relay = Relay(bus.store, stranger)
    task = asyncio.create_task(relay.run())
    await until(lambda: relay.state.error == stranger.trouble)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await stranger.close()


async def test_a_request_is_not_waited_for_once_the_server_is_gone(bus: Bus) -> None:
    connection = await connected(bus, "admin")
    await connection.listen("slow", lambda *_: None)  # takes the question and never answers
    asked = asyncio.create_task(connection.request("slow", b"", timeout=30))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(bus.nats.kill)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(asked, 3)
    with pytest.raises(Unavailable):
        await connection.request("slow", b"", timeout=30)
    with pytest.raises(Unavailable):
        await connection.write([b"PUB slow 0\r\n\r\n"])
