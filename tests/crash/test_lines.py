"""Lines do what the fault tests say of them."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.crash.lines import LOOPBACK, Line, Wires


@pytest.fixture
def echo() -> Iterator[int]:
    """A port that says everything twice."""
    server = socket.create_server((LOOPBACK, 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(100):
                    connection.sendall(data * 2)
            except OSError:
                return

    def take() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=take, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


@pytest.fixture
def line(echo: int) -> Iterator[Line]:
    wires = Wires()
    yield wires.line(lambda: echo)
    wires.close()


@pytest.fixture
def client(line: Line) -> Iterator[socket.socket]:
    with socket.create_connection((LOOPBACK, line.port), timeout=5) as connection:
        connection.sendall(b"a")
        assert connection.recv(10) == b"aa"
        yield connection


def test_a_cut_line_is_reset_and_takes_new_connections(line: Line, client: socket.socket) -> None:
    line.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(10)
    assert line.cuts == 2
    with socket.create_connection((LOOPBACK, line.port), timeout=5) as again:
        again.sendall(b"b")
        assert again.recv(10) == b"bb"


def test_a_hung_line_gives_no_sign_and_loses_nothing(line: Line, client: socket.socket) -> None:
    line.hang()
    client.sendall(b"c")
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(10)
    client.settimeout(5)
    line.resume()
    assert client.recv(10) == b"cc"


def test_a_slow_line_takes_its_time_each_way(line: Line, client: socket.socket) -> None:
    line.slow(0.1)
    began = time.monotonic()
    client.sendall(b"d")
    assert client.recv(10) == b"dd"
    assert time.monotonic() - began >= 0.2


def test_nobody_at_the_other_end(line: Line) -> None:
    with socket.create_server((LOOPBACK, 0)) as closed:
        nobody = closed.getsockname()[1]
    line.to = lambda: nobody
    with socket.create_connection((LOOPBACK, line.port), timeout=5) as connection:
        try:
            told = connection.recv(10)
        except ConnectionResetError:
            told = b""
    assert told == b""
