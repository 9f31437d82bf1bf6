"""However it ends, nothing is left running, and the next start on the folder goes on."""

import os
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.running import (
    COMMAND,
    READY,
    environment,
    left_running,
    nothing_left,
    run,
    started,
    until_says,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder under a path with spaces, and letters that are not ASCII."""
    made = tmp_path / "a folder with späces" / "data"
    made.mkdir(parents=True)
    return made


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("starting PostgreSQL", signal.SIGINT),
        ("making databases", signal.SIGTERM),
        ("starting missing", signal.SIGINT),
        (READY, signal.SIGINT),
        (READY, signal.SIGTERM),
    ],
)
def test_a_signal_stops_everything(
    folder: Path, tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    log = tmp_path / "log"
    with started("up", "--data", str(folder), log=log) as process:
        until_says(log, moment)
        process.send_signal(number)
        time.sleep(0.05)
        process.send_signal(number)  # impatience changes nothing
        assert process.wait(20) == 128 + number, log.read_text()
    # What was being started in the very moment ends by itself.
    assert nothing_left(folder, patience=3) == []
    assert "Traceback" not in log.read_text()


def test_after_kill_9_everything_ends_by_itself_and_can_be_started_again(
    folder: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with started("up", "--data", str(folder), log=log) as process:
        until_says(log, READY)
        assert len(left_running(folder)) > 5
        process.kill()
        process.wait()
        assert nothing_left(folder, patience=10) == []
    # Once more, and this time without waiting for the rest to end: it is cleared away.
    with started("up", "--data", str(folder), log=log) as process:
        until_says(log, READY)
        process.kill()
        process.wait()
    with started("up", "--data", str(folder), log=log) as process:
        until_says(log, READY)
    assert nothing_left(folder, patience=5) == []
    assert "Traceback" not in log.read_text()


def test_two_on_one_folder(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with started("up", "--data", str(folder), log=log) as process:
        until_says(log, READY)
        told = run("up", "--data", str(folder))
        assert told.returncode == 1
        assert "another program is running a server from" in told.stderr
        assert len(told.stderr.strip().splitlines()) == 1, told.stderr
        assert "Traceback" not in told.stderr + told.stdout
        # The first one is none the worse for it.
        shown = run("show", "child", "7d9f0c4e-0000-4000-8000-000000000000", "--data", str(folder))
        assert "there is no such child" in shown.stderr
        assert shown.returncode == 1
        assert process.poll() is None


def test_a_usual_port_in_use(folder: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 8102))
        taken.listen()
        told = run("up", "--data", str(folder), "--fixed-ports")
    assert told.returncode == 1
    assert "port 8102" in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1, told.stderr
    assert left_running(folder) == []


def every_command_works(shown: str) -> None:
    """The commands that the demonstration ends with do what is said above them."""
    lines = [line for line in shown.splitlines() if line.startswith("  throughline ")]
    answers = [run(*shlex.split(line)[1:]) for line in lines if " rebuild " not in line]
    named, before = (told.stdout for told in answers[2:4])
    assert [told.returncode for told in answers] == [0, 1, 0, 0, 0], answers
    assert "do not allow this" in answers[1].stderr
    assert "Marlon Pike" in named
    assert "AS KNOWN ON" in before
    assert "Pike" not in before
    # What is listed can be shown as it stands.
    listed = next(line for line in answers[4].stdout.splitlines() if "throughline show" in line)
    told = run(*shlex.split(listed.partition(": ")[2])[1:])
    assert told.returncode == 0, told.stderr


def test_the_demonstration_can_be_played_again(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for said in ("The story", "was played in this folder before"):
        with started("demo", "--data", str(folder), log=log) as process:
            until_says(log, "Ctrl-C stops everything")
            shown = log.read_text()
            assert said in shown
            line = next(line for line in shown.splitlines() if line.startswith("  curl "))
            # Pasted as it stands, but for the program, which a shell finds on its path.
            line = line.replace("$(throughline ", f"$({' '.join(COMMAND)} ")
            answer = subprocess.run(
                ["/bin/sh", "-c", line], capture_output=True, text=True, check=False,
                env=environment(),
            )  # fmt: skip
            assert '"asked_for"' in answer.stdout, answer.stderr
            assert max(map(len, shown.splitlines()[:70])) <= 80
            if said == "The story":
                every_command_works(shown)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
    assert left_running(folder) == []


def test_an_ordinary_user_needs_nothing_but_a_folder(tmp_path: Path) -> None:
    command = [*COMMAND, "demo", "--check"]
    home = tmp_path / "home"
    home.mkdir()
    if os.geteuid() == 0:
        # An account without any right; only that it may pass through the folders above the
        # interpreter, which root often keeps closed.
        os.chown(home, 65534, 65534)
        for parent in home.parents:
            if parent.stat().st_mode & 0o001 == 0 and parent.is_relative_to("/tmp"):
                parent.chmod(0o711)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                   "--inh-caps=+dac_override", "--ambient-caps=+dac_override",
                   *command]  # fmt: skip
    told = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=90,
        env=environment(HOME=str(home), TMPDIR=str(home)),
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    assert "All is as it should be" in told.stdout
    assert list(home.iterdir()) == []
    assert left_running(home) == []
