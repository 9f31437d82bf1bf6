"""What kind of place: codes, what each means, and how a written address becomes a key. Pure."""

import re
from typing import Literal, get_args

from shared.reference.postcodes import is_pseudo, normalised

PremisesType = Literal[
    "dwelling", "party-house", "childrens-home", "foster-home", "supported-housing", "hotel",
    "park", "open-space", "street", "car-park", "shopping-centre", "shop", "arcade", "cafe",
    "takeaway", "pub", "nightclub", "off-licence", "newsagent", "licensed-premises", "bus-station",
    "railway-station", "taxi-rank", "taxi-office", "taxi", "school", "college", "youth-club",
    "health-premises", "online", "other",
]  # fmt: skip
"""The kinds of place that the report of 2015 names (its Appendix 1, information report, screening
tool and induction pages), and what a report about a place not on that list needs. `party-house` is
what a report calls it; `licensed-premises` is one of a kind that nobody told."""

PREMISES_TYPES: tuple[str, ...] = get_args(PremisesType)

LICENSED = frozenset({
    "hotel", "takeaway", "pub", "nightclub", "off-licence", "newsagent", "licensed-premises",
    "taxi-rank", "taxi-office", "taxi",
})  # fmt: skip
"""Kinds that a licensing authority can act on: those that the information report of 2015 gives as
examples, and hotels and clubs. A taxi is a licensed service without premises."""

WITHOUT_ADDRESS = frozenset({"park", "open-space", "street", "car-park", "taxi", "online"})
"""Kinds that usually have no address: nothing is missing where they have none."""

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_UNIT = re.compile(
    r"\b(flat|apartment|apt|unit|room|suite|studio|floor|block) +([0-9]+[a-z]?|[a-z])\b"
)
_NUMBER = re.compile(r"^([0-9]+[a-z]?(?: (?:to )?[0-9]+[a-z]?)?) +(?=[a-z])")
_STREETS = frozenset({
    "avenue", "close", "court", "crescent", "drive", "gardens", "green", "grove", "hill", "lane",
    "mews", "parade", "park", "place", "rise", "road", "row", "square", "street", "terrace", "view",
    "walk", "way", "wharf", "yard", "ave", "cl", "cres", "dr", "gdns", "ln", "pl", "rd", "sq", "st",
    "ter",
})  # fmt: skip


def plain(text: str) -> str:
    """Text in lower case without punctuation; an apostrophe joins, everything else parts."""
    joined = text.replace("'", "").replace("\u2019", "").casefold()
    return _NOT_LETTERS.sub(" ", joined).strip()


def premises_key(name: str | None, address: tuple[str, ...], postcode: str | None) -> str | None:
    """What two reports must have in common to mean the same premises; None where that is unknown.

    A postcode covers about fifteen addresses, so it needs the number or name of the house, and the
    flat where one was given. A trading name is part of the key: of two businesses in one building,
    or a business and the flat above it, one is not the other. Nothing is guessed: no street alone,
    no postcode alone, no `ZZ99` code, which only says that somebody has no fixed abode.
    """
    if postcode is None:
        return None
    try:
        code = normalised(postcode)
    except ValueError:
        return None
    if is_pseudo(code):
        return None
    lines = [line for line in (plain(line) for line in address) if line]
    unit = next((found for line in lines if (found := _UNIT.search(line))), None)
    house = _number(lines) or _house_name(lines)
    called = plain(name) if name is not None else ""
    if not house and not called:
        return None
    within = f"{unit[1]} {unit[2]}" if unit is not None else ""
    return f"{code}|{within}|{house}|{called}"


def _number(lines: list[str]) -> str:
    for line in lines:
        found = _NUMBER.match(_UNIT.sub("", line).strip())
        if found is not None:
            return found[1]
    return ""


def _house_name(lines: list[str]) -> str:
    """The first line, where another follows and it is no street: `Rose Cottage`, `Mill Lane`."""
    named = [line for line in (_UNIT.sub("", line).strip() for line in lines) if line]
    if len(named) < 2 or named[0].rpartition(" ")[2] in _STREETS:  # noqa: PLR2004 (another follows)
        return ""
    return named[0]
