"""Which councils lie in a force's area: data, which an installation makes its own.

It is asked where a report names no responsible authority (ADR 29), and whether one that is named is
any council of an area here. In the demonstration every force and council is invented.
"""

from functools import cache
from importlib.resources import files

import msgspec


@cache
def _councils() -> dict[str, frozenset[str]]:
    raw = (files("services.missing.areas") / "councils.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, frozenset[str]])


def forces_near(council: str) -> tuple[str, ...]:
    """The agency codes of the forces in whose area a council is, in their order."""
    return tuple(sorted(force for force, near in _councils().items() if council in near))


def councils_of(force: str) -> frozenset[str]:
    """The agency codes of the councils in a force's area; none for a force that is not listed."""
    return _councils().get(force, frozenset())


def is_known(council: str) -> bool:
    """Whether a council is listed in the area of any force: a child may be placed far from home."""
    return bool(forces_near(council))
