"""How often a carer's profile is to be renewed: local practice, and no law. Data.

The Philomena protocol asks that a profile be kept up to date and its photograph be recent. How
often that is each area says for itself: an installation writes its own into `renewal.json`.
"""

from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct


class Renewal(Struct, frozen=True, forbid_unknown_fields=True):
    """How old a profile's parts may become before its keeper is shown that they are.

    Attributes:
        words_days: since the newest version was written.
        photograph_days: since the day on which the picture was taken, not that on which it came.
        source: who says so.
        is_law: it stands in a law or in statutory guidance.
    """

    words_days: int
    photograph_days: int
    source: str
    is_law: bool

    def words_by(self, renewed_on: date) -> date:
        """The last day on which the words count as up to date."""
        return renewed_on + timedelta(days=self.words_days)

    def photograph_by(self, taken_on: date) -> date:
        """The last day on which a picture counts as recent."""
        return taken_on + timedelta(days=self.photograph_days)


class Renewals(Struct, frozen=True, forbid_unknown_fields=True):
    """The interval of each authority that places children, and that of all others."""

    default: Renewal
    placing_authorities: dict[str, Renewal]

    def of(self, placing_authority: str | None) -> Renewal:
        """The interval for the children of an authority, or of none that is named."""
        return self.placing_authorities.get(placing_authority or "", self.default)


@cache
def renewals() -> Renewals:
    """The intervals of this installation.

    Raises:
        ValueError: one of them is not a number of days.
    """
    found = msgspec.json.decode((files(__name__) / "renewal.json").read_bytes(), type=Renewals)
    for renewal in (found.default, *found.placing_authorities.values()):
        if renewal.words_days < 1 or renewal.photograph_days < 1:
            raise ValueError("an interval of renewal has at least one day")
    return found
