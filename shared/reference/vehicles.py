"""Vehicles: registrations in one form, and whether one is whole; makes and colours by one name.

Formats of the United Kingdom (DVLA, `Vehicle registration numbers and number plates`, INF104):
current since September 2001 (AB12 CDE), prefix (A123 BCD), suffix (ABC 123D), and those without a
year, of Northern Ireland (AIZ 1234) and from before 1963.
"""

import re

FULL = re.compile(
    r"[A-Z]{2}[0-9]{2}[A-Z]{3}|[A-Z][0-9]{1,3}[A-Z]{3}|[A-Z]{3}[0-9]{1,3}[A-Z]|"
    r"[A-Z]{1,3}[0-9]{4}|[0-9]{4}[A-Z]{1,3}"
)
"""Forms that no part of another form has. `BX12` might be a whole plate from before 1963, and is
far more often the half of a current one: it is treated as a part. A current plate without its first
letter looks like a prefix one; whoever saw only a part must say so."""

LONGEST = 7
SHORTEST_PART = 2
"""Fewer characters find half of all cars."""

MAKES = {
    "vw": "volkswagen", "merc": "mercedes-benz", "mercedes": "mercedes-benz",
    "mercedes benz": "mercedes-benz", "beemer": "bmw", "beamer": "bmw", "landrover": "land rover",
    "range rover": "land rover", "škoda": "skoda", "citroën": "citroen",
    "vauxall": "vauxhall", "alfa": "alfa romeo", "chevy": "chevrolet",
}  # fmt: skip
"""What people write for a make, and the make."""

COLOURS = {
    "gray": "grey", "charcoal": "grey", "gunmetal": "grey", "navy": "blue", "dark blue": "blue",
    "light blue": "blue", "burgundy": "maroon", "off white": "cream",
    "champagne": "gold", "dark green": "green", "dark grey": "grey", "light grey": "grey",
}  # fmt: skip
"""What people write for a colour, and the colour as a registration document has it."""

_SPACE = re.compile(r"[\s_-]+")


def registration(value: str) -> str:
    """A registration, or part of one, in upper case without spaces; `?` for a character not seen.

    Raises:
        ValueError: it has other characters, or too many; the message never repeats it.
    """
    compact = _SPACE.sub("", value).replace("*", "?")
    # In upper case some letters become others (`ſ` an S): a value that has them was never one.
    if not compact.isascii() or not re.fullmatch(r"[A-Za-z0-9?]{1,12}", compact):
        raise ValueError("a registration has letters and digits; write ? for what was not seen")
    return compact.upper()


def is_full(value: str) -> bool:
    """Whether a registration in normal form is whole: it has a form that no part of one has."""
    return FULL.fullmatch(value) is not None


def may_be(part: str, whole: str) -> bool:
    """Whether a part that somebody saw, with `?` for what they did not, stands in a registration.

    `BX?2` may be `BX12ABC`; and a part may have been seen anywhere in the plate.
    """
    if len(part) > len(whole):
        return False
    return any(
        all(seen in {"?", there} for seen, there in zip(part, whole[start:], strict=False))
        for start in range(len(whole) - len(part) + 1)
    )


def make(value: str) -> str:
    """A make by one name: `VW` and `Volkswagen` are one."""
    written = _SPACE.sub(" ", value).strip().casefold()
    return MAKES.get(written, written)


def colour(value: str) -> str:
    """A colour by one name: `gray` and `grey` are one."""
    written = _SPACE.sub(" ", value).strip().casefold()
    return COLOURS.get(written, written)
