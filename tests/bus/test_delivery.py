"""Where a reader can have its stream delivered: `docs/trust.md` says what remains.

The server has no right by where a consumer delivers. The day that it has one, the second test
fails, and the permissions of readers can be narrowed.
"""

import json
from typing import Any

import pytest
from nats.aio.msg import Msg

from shared.bus import Connection
from tests.bus.support import Bus, append, until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def reader_of(bus: Bus) -> Connection:
    """As a reader's user, of a stream that has messages."""
    await append(bus.store, 3)
    relay = await bus.relay()
    await until(lambda: relay.state.published == 3)
    connection = await bus.connection("reader")
    await connection.ready()
    return connection


async def deliver(reader: Connection, where: str) -> Any:
    """The server's answer to a consumer that would deliver there."""
    config = {
        "name": "pushes",
        "ack_policy": "none",
        "deliver_policy": "all",
        "deliver_subject": where,
    }
    asked = json.dumps({"stream_name": "MISSING", "config": config}).encode()
    answer = await reader.request("$JS.API.CONSUMER.CREATE.MISSING.pushes", asked, timeout=5)
    return json.loads(answer.data)


async def test_a_reader_cannot_have_a_stream_delivered_into_itself(bus: Bus) -> None:
    reader = await reader_of(bus)
    answer = await deliver(reader, "evt.missing.episode.episode-reported.v1")
    assert "cycle" in answer["error"]["description"]
    assert (await (await bus.admin()).jetstream().stream_info("MISSING")).state.messages == 3


async def test_what_remains_it_can_be_delivered_where_somebody_listens(bus: Bus) -> None:
    """Into another's stream as well, while anybody listens on exactly that subject."""
    reader = await reader_of(bus)
    elsewhere = "evt.screening.tool.screening-completed.v1"
    admin = await bus.admin()
    await admin.jetstream().add_stream(name="SCREENING", subjects=["evt.screening.>"])
    heard: list[bytes] = []

    async def hear(message: Msg) -> None:
        heard.append(message.data)

    await admin.subscribe(elsewhere, cb=hear)
    await admin.flush()

    assert "error" not in await deliver(reader, elsewhere)

    async def there() -> bool:
        info = await admin.jetstream().stream_info("SCREENING")
        return (len(heard), info.state.messages) == (3, 3)

    await until(there)
