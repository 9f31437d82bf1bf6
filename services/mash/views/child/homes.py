"""From which home a child was found how far away: which two places to measure between. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from services.mash.views.said import Beside
from shared.contracts.mentions import PlaceDetails

HOME = frozenset({"lives_at", "placed_at"})
FOUND = "found_at"


@dataclass(frozen=True, slots=True)
class Apart:
    """Where a child was found, and the home that was told last before that."""

    found: Beside
    found_postcode: str
    home: Beside
    home_postcode: str


def homes_of(places: Sequence[Beside]) -> Iterable[Apart]:
    """For each place where the child was found, the home of then; none without two postcodes.

    Args:
        places: named beside the child, the newest first.
    """
    home: tuple[Beside, str] | None = None
    for line in reversed(places):
        postcode = _postcode(line)
        if postcode is None:
            continue
        if line.named.role in HOME:
            home = line, postcode
        elif line.named.role == FOUND and home is not None:
            yield Apart(line, postcode, *home)


def _postcode(line: Beside) -> str | None:
    content = line.named.details.opened
    return msgspec.json.decode(content, type=PlaceDetails).postcode if content is not None else None
