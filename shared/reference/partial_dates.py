"""Dates of which only the year, or year and month, is known (ISO 8601 reduced precision)."""

import calendar
import re
from datetime import date

FORM = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$", re.ASCII)


def earliest(text: str) -> date:
    """The first day that a partial date can mean.

    Raises:
        ValueError: it is no date; the message never repeats it.
    """
    year, month, day = _parts(text)
    return date(year, month or 1, day or 1)


def latest(text: str) -> date:
    """The last day that a partial date can mean.

    Raises:
        ValueError: it is no date; the message never repeats it.
    """
    year, month, day = _parts(text)
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


def _parts(text: str) -> tuple[int, int | None, int | None]:
    found = FORM.match(text)
    if found is None:
        raise ValueError("write a date as YYYY-MM-DD, YYYY-MM or YYYY")
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None  # noqa: S101 (the pattern demands it)
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        raise ValueError("there is no such day") from None
    return year, month, day
