"""When mash asks a person to look: rules as versioned data, each with where it is from.

A rule that is changed gets a new version here; every alert keeps the version that spoke.
"""

from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from shared.contracts.mash import RuleUsed

Count = Annotated[int, Meta(ge=1, le=100)]
Days = Annotated[int, Meta(ge=1, le=3660)]
Hours = Annotated[int, Meta(ge=1, le=24 * 90)]


class Rule(Struct, frozen=True, kw_only=True, tag_field="name", forbid_unknown_fields=True):
    """What every rule has.

    Attributes:
        says: what it says, in a sentence.
        source: where it is from.
        answer_in_hours: within how many somebody should look.
    """

    version: Count
    says: str
    source: str
    answer_in_hours: Hours

    @property
    def used(self) -> RuleUsed:
        """The rule as an alert records it."""
        given: dict[str, Any] = msgspec.to_builtins(self)
        name = given.pop("name")
        for described in ("version", "says", "source"):
            given.pop(described)
        return RuleUsed(
            name=name,
            version=self.version,
            parameters={
                key: ",".join(value) if isinstance(value, list) else str(value)
                for key, value in given.items()
            },
        )


class RepeatEpisodes(Rule, frozen=True, kw_only=True, tag="repeat-episodes"):
    """So many episodes that began within so many days."""

    episodes: Annotated[int, Meta(ge=2, le=50)]
    days: Days


class YoungChild(Rule, frozen=True, kw_only=True, tag="young-child"):
    """Under an age, when something was reported, by the youngest age that any agency gives."""

    years: Annotated[int, Meta(ge=1, le=21)]


class ScreeningLevel(Rule, frozen=True, kw_only=True, tag="screening-level"):
    """Screened at one of these levels."""

    levels: tuple[str, ...]


class Shared(Rule, frozen=True, kw_only=True):
    """So many different children with one place or thing, in these roles, within so many days."""

    children: Annotated[int, Meta(ge=2, le=50)]
    days: Days
    kinds: tuple[str, ...]
    roles: tuple[str, ...]


class SharedPlace(Shared, frozen=True, kw_only=True, tag="shared-place"):
    """One place."""


class SharedVehicle(Shared, frozen=True, kw_only=True, tag="shared-vehicle"):
    """One vehicle or phone."""


class InterviewOverdue(Rule, frozen=True, kw_only=True, tag="interview-overdue"):
    """A return interview ran out of its time."""


class OutOfArea(Rule, frozen=True, kw_only=True, tag="out-of-area"):
    """At a place in another authority's area than the child's home."""

    roles: tuple[str, ...]


AnyRule = (
    RepeatEpisodes
    | YoungChild
    | ScreeningLevel
    | SharedPlace
    | SharedVehicle
    | InterviewOverdue
    | OutOfArea
)


class Rules(Struct, frozen=True):
    """The rules in force."""

    rules: tuple[AnyRule, ...]

    def named(self, name: str) -> AnyRule | None:
        """A rule by its name."""
        return next((rule for rule in self.rules if rule.used.name == name), None)


@cache
def in_force() -> Rules:
    """The rules of the product."""
    return read((files("services.mash.rules") / "alerts.json").read_bytes())


def read(data: bytes) -> Rules:
    """Rules from a file.

    Raises:
        msgspec.ValidationError: they are not well formed; the message says where.
    """
    return msgspec.json.decode(data, type=Rules)
