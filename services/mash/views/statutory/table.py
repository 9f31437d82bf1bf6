"""Lines of the table, and what stands against it. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

Code = Literal["M", "A"]

Why = Literal[
    "no-child-id", "several-child-ids", "two-records", "no-date-of-birth",
    "several-dates-of-birth", "needs-a-decision", "reports-differ", "overlap", "before-birth",
    "ends-before-it-starts", "began-before-care", "placement-ended", "care-ended",
    "after-eighteenth-birthday", "found-before-return", "not-your-status", "not-all-visible",
]  # fmt: skip


class Row(Struct, frozen=True, kw_only=True):
    """A line of the table, as it is returned: dates are `dd/mm/yyyy`.

    Attributes:
        mis_end: empty while the period is open at the end of the collection year.
    """

    child: str
    dob: str
    missing: Code
    mis_start: str
    mis_end: str


class Problem(Struct, frozen=True, kw_only=True):
    """Something that a person must look at before the return is right.

    Attributes:
        rules: the Department's validation rules that it would break, where they have a number.
        sources: the records that it is about: name them in the decision.
        returned: the row is in the table all the same.
    """

    subject_id: UUID
    child: str | None
    why: Why
    what: str
    rules: tuple[int, ...] = ()
    sources: tuple[UUID, ...] = ()
    starts: date | None = None
    ends: date | None = None
    returned: bool = False


class OfChild(Struct, frozen=True, kw_only=True):
    """What one child adds to the table.

    Attributes:
        looked_after: by the authority itself, in the year, as its own statuses say.
    """

    subject_id: UUID
    looked_after: bool
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def one_child_each(parts: Sequence[OfChild]) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    """The whole table, where every child id is one record's; by child and start.

    Two records with one id may be one child whose reports are not linked. Their periods could then
    overlap unseen, so none of them is returned until somebody has said whether they are one.
    """
    records = Counter(child for part in parts for child in {row.child for row in part.rows})
    rows: list[Row] = []
    problems: list[Problem] = []
    for part in parts:
        shared = {row.child for row in part.rows if records[row.child] > 1}
        rows += [row for row in part.rows if row.child not in shared]
        problems += part.problems
        problems += [
            Problem(
                subject_id=part.subject_id,
                child=child,
                why="two-records",
                what="another record has this child id: are they one child? Link them, or correct "
                "the id; nothing of either is returned",
                rules=(574,),
            )
            for child in sorted(shared)
        ]
    rows.sort(key=lambda row: (row.child, _sortable(row.mis_start), _sortable(row.mis_end)))
    problems.sort(
        key=lambda each: (each.child or "", each.starts or date.min, each.why, each.subject_id)
    )
    return tuple(rows), tuple(problems)


def _sortable(written: str) -> str:
    return written[6:] + written[3:5] + written[:2]
