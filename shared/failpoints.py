"""Named places at which a test can have a process die, fail or hesitate: around each durable step.

A durable step is written as a block, `async with failpoints.step("commit"): ...`. Off, as always
outside the fault tests, it does nothing. Nothing in `services` or `shared` can switch it on: there
is no setting and no environment variable that a deployed process reads (ADR 13).
"""

import asyncio
import os
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import structlog

Side = Literal["before", "after"]

FAULT = re.compile(
    r"(?P<step>[a-z-]+):(?P<side>before|after)"
    r"=(?P<action>kill|fail|delay-(?P<seconds>\d+(\.\d+)?))"
    r"(@(?P<nth>[1-9]\d*)(?P<ever>\+)?)?"
)
"""`commit:after=kill@3`: the third time. With a `+`, every time from then on."""


class FailedOnPurpose(ConnectionResetError):
    """What a step raises that was told to fail: to its callers a connection that broke.

    Before the step nothing was done; after it everything was, and only the answer is lost.
    """


@dataclass
class Fault:
    """What is to happen at a step.

    Attributes:
        action: `kill` ends the process as a power cut would; `fail` raises; `delay` waits.
        nth: at which passing.
        ever: and at each one after.
        seconds: of a delay.
        passed: how often the place was passed.
    """

    step: str
    side: Side
    action: Literal["kill", "fail", "delay"]
    nth: int = 1
    ever: bool = False
    seconds: float = 0.0
    passed: int = field(default=0, compare=False)


class Step(Protocol):
    """A block around a durable step."""

    async def __aenter__(self) -> None:
        """Before it."""

    async def __aexit__(self, *raised: object) -> None:
        """After it, whether it was done or raised."""


class _Off:
    """Nothing happens."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *raised: object) -> None:
        pass


@dataclass
class _Armed:
    faults: list[Fault]

    async def __aenter__(self) -> None:
        await self._pass("before")

    async def __aexit__(self, *raised: object) -> None:
        if raised[0] is None:  # what was not done has no afterwards
            await self._pass("after")

    async def _pass(self, side: Side) -> None:
        for fault in self.faults:
            if fault.side != side:
                continue
            fault.passed += 1
            if fault.passed == fault.nth or (fault.ever and fault.passed > fault.nth):
                await _happen(fault)


_OFF: Step = _Off()
_armed: dict[str, Step] = {}


def step(name: str) -> Step:
    """The block around a durable step.

    Args:
        name: of the step, the same wherever it is the same step (`docs/reliability.md`).
    """
    return _armed.get(name, _OFF) if _armed else _OFF


def arm(faults: Sequence[Fault]) -> None:
    """Switch faults on in this process. Only tests call this, and a test makes sure of it."""
    _armed.clear()
    for fault in faults:
        found = _armed.setdefault(fault.step, _Armed([]))
        assert isinstance(found, _Armed)  # noqa: S101 (made in the line above)
        found.faults.append(fault)
        structlog.get_logger().critical("BREAKS ON PURPOSE", source=fault.step, fault=fault.action)


def faults_in(text: str) -> list[Fault]:
    """Faults as they are written down: `commit:after=kill@3,project:before=delay-0.5`.

    Raises:
        ValueError: it does not say what is to happen, or where.
    """
    found = []
    for word in filter(None, text.split(",")):
        said = FAULT.fullmatch(word.strip())
        if said is None:
            raise ValueError(f"{word!r} is no fault: STEP:before|after=kill|fail|delay-S[@N[+]]")
        action = "delay" if said["seconds"] else said["action"]
        found.append(
            Fault(
                step=said["step"],
                side="before" if said["side"] == "before" else "after",
                action=action,  # type: ignore[arg-type] # the pattern knows no other
                nth=int(said["nth"] or 1),
                ever=said["ever"] is not None,
                seconds=float(said["seconds"] or 0),
            )
        )
    return found


async def _happen(fault: Fault) -> None:
    structlog.get_logger().critical(
        "failpoint", source=f"{fault.step}:{fault.side}", fault=fault.action, attempt=fault.passed
    )
    if fault.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault.action == "fail":
        raise FailedOnPurpose(f"{fault.step}:{fault.side}")
    else:
        await asyncio.sleep(fault.seconds)
