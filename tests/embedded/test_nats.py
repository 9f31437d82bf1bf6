"""nats-server from a folder: nobody hears or says what is another's."""

import asyncio
import contextlib
import json
import socket
import stat
from pathlib import Path

import nats as client
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import NotFoundError

from shared.embedded import EmbeddedError, Nats, NatsUser
from tests.embedded.support import ALICE, BOB, MUTE, RELAY, USERS, wait_gone

pytestmark = pytest.mark.integration


async def connect(server: Nats, user: NatsUser, refusals: list[str] | None = None) -> Client:
    async def note(error: Exception) -> None:
        if refusals is not None:
            refusals.append(str(error))

    return await client.connect(
        server.url_for(user.name),
        inbox_prefix=user.inbox_prefix.encode(),
        error_cb=note,
        allow_reconnect=False,
    )


async def store(server: Nats, *messages: bytes) -> int:
    """Publishes to the stream EVENTS, which it makes; how many messages it holds then."""
    connection = await connect(server, RELAY)
    stream = connection.jetstream(timeout=5)
    await stream.add_stream(name="EVENTS", subjects=["evt.missing.>"])
    for message in messages:
        await stream.publish("evt.missing.a", message)
    held = (await stream.stream_info("EVENTS")).state.messages
    await connection.close()
    return held


def test_it_starts_and_leaves_nothing_running(tmp_path: Path) -> None:
    with Nats(tmp_path, USERS) as server:
        pid = server.pid
        assert pid is not None
        assert server.running
        assert server.url.startswith("nats://127.0.0.1:")
        assert server.url_for("bob") == server.url.replace("//", "//bob:pw-bob@")
    wait_gone(pid, seconds=0)
    assert server.pid is None
    server.stop()


def test_a_folder_with_spaces_and_accents_will_do(tmp_path: Path) -> None:
    with Nats(tmp_path / 'Zoë "s" data', USERS) as server:
        assert asyncio.run(store(server, b"1")) == 1


def test_only_the_owner_can_read_its_files(nats: Nats, tmp_path: Path) -> None:
    assert nats.running
    for name in ("nats.conf", "log", "port", "process", "lock"):
        assert stat.S_IMODE((tmp_path / "nats" / name).stat().st_mode) == 0o600, name


def test_a_wrong_password_and_no_password_are_refused(nats: Nats) -> None:
    def answer(**credentials: str) -> str:
        host, _, port = nats.url.removeprefix("nats://").partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            greeting = {"verbose": False, "pedantic": False, **credentials}
            connection.sendall(f"CONNECT {json.dumps(greeting)}\r\nPING\r\n".encode())
            lines = connection.makefile()
            lines.readline()  # INFO
            return lines.readline()

    assert answer(user="bob", **{"pass": "pw-bob"}).startswith("PONG")
    assert "Authorization Violation" in answer(user="bob", **{"pass": "wrong"})
    assert "Authorization Violation" in answer()


def test_a_user_publishes_only_what_it_may(nats: Nats) -> None:
    async def heard(user: NatsUser, subject: str) -> tuple[list[str], list[str]]:
        refusals: list[str] = []
        listener = await connect(nats, MUTE)
        subscription = await listener.subscribe("evt.>")
        await listener.flush()
        speaker = await connect(nats, user, refusals)
        await speaker.publish(subject, b"x")
        await speaker.flush()
        subjects = []
        with contextlib.suppress(NatsTimeoutError):
            subjects.append((await subscription.next_msg(timeout=0.2)).subject)
        await speaker.close()
        await listener.close()
        return subjects, refusals

    assert asyncio.run(heard(ALICE, "evt.missing.a")) == (["evt.missing.a"], [])
    for user, subject in ((ALICE, "evt.screening.a"), (BOB, "evt.missing.a"), (MUTE, "evt.x")):
        subjects, refusals = asyncio.run(heard(user, subject))
        assert subjects == []
        assert "permissions violation for publish" in refusals[0].lower()


@pytest.mark.parametrize("pattern", ["_INBOX_relay.>", ">", "*.*", "_INBOX_relay.*"])
@pytest.mark.parametrize("user", [ALICE, MUTE])
def test_nobody_reads_anothers_inbox(nats: Nats, user: NatsUser, pattern: str) -> None:
    async def overheard() -> list[str]:
        spy = await connect(nats, user, [])
        heard: list[str] = []

        async def keep(message: Msg) -> None:
            heard.append(message.subject)

        await spy.subscribe(pattern, cb=keep)
        await spy.flush()
        relay = await connect(nats, RELAY)
        await relay.jetstream(timeout=5).account_info()  # the answer comes to the relay's inbox
        await relay.close()
        await spy.flush()
        await asyncio.sleep(0.05)
        await spy.close()
        return heard

    heard = asyncio.run(overheard())
    assert not [subject for subject in heard if subject.startswith("_INBOX")]
    # Who may hear everything else does hear the question itself.
    assert ("$JS.API.INFO" in heard) == (user is MUTE and pattern == ">")


def test_streams_survive_a_kill_and_not_a_wipe(nats: Nats) -> None:
    url = nats.url
    assert asyncio.run(store(nats, b"1", b"2")) == 2
    with pytest.raises(EmbeddedError, match="stop nats-server before"):
        nats.wipe()
    nats.kill()
    assert not nats.running
    nats.start()
    assert nats.url == url
    assert asyncio.run(store(nats, b"3")) == 3
    nats.stop()
    nats.wipe()
    nats.start()

    async def lost() -> None:
        connection = await connect(nats, RELAY)
        with pytest.raises(NotFoundError):
            await connection.jetstream(timeout=5).stream_info("EVENTS")
        await connection.close()

    asyncio.run(lost())


def test_without_the_permission_there_is_no_jetstream(nats: Nats) -> None:
    async def ask() -> None:
        connection = await connect(nats, ALICE, [])
        with pytest.raises((NatsTimeoutError, NoRespondersError)):
            await connection.jetstream(timeout=0.3).account_info()
        await connection.close()

    asyncio.run(ask())


@pytest.mark.parametrize(
    "users",
    [
        (),
        (ALICE, ALICE),
        (NatsUser("a.b", "pw", (), ()),),
        (NatsUser(">", "pw", (), ()),),
        (NatsUser("a", 'p"w', (), ()),),
        (NatsUser("a", "", (), ()),),
        (NatsUser("a", "pw", ("evt. x",), ()),),
        (NatsUser("a", "pw", (), ("",)),),
    ],
)
def test_users_that_would_mean_something_else_are_refused(
    users: tuple[NatsUser, ...], tmp_path: Path
) -> None:
    with pytest.raises(EmbeddedError):
        Nats(tmp_path, users)


def test_an_unknown_user_has_no_address(nats: Nats) -> None:
    with pytest.raises(EmbeddedError, match="no NATS user 'carol'"):
        nats.url_for("carol")


def test_a_configuration_that_the_server_refuses_is_named(tmp_path: Path) -> None:
    server = Nats(tmp_path, [NatsUser("a", "pw", ("evt..>",), ())])
    with pytest.raises(EmbeddedError, match=r"refuses its configuration .*nats\.conf"):
        server.start()
