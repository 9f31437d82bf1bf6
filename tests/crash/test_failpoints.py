"""Failpoints: off they do nothing, on they do what they were told, once and where."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import failpoints
from shared.failpoints import FailedOnPurpose, Fault, faults_in
from shared.vault.keys import DOWN
from tests.crash.steps import steps_in_code

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    yield
    failpoints.arm([])


async def stored(to: list[str], what: str = "stored") -> None:
    async with failpoints.step("commit"):
        to.append(what)


def test_off_every_step_is_the_same_nothing() -> None:
    assert failpoints.step("commit") is failpoints.step("publish")


def test_before_nothing_was_done_and_after_only_the_answer_is_lost() -> None:
    for side, done in (("before", 0), ("after", 1)):
        failpoints.arm(faults_in(f"commit:{side}=fail"))
        to: list[str] = []
        with pytest.raises(FailedOnPurpose):
            asyncio.run(stored(to))
        assert len(to) == done
        asyncio.run(stored(to))
        assert len(to) == done + 1


def test_the_third_time_and_every_time_from_the_third_on() -> None:
    for word, fails in (("fail@3", [3]), ("fail@3+", [3, 4, 5])):
        failpoints.arm(faults_in(f"commit:before={word}"))
        failed = []
        for time in range(1, 6):
            try:
                asyncio.run(stored([]))
            except FailedOnPurpose:
                failed.append(time)
        assert failed == fails


def test_what_was_not_done_has_no_afterwards() -> None:
    failpoints.arm(faults_in("commit:after=fail"))

    async def refused() -> None:
        async with failpoints.step("commit"):
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        asyncio.run(refused())


def test_another_step_is_left_alone() -> None:
    failpoints.arm(faults_in("publish:before=fail"))
    to: list[str] = []
    asyncio.run(stored(to))
    assert to == ["stored"]


def test_a_delay_lets_others_go_on() -> None:
    failpoints.arm(faults_in("commit:before=delay-0.05"))
    to: list[str] = []

    async def both() -> None:
        first = asyncio.create_task(stored(to, "slow"))
        await asyncio.sleep(0)
        await stored(to, "quick")
        await first

    asyncio.run(both())
    assert to == ["quick", "slow"]


def test_killed_is_killed_and_said_loudly() -> None:
    program = (
        "import asyncio; from shared import failpoints as f\n"
        "f.arm(f.faults_in('commit:after=kill'))\n"
        "async def main():\n"
        "    async with f.step('commit'): print('stored', flush=True)\n"
        "    print('never')\n"
        "asyncio.run(main())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == -9
    assert "stored" in ran.stdout
    assert "BREAKS ON PURPOSE" in ran.stdout + ran.stderr
    assert "never" not in ran.stdout


def test_to_its_callers_it_is_a_connection_that_broke() -> None:
    assert issubclass(FailedOnPurpose, DOWN)


@pytest.mark.parametrize(
    "text",
    ["commit", "commit=kill", "commit:during=kill", "commit:after=explode", "commit:after=kill@0",
     "Commit:after=kill", "commit:after=delay", "commit:after=kill publish:after=kill"],
)  # fmt: skip
def test_what_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no fault"):
        faults_in(text)


def test_faults_as_they_are_written_down() -> None:
    assert faults_in("commit:after=kill@3,project:before=delay-0.5,") == [
        Fault("commit", "after", "kill", 3),
        Fault("project", "before", "delay", 1, seconds=0.5),
    ]
    assert faults_in("") == []


def test_every_step_is_in_the_page_that_explains_them() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    listed = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert steps_in_code().keys() == listed
