"""Under which number and date of birth a child is returned. Pure."""

import re
from collections.abc import Iterable
from datetime import date

import msgspec

from services.mash.views.child import ChildView
from shared.contracts.mentions import PersonIdentity

ADULT_AT = 18
UNKNOWN_DAY = 15
"""An unknown day of birth is returned as the 15th, never as the 1st."""

CHILD_ID = re.compile(r"[A-Za-z0-9]{1,20}")
_MONTH = re.compile(r"\d{4}-\d{2}")


def child_ids(view: ChildView, authority: str) -> list[str]:
    """The authority's numbers for a child, as it gave them itself; else as others did."""
    return _own_first(
        (agency == authority, number.value)
        for agency, identity in _identities(view)
        for number in identity.identifiers
        if number.scheme == "la-child-id" and number.issuer == authority
    )


def births(view: ChildView, authority: str) -> list[str]:
    """The dates of birth that the authority gave; else everybody's."""
    return _own_first(
        (agency == authority, identity.date_of_birth)
        for agency, identity in _identities(view)
        if identity.date_of_birth is not None
    )


def day_of_birth(value: str) -> date | None:
    """A date of birth as it is returned; None where not even the month is known."""
    if _MONTH.fullmatch(value):
        return date.fromisoformat(f"{value}-{UNKNOWN_DAY}")
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def eighteenth(born: date) -> date:
    """The 18th birthday."""
    try:
        return born.replace(year=born.year + ADULT_AT)
    except ValueError:  # born on 29 February
        return date(born.year + ADULT_AT, 3, 1)


def _identities(view: ChildView) -> list[tuple[str, PersonIdentity]]:
    found = []
    for statement in view.statements:
        if (content := statement.identity.opened) is not None:
            identity = msgspec.json.decode(content, type=PersonIdentity)
            found.append((statement.said.agency, identity))
    return found


def _own_first(given: Iterable[tuple[bool, str]]) -> list[str]:
    values = list(given)
    own = [value for is_own, value in values if is_own]
    return list(dict.fromkeys(own or [value for _, value in values]))
