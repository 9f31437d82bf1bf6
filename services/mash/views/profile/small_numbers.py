"""Small numbers, where a profile is shared: hidden, with whatever would tell them. Pure.

One to four are hidden and everything else is rounded to the nearest five, as the Department for
Education does with its statistics on children. A hidden number that a reader could find by taking
others from a total is protected by hiding more, until every sum leaves open whether it is one or
four. Each sum is looked at by itself, not all of them at once.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from services.mash.views.profile.counting import REGION, Count

FEWEST = 5
"""The smallest number that is shown, and what everything is rounded to."""

Key = tuple[str, str, str]
"""Area; `base`, `cell` or `outside`; label."""

Hidden = frozenset[Key]


@dataclass(frozen=True)
class _Sum:
    """A total and its parts, as a reader knows that they are related."""

    total: Key
    parts: tuple[Key, ...]


def rounded(number: int) -> int | None:
    """A number that is shared: to the nearest five; None of one to four."""
    if 0 < number < FEWEST:
        return None
    return FEWEST * ((number + FEWEST // 2) // FEWEST)


def hide(counts: dict[str, Count], *, sums: bool) -> Hidden:
    """What has to be hidden of a figure.

    Args:
        counts: by area.
        sums: its cells sum to its base.
    """
    numbers = _numbers(counts)
    hidden = {key for key, number in numbers.items() if rounded(number) is None}
    small = frozenset(hidden)
    found = list(_sums(counts, numbers, sums=sums))
    while (more := next(_needed(found, numbers, hidden, small), None)) is not None:
        hidden.add(more)
    return frozenset(hidden)


def _numbers(counts: dict[str, Count]) -> dict[Key, int]:
    numbers: dict[Key, int] = {}
    for area, each in counts.items():
        numbers[area, "base", ""] = each.base
        numbers |= {(area, "cell", label): number for label, number in each.cells.items()}
        numbers |= {(area, "outside", label): number for label, number in each.outside.items()}
    return numbers


def _sums(counts: dict[str, Count], numbers: dict[Key, int], *, sums: bool) -> Iterator[_Sum]:
    if sums:
        for area, each in counts.items():
            if each.cells:
                yield _Sum((area, "base", ""), tuple((area, "cell", label) for label in each.cells))
    for kind, label in sorted({(kind, label) for area, kind, label in numbers if area == REGION}):
        parts = tuple((area, kind, label) for area in counts if area != REGION)
        yield _Sum((REGION, kind, label), tuple(part for part in parts if numbers.get(part)))


def _needed(
    sums: list[_Sum], numbers: dict[Key, int], hidden: set[Key], small: frozenset[Key]
) -> Iterator[Key]:
    """What has to be hidden next, so that no sum tells a hidden number."""
    for each in sums:
        for one in (each.total, *each.parts):
            if one in small and not _is_open(each, one, numbers, hidden, small):
                others = [
                    key for key in (*each.parts, each.total) if key not in hidden and numbers[key]
                ]
                if others:
                    # The smallest part costs a reader least; the total where no part is left.
                    yield min(others, key=lambda key: (key == each.total, numbers[key], key))


def _is_open(
    each: _Sum, one: Key, numbers: dict[Key, int], hidden: set[Key], small: frozenset[Key]
) -> bool:
    """Whether a sum leaves open that a hidden number is anything from one to four."""
    bounds = {key: _bounds(key, numbers, hidden, small) for key in (each.total, *each.parts)}
    rest = [bounds[part] for part in each.parts if part != one]
    if one == each.total:
        low, high = sum(b[0] for b in rest), sum(b[1] for b in rest)
    else:
        low = bounds[each.total][0] - sum(b[1] for b in rest)
        high = bounds[each.total][1] - sum(b[0] for b in rest)
    return low <= 1 and high >= FEWEST - 1


def _bounds(
    key: Key, numbers: dict[Key, int], hidden: set[Key], small: frozenset[Key]
) -> tuple[float, float]:
    """Between which numbers a reader knows that one is."""
    if key in small:
        return 1, FEWEST - 1
    if key in hidden:
        return 1, math.inf
    shown = rounded(numbers[key]) or 0
    return (shown - FEWEST // 2, shown + FEWEST // 2) if shown else (0, 0)
