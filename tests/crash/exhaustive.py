"""Every durable step of every service, broken in every way, while reports come in."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.topology import SERVICES
from tests.crash.faulty import Broken, Faulty
from tests.crash.steps import steps_of

SIDES = ("before", "after")
PATIENCE_SECONDS = 90.0
POLL_SECONDS = 0.1
KILLED_PASSES = (1, 6)
"""At which passing of a step a process dies: not always the first after its start."""

FIRST_LIFE_PASSES = (2, 12)
DELAY_SECONDS = 0.3


@dataclass
class Plan:
    """What each service is to break.

    Attributes:
        lives: by service, a line of faults for each life of its process: in the first every step
            fails once and waits once, on both sides; each of the others ends at one step.
        wanted: what has to have happened when it is over.
    """

    lives: dict[str, list[str]] = field(default_factory=dict)
    wanted: set[Broken] = field(default_factory=set)


def planned(seed: int, *, share: float = 1.0) -> Plan:
    """A plan over every service of the topology.

    Args:
        share: of the kills; a smaller one takes a sample, another each time.
    """
    chance = random.Random(seed)
    plan = Plan()
    for service in SERVICES.values():
        places = [(step, side) for step in sorted(steps_of(service)) for side in SIDES]
        first = []
        for step, side in places:
            times = chance.sample(range(*FIRST_LIFE_PASSES), k=2)
            first.append(f"{step}:{side}=fail@{times[0]}")
            first.append(f"{step}:{side}=delay-{DELAY_SECONDS}@{times[1]}")
            plan.wanted |= {(service.name, f"{step}:{side}", how) for how in ("fail", "delay")}
        killed = chance.sample(places, k=max(1, round(share * len(places))))
        plan.wanted |= {(service.name, f"{step}:{side}", "kill") for step, side in killed}
        plan.lives[service.name] = [
            ",".join(first),
            *(f"{step}:{side}=kill@{chance.randint(*KILLED_PASSES)}" for step, side in killed),
        ]
    return plan


def carried_out(
    installation: Faulty, plan: Plan, patience: float = PATIENCE_SECONDS
) -> Iterator[set[Broken]]:
    """Wait until all of a plan has happened, saying what has not; ends early when nothing does.

    A service that has done all of its first life is killed, and so begins with its second.
    """
    begun = set(plan.lives)
    for service, lives in plan.lives.items():
        installation.plan(service, lives)
        installation.processes[service].kill()
    last, moved = set(plan.wanted), time.monotonic()
    while True:
        happened = {broken for service in SERVICES for broken in installation.happened(service)}
        left = plan.wanted - happened
        if left != last:
            last, moved = left, time.monotonic()
        yield left
        if not left or time.monotonic() - moved > patience:
            return
        for service in sorted(begun):
            if not any(name == service and how != "kill" for name, _, how in left):
                begun.discard(service)
                installation.processes[service].kill()
        time.sleep(POLL_SECONDS)


def told(left: set[Broken]) -> Sequence[str]:
    """What never happened, in words."""
    return [f"{service} never came to {place} ({how})" for service, place, how in sorted(left)]
