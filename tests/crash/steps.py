"""The durable steps that code names, and which of them each service's process has."""

import ast
from functools import cache
from pathlib import Path

from services.topology import SERVICES, Service
from tests.architecture.rules import product

EVERYBODYS = frozenset({"insert", "commit", "acknowledge", "answer", "publish", "list"})
"""Of every service: it has a store, so it appends, publishes, answers, and lists what it stored."""


@cache
def steps_in_code() -> dict[str, set[str]]:
    """Every named step of the product, and the files that have it."""
    found: dict[str, set[str]] = {}
    for file, tree in product().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.step":
                name = node.args[0]
                assert isinstance(name, ast.Constant), file
                found.setdefault(str(name.value), set()).add(file)
    return found


def steps_of(service: Service) -> frozenset[str]:
    """The steps that a service's process has, as its place in the topology says.

    A step in the kernel is everybody's who does such work; one in a service's folder is that
    service's own. So a service that is added brings its steps, and must be seen to pass them.
    """
    own = {
        step
        for step, files in steps_in_code().items()
        if any(Path(file).is_relative_to(f"services/{service.name}") for file in files)
    }
    steps = EVERYBODYS | own
    if service.follows:
        steps |= {"fetch", "position", "project" if service.keeps_views else "handle"}
    if service.name not in SHOWS_NOTHING:
        steps |= {"key", "disclosure"}
    return frozenset(steps)


SHOWS_NOTHING = {"intake"}
"""Its events hold nothing about a person that would be sealed, and its answers show nothing."""

assert SERVICES.keys() >= SHOWS_NOTHING
