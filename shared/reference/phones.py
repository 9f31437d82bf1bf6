"""Telephone numbers in one form (E.164), and whether one is whole.

The United Kingdom's numbers (Ofcom, National Telephone Numbering Plan): a zero, then nine or ten
digits, of which the first is 1 or 2 for a place, 3 for non-geographic, 7 for a mobile.
"""

import re

_WRITTEN = re.compile(r"[\s().\-\u2010-\u2015/]+")
_NATIONAL = re.compile(r"0(?:[12][0-9]{8,9}|3[0-9]{9}|7[0-9]{9}|8[0-9]{8,9})")
_ABROAD = re.compile(r"\+[1-9][0-9]{7,14}")


def phone_number(value: str) -> str:
    """A whole telephone number as `+44…`, or as it is abroad.

    Raises:
        ValueError: it is none, or only a part: three last digits are many people's. The message
            never repeats it.
    """
    compact = _WRITTEN.sub("", value)
    if compact.startswith("00"):
        compact = f"+{compact[2:]}"
    if compact.startswith("+44"):
        # `+44 (0)7700 900123` is how many write it.
        compact = "0" + compact[3:].removeprefix("0")
    # Digits of other scripts are digits to a pattern, and would make a number of their own.
    if compact.isascii():
        if _NATIONAL.fullmatch(compact):
            return f"+44{compact[1:]}"
        if _ABROAD.fullmatch(compact):
            return compact
    raise ValueError("not a whole telephone number: write it as 07700 900123 or +44 7700 900123")
