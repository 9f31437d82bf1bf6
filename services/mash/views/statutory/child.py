"""One child's part of the table: the periods of the year, and what stands against each. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec

from services.mash.views.child import ChildView
from services.mash.views.child.statuses import StatusLine
from services.mash.views.statutory.identity import (
    CHILD_ID,
    births,
    child_ids,
    day_of_birth,
    eighteenth,
)
from services.mash.views.statutory.periods import (
    Period,
    decided,
    overlapping,
    reported,
    versions_differ,
)
from services.mash.views.statutory.table import OfChild, Problem, Row, Why
from shared.contracts import intake, times

OUTSIDE_CARE = (577, 578, 581)
"""The rules that hold a period against the time for which a child was looked after."""

CEASED_WHILE_MISSING = "E8"
"""The reason that the return asks for where care ends while a child is missing (rule 580)."""


def collection_year(ending: int) -> tuple[date, date]:
    """First and last day of the collection year that ends on 31 March of a year."""
    return date(ending - 1, 4, 1), date(ending, 3, 31)


def of_child(view: ChildView, *, authority: str, year: int, withheld: int = 0) -> OfChild | None:
    """A child's part of an authority's table; None of a child whom it did not look after then.

    Args:
        view: the child, as the asker may see her or him.
        authority: whose return it is.
        year: in which the collection year ends.
        withheld: how many facts of the child the asker may not see.
    """
    first, last = collection_year(year)
    told = [
        line
        for line in view.statuses
        if line.kind == "looked-after" and line.withdrawn is None and _meets(line, first, last)
    ]
    care = [line for line in told if line.said.agency == authority]
    work = _Work(view, authority, first, last, care)
    if care:
        work.build()
        if withheld and (work.rows or work.problems):
            work.problem(
                "not-all-visible", f"{withheld} lines about this child are not yours to see"
            )
    elif theirs := [line for line in told if line.responsible == authority]:
        work.problem(
            "not-your-status",
            f"{theirs[0].said.agency} says that you look after this child, and you have not said "
            "so: record your own status, or ask them",
        )
    else:
        return None
    return OfChild(
        subject_id=view.subject_id,
        looked_after=bool(care),
        rows=tuple(work.rows),
        problems=tuple(work.problems),
    )


class _Work:
    """One child's rows and problems, while they are found."""

    def __init__(
        self,
        view: ChildView,
        authority: str,
        first: date,
        last: date,
        care: Sequence[StatusLine],
    ) -> None:
        self._view = view
        self._first, self._last = first, last
        self._care = care
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self._ids = child_ids(view, authority)
        self._births = births(view, authority)
        self._child_id = self._ids[0] if len(self._ids) == 1 else None
        self._decisions = [
            line for line in view.periods if not line.withdrawn and line.said.agency == authority
        ]
        self._covered = {source for line in self._decisions for source in line.sources}

    def build(self) -> None:
        """Find the periods of the year, and what stands against each."""
        self._note_concerns()
        periods = [each for each in self._all() if self._in_year(each) and self._in_care(each)]
        if not periods:
            return
        born = self._birth()
        known = self._number()
        clear = [each for each in periods if self._fits(each, born)]
        unclear = overlapping(clear)
        for each in sorted(clear, key=lambda period: period.started_at):
            if each in unclear:
                self.problem(
                    "overlap",
                    "this period overlaps another of the same child, or is open beside it: decide "
                    "which is returned; nothing is merged",
                    each,
                    rules=(574,),
                )
            elif born is not None and known:
                self.rows.append(self._row(each, born))

    def problem(
        self,
        why: Why,
        what: str,
        period: Period | None = None,
        *,
        rules: tuple[int, ...] = (),
        returned: bool = False,
    ) -> None:
        """Note something for a person."""
        self.problems.append(
            Problem(
                subject_id=self._view.subject_id,
                child=self._child_id,
                why=why,
                what=what,
                rules=rules,
                sources=period.sources if period is not None else (),
                starts=period.starts if period is not None else None,
                ends=period.ends if period is not None else None,
                returned=returned,
            )
        )

    def _all(self) -> Iterator[Period]:
        """What was decided, and what the police report that needs no decision."""
        for line in self._decisions:
            if (period := decided(line)) is not None:
                yield period
        for episode in self._view.episodes:
            period = reported(episode)
            if (
                period is None
                or episode.episode_id in self._covered
                or not (self._in_year(period) and self._touches_care(period))
            ):
                continue
            if episode.concern == "absent":
                self.problem(
                    "needs-a-decision",
                    "the police say absent, which is neither of the return's codes: decide M, A, "
                    "or that it is not returned",
                    period,
                )
            elif versions_differ(episode):
                self.problem(
                    "reports-differ",
                    "versions of the report give different first days: decide which is right",
                    period,
                )
            else:
                if episode.located_at is not None and episode.ended != episode.located_at:
                    self.problem(
                        "found-before-return",
                        "it ends when it was known where the child was: decide whether the time "
                        "until the child was back is returned as A",
                        period,
                        returned=True,
                    )
                yield period

    def _note_concerns(self) -> None:
        """Concerns that no police episode holds, while the child was looked after."""
        for line in self._view.chronology:
            if line.what != "concern-raised" or line.episode_id in self._covered:
                continue
            moment = times.read(line.said.occurred_at)
            concern = Period(
                code="A", started_at=moment, ended_at=moment, sources=(line.episode_id,)
            )
            if self._in_year(concern) and self._care_on(concern.starts) is not None:
                self.problem(
                    "needs-a-decision",
                    "a concern that the child was away, which no police report holds: decide M, A, "
                    "or that it is not returned",
                    concern,
                )

    def _in_year(self, period: Period) -> bool:
        ends = period.ends
        return period.starts <= self._last and (ends is None or ends >= self._first)

    def _touches_care(self, period: Period) -> bool:
        return any(_meets(status, period.starts, period.ends) for status in self._care)

    def _in_care(self, period: Period) -> bool:
        """Whether it began in care; one that only reaches into care is a person's to decide."""
        if self._care_on(period.starts) is not None:
            return True
        if self._touches_care(period):
            self.problem(
                "began-before-care",
                "it began before the child was looked after: decide what is returned",
                period,
                rules=OUTSIDE_CARE,
            )
        return False

    def _care_on(self, day: date) -> StatusLine | None:
        return next((status for status in self._care if status.in_force(day)), None)

    def _fits(self, period: Period, born: date | None) -> bool:
        """Whether it can be returned; what only has to be known is noted beside it."""
        ends = period.ends
        if ends is not None and ends < period.starts:
            self.problem("ends-before-it-starts", "check its times", period, rules=(567,))
            return False
        if born is not None and period.starts < born:
            self.problem("before-birth", "check the date of birth", period, rules=(586,))
            return False
        if born is not None and period.starts >= eighteenth(born):
            self.problem(
                "after-eighteenth-birthday", "it began at 18 or later: not returned", period
            )
            return False
        self._note_an_end_of_care(period)
        return True

    def _note_an_end_of_care(self, period: Period) -> None:
        """A placement, or care, that ended while the child was away."""
        began_in = self._care_on(period.starts)
        if began_in is None or began_in.until is None:
            return
        if period.ends is not None and period.ends <= began_in.until:
            return
        if self._care_on(began_in.until + timedelta(days=1)) is not None:
            self.problem(
                "placement-ended",
                "the placement ended while the child was away: the period must end with it",
                period,
                rules=(575,),
                returned=True,
            )
            return
        as_asked = _reason(began_in) == CEASED_WHILE_MISSING
        self.problem(
            "care-ended",
            "care ended while the child was away: the period must end with it"
            + ("" if as_asked else ", and its reason must be E8"),
            period,
            rules=OUTSIDE_CARE if as_asked else (*OUTSIDE_CARE, 580),
            returned=True,
        )

    def _row(self, period: Period, born: date) -> Row:
        ends = period.ends
        if ends is None or ends > eighteenth(born):
            # What is unresolved stays open until the 18th birthday, and no longer.
            ends = eighteenth(born)
        if ends > self._last:
            ends = None  # open at the end of the year, and returned again in the next (576)
        assert self._child_id is not None  # noqa: S101 (asked before)
        return Row(
            child=self._child_id,
            dob=_written(born),
            missing=period.code,
            mis_start=_written(period.starts),
            mis_end=_written(ends) if ends is not None else "",
        )

    def _number(self) -> bool:
        if not self._ids:
            self.problem("no-child-id", "no child id of yours is known: record one with a status")
        elif len(self._ids) > 1:
            self.problem("several-child-ids", "you gave several child ids: are they one child?")
        elif not CHILD_ID.fullmatch(self._ids[0]):
            self._child_id = None
            self.problem("no-child-id", "the child id must be at most 20 letters and digits")
        return self._child_id is not None

    def _birth(self) -> date | None:
        if len(self._births) > 1:
            self.problem("several-dates-of-birth", "dates of birth differ: record yours")
            return None
        found = day_of_birth(self._births[0]) if self._births else None
        if found is None:
            self.problem("no-date-of-birth", "no date of birth is known to the month")
        return found


def _meets(status: StatusLine, first: date, last: date | None) -> bool:
    """Whether a status was in force at any time between two days; to no end where there is none."""
    return (last is None or status.since <= last) and (status.until or date.max) >= first


def _reason(status: StatusLine) -> str | None:
    """Why it ended, as its authority said last."""
    for change in reversed(status.history):
        if change.what == "status-ended" and change.why is not None:
            content = change.why.opened
            if content is not None:
                return msgspec.json.decode(content, type=intake.EndDetails).reason
    return None


def _written(day: date) -> str:
    return f"{day:%d/%m/%Y}"
