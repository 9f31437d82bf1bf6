"""The durable steps that code names, and which of them each service's process has."""

import ast
from functools import cache
from pathlib import Path

from services.topology import SERVICES, Service
from tests.architecture.rules import product

EVERYBODYS = frozenset({"insert", "commit", "acknowledge", "answer", "publish"})
"""Of every service: it has a store, so it appends, publishes and answers."""


@cache
def steps_in_code() -> dict[str, str]:
    """Every named step of the product, and the file that has it."""
    found: dict[str, str] = {}
    for file, tree in product().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.step":
                name = node.args[0]
                assert isinstance(name, ast.Constant), file
                found.setdefault(str(name.value), file)
    return found


def steps_of(service: Service) -> frozenset[str]:
    """The steps that a service's process has, as its place in the topology says.

    A step in the kernel is everybody's who does such work; one in a service's folder is that
    service's own. So a service that is added brings its steps, and must be seen to pass them.
    """
    own = {
        step
        for step, file in steps_in_code().items()
        if Path(file).is_relative_to(f"services/{service.name}")
    }
    steps = EVERYBODYS | own
    if service.follows:
        steps |= {"fetch", "position", "project" if service.keeps_views else "handle"}
    return frozenset(steps | SEALS.get(service.name, frozenset()))


SEALS: dict[str, frozenset[str]] = {
    "missing": frozenset({"key", "disclosure"}),
    "mash": frozenset({"key", "disclosure"}),
}
"""Who makes keys and discloses: its events have sealed fields, its answers show content."""

assert SEALS.keys() <= SERVICES.keys()
