"""Postcodes: form only. Whether one exists, and where it is, needs the postcode file."""

import re

FORMS = re.compile(
    r"(?:GIR0AA|BFPO[0-9]{1,4}|ZZ99[0-9][A-Z]{2}|"
    r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][ABD-HJLNP-UW-Z]{2})"
)
"""BS 7666: A9, A99, A9A, AA9, AA99 and AA9A, then a digit and two letters without C I K M O V. ZZ99
codes are the NHS's for no fixed abode and the like; BFPO numbers are the forces'."""


def normalised(value: str) -> str:
    """A postcode in upper case with one space before its last three characters.

    Raises:
        ValueError: it cannot be one; the message never repeats it.
    """
    compact = "".join(value.split())
    # In upper case some letters become others (`ſ` an S): a value that has them was never one.
    if not compact.isascii() or not FORMS.fullmatch(compact := compact.upper()):
        raise ValueError("not a postcode: write it like AA9A 9AA")
    if compact.startswith("BFPO"):
        return f"BFPO {compact[4:]}"
    return f"{compact[:-3]} {compact[-3:]}"


def is_pseudo(value: str) -> bool:
    """Whether a postcode in normal form stands for no place.

    `ZZ99` codes say `no fixed abode`, `not known`, or a country abroad (NHS Data Dictionary).
    """
    return value.startswith("ZZ99")
