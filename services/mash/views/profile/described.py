"""How people are described in the profile: never guessed, and never the one of two that fits. Pure.

Where agencies differ, the profile says that they do: to take either would be to decide.
"""

import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files

from shared.contracts.mentions import PersonIdentity

NOT_RECORDED = "not-recorded"
DIFFERS = "agencies-differ"
NOT_EXACT = "not-exact"
NOT_MAPPED = "not-mapped"
WHOLE_DAY = len("2001-02-15")


def sex_of(told: Iterable[PersonIdentity]) -> str:
    """`female`, `male` or `other`, as it is recorded."""
    return _one({each.sex for each in told if each.sex not in {"unknown", "not-recorded"}})


def ethnicity_of(told: Iterable[PersonIdentity]) -> str:
    """A group of the profile; a code of which nobody said where it belongs is `not-mapped`."""
    groups = _groups()
    found: set[str] = set()
    for each in told:
        if each.ethnicity is not None:
            scheme = groups.get(each.ethnicity.scheme, {})
            group = scheme.get(each.ethnicity.code, NOT_MAPPED)
            found |= {group} if group is not None else set()
    return _one(found)


def age_of(told: Iterable[PersonIdentity], day: date) -> str:
    """Age in whole years on a day, by a date of birth that is whole and that nobody contradicts."""
    given = {each.date_of_birth for each in told if each.date_of_birth is not None}
    whole = {born for born in given if len(born) == WHOLE_DAY}
    if not whole:
        return NOT_EXACT if given else NOT_RECORDED
    born = _one(whole)
    return born if born == DIFFERS else str(_years(date.fromisoformat(born), day))


def about_age_of(told: Iterable[PersonIdentity], day: date) -> float | None:
    """An age by a date of birth, else the middle of the years that were estimated; None if none.

    Where several differ there is none: an average of what two people saw is nobody's age.
    """
    told = list(told)
    exact = age_of(told, day)
    if exact.isdigit():
        return int(exact)
    if exact == DIFFERS:
        return None
    ranges = {
        (each.age_from, each.age_to if each.age_to is not None else each.age_from)
        for each in told
        if each.age_from is not None
    }
    if len(ranges) != 1:
        return None
    low, high = ranges.pop()
    return ((low or 0) + (high or 0)) / 2


def _one(found: set[str]) -> str:
    if len(found) == 1:
        return next(iter(found))
    return DIFFERS if found else NOT_RECORDED


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@cache
def _groups() -> dict[str, dict[str, str | None]]:
    text = (files("services.mash.views.profile") / "ethnicity.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, str | None]] = json.loads(text)["schemes"]
    return found
