"""How big the region is, and in which proportions: parameters, never a result to be met.

The proportions are those that the regional problem profile of 2014 published (Appendix 1 of the
report of 2015) where it published one, and ours where it did not.
"""

from dataclasses import dataclass, field
from datetime import date

FORCE = "northvale-police"

AUTHORITIES = (
    "northvale-council", "kestrelby-council", "brackenhaugh-council", "tarnwick-council",
    "ottermere-council", "stonelow-council", "wexmoor-council",
)  # fmt: skip

DESTINATIONS = ("Q08000101", "Q08000102", "Q08000103", "Q08000104", "Q08000105")
"""Codes of five invented authorities far away, to which children are taken: the report names five
areas."""


def area_code(authority: str) -> str:
    """The code that the directory of postcodes has for an authority of the region. Invented."""
    return f"Q0800000{AUTHORITIES.index(authority) + 1}"


@dataclass(frozen=True)
class Size:
    """How much there is of everything.

    Attributes:
        children: for whom anything is recorded.
        first, last: days of the period, both included.
        reports: information reports, for each child.
        offenders: people said to exploit, for each report.
        weights: proportions, by what they are of; those of one kind need not sum to one.
        numbers: of the million NHS numbers that are kept for tests, those to take: from and below.
            Parts of one large region take from their own, so that no two children share one.
    """

    children: int = 488
    first: date = date(2015, 7, 1)
    last: date = date(2015, 12, 31)
    reports: float = 0.5
    offenders: float = 0.6
    screened: float = 0.75
    missing: float = 0.6
    interviewed: float = 0.5
    in_care: float = 1 / 3
    lived_in_home: float = 0.25
    named: float = 0.26
    online: float = 1 / 6
    far: float = 0.15
    weights: dict[str, dict[str, float]] = field(default_factory=lambda: WEIGHTS)
    numbers: tuple[int, int] = (0, 1_000_000)


WEIGHTS: dict[str, dict[str, float]] = {
    # PP3: 87 % girls, 7 % boys, 6 % not recorded.
    "sex": {"female": 0.871, "male": 0.070, "": 0.059},
    # PP4: 54, 19, 8 and 2 %, and 17 % not recorded, spread over the codes of each group.
    "ethnicity": {
        "W1": 0.47, "W9": 0.07, "B1": 0.13, "B2": 0.06, "A2": 0.05, "A9": 0.03, "M1": 0.01,
        "O9": 0.01, "": 0.17,
    },
    # PP2: most are 14 to 16.
    "age": {
        "10": 0.01, "11": 0.03, "12": 0.06, "13": 0.12, "14": 0.22, "15": 0.25, "16": 0.20,
        "17": 0.11,
    },
    # No level's share is published; ours.
    "level": {"low": 0.35, "medium": 0.40, "significant": 0.25},
    # PP6 and PP7: 92 % men, 27 years on average; ours are the shares without sex or age.
    "offender-sex": {"male": 0.83, "female": 0.07, "": 0.10},
    "offender-age": {"born": 0.4, "about": 0.4, "": 0.2},
    # PP14: dwellings, hotels and parks are the commonest.
    "place": {
        "dwelling": 0.38, "hotel": 0.22, "park": 0.17, "takeaway": 0.08, "childrens-home": 0.06,
        "shopping-centre": 0.04, "": 0.05,
    },
}  # fmt: skip
