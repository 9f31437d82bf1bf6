"""The Missing table of the statutory return on looked-after children (SSDA903). Pure.

Which times away of a child are returned, and which a person must look at first. The definitions are
the Department for Education's (SSDA903 guide, missing module; validation rules as published for
2026 by an open implementation): *M* is missing from care, whereabouts not known; *A* is away from
placement without authorisation, whereabouts known. A period starts when the child left the
placement or was last seen by a responsible adult, whichever is the latest; it ends on the day on
which the child was found (M) or was back at the placement (A). Any length counts.

The police's `absent` is neither. So an absent episode, a concern that nobody reported, reports that
differ, and periods that overlap are never turned into a row by themselves: they are exceptions,
until a person of the authority has decided (`intake.missing-period-decided`).
"""

from services.mash.views.statutory.child import collection_year, of_child
from services.mash.views.statutory.inspection import TimeAway, in_order, times_away_of
from services.mash.views.statutory.table import OfChild, Problem, Row, one_child_each

__all__ = [
    "OfChild",
    "Problem",
    "Row",
    "TimeAway",
    "collection_year",
    "in_order",
    "of_child",
    "one_child_each",
    "times_away_of",
]
