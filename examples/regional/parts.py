"""A region too large to be made at once: parts of it, each a small world of the same authorities.

Each part is made from a seed of its own, so that it is the same whoever makes it and in whatever
order; nobody and nothing of one part is met in another.
"""

from dataclasses import replace
from datetime import date, timedelta

from examples.regional.sizes import Size
from examples.regional.truth import World, make

A_PART = 500
"""Children in a part: some megabytes with all that is sent about them."""

MAX_PARTS = 1000
ALL_NUMBERS = 1_000_000


def parts_of(children: int) -> list[int]:
    """How many children are in each part of a region of so many."""
    whole, rest = divmod(children, A_PART)
    return [A_PART] * whole + ([rest] if rest else [])


def seed_of(seed: int, part: int) -> int:
    """The seed of a part: parts of two regions never share one."""
    return seed * MAX_PARTS + part


def part_of(seed: int, size: Size, part: int) -> World:
    """One part of a region."""
    each = parts_of(size.children)
    share = ALL_NUMBERS // len(each)
    numbers = (part * share, (part + 1) * share)
    return make(seed_of(seed, part), replace(size, children=each[part], numbers=numbers))


def year_from(first: date) -> tuple[date, date]:
    """The first and last day of the year that begins on a day."""
    return first, first.replace(year=first.year + 1) - timedelta(days=1)
