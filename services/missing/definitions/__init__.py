"""By which definition a child is called missing, absent or a runaway: versioned data.

One definition of a runaway ends at 16 and wants a night away, the government's ends at 18; what the
police call missing changed twice in ten years. So whoever says a word may say by which definition.
An installation adds its area's own to the data.
"""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

from shared.contracts.refusals import Fault

Called = Literal["missing", "absent", "runaway"]


class Definition(Struct, frozen=True, kw_only=True, rename={"since": "from"}):
    """A definition.

    Attributes:
        defines: what it defines.
        words: its own, as far as they are known here.
        source: who made it, and where the words were read.
        verified: the words were read in the source itself, not as another quotes them.
        since: the day from which it can be used.
        to: the last day of it for those who made it, none while it is theirs. It is used after that
            too: forces went on with definitions that had been replaced for years.
    """

    code: str
    defines: tuple[Called, ...]
    words: str
    source: str
    verified: bool
    since: date
    to: date | None


@cache
def definitions() -> dict[str, Definition]:
    """The definitions of the product, by their codes."""
    raw = (files("services.missing.definitions") / "definitions.json").read_bytes()
    return {each.code: each for each in msgspec.json.decode(raw, type=list[Definition])}


def definition_faults(code: str | None, called: Called, day: date) -> list[Fault]:
    """What is wrong with calling a child so by a definition on a day; nothing where none is named.

    Args:
        code: of the definition.
        called: what the child is called.
        day: on which it was said.
    """
    if code is None:
        return []
    usable = [each for each in definitions().values() if called in each.defines]
    found = next((each for each in usable if each.code == code), None)
    if found is None:
        codes = ", ".join(each.code for each in usable)
        return [Fault("/definition", f"this defines nobody as {called}; one of: {codes}")]
    if day < found.since:
        return [Fault("/definition", f"this is used from {found.since.isoformat()} on")]
    return []
