"""Which risk scheme was in force for a force on a date, and what levels it has: versioned data.

Forces took up national schemes on different days, so the date of a report alone does not say what
its level means. The data marks what was read at its source and what was not.
"""

from datetime import date
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct


class Scheme(Struct, frozen=True):
    """A risk scheme.

    Attributes:
        concerns: for each kind of concern the levels it can have, least serious first; none where
            the scheme gives such a child no level.
        verified: the table of levels was read at its source.
    """

    code: str
    name: str
    source: str
    verified: bool
    concerns: dict[str, list[str]]


class Adoption(Struct, frozen=True, rename={"since": "from"}):
    """From which day a scheme is used."""

    scheme: str
    since: date


class Schemes(Struct, frozen=True):
    """All schemes, and who used which from when."""

    schemes: list[Scheme]
    default: list[Adoption]
    forces: dict[str, list[Adoption]]

    def in_force(self, force: str, day: date) -> Scheme:
        """The scheme that a force used on a day; before the first one, the first."""
        adopted = self.forces.get(force, self.default)
        code = adopted[0].scheme
        for adoption in adopted:
            if adoption.since <= day:
                code = adoption.scheme
        return next(scheme for scheme in self.schemes if scheme.code == code)


@cache
def schemes() -> Schemes:
    """The schemes of the product."""
    return msgspec.json.decode(
        (files("services.missing.risk") / "schemes.json").read_bytes(), type=Schemes
    )
