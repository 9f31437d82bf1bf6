"""Dates of which only the year, or year and month, is known (ISO 8601 reduced precision)."""

import calendar
import re
from datetime import date

FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def earliest(text: str) -> date:
    """The first day that a partial date can mean.

    Raises:
        ValueError: it is no date; the message never repeats it.
    """
    year, month, day = _parts(text)
    return date(year, 1 if month is None else month, 1 if day is None else day)


def latest(text: str) -> date:
    """The last day that a partial date can mean.

    Raises:
        ValueError: it is no date; the message never repeats it.
    """
    year, month, day = _parts(text)
    month = 12 if month is None else month
    return date(year, month, calendar.monthrange(year, month)[1] if day is None else day)


def _parts(text: str) -> tuple[int, int | None, int | None]:
    found = FORM.fullmatch(text)
    if found is None:
        raise ValueError("write a date as YYYY-MM-DD, YYYY-MM or YYYY")
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None  # noqa: S101 (the pattern demands it)
    try:
        # A month or day 00 is no date, and not one that was left out.
        date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise ValueError("there is no such day") from None
    return year, month, day
