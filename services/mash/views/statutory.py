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

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.child import ChildView
from services.mash.views.child.episodes import Episode
from services.mash.views.child.periods import PeriodLine
from services.mash.views.child.statuses import StatusLine
from shared.contracts import times
from shared.contracts.mentions import PersonIdentity

Code = Literal["M", "A"]
MISSING: Final[Code] = "M"
AWAY: Final[Code] = "A"
ADULT_AT = 18
UNKNOWN_DAY = 15
"""An unknown day of birth is returned as the 15th, never as the 1st."""

_CHILD_ID = re.compile(r"[A-Za-z0-9]{1,20}")
_MONTH = re.compile(r"\d{4}-\d{2}")

Why = Literal[
    "no-child-id", "several-child-ids", "no-date-of-birth", "several-dates-of-birth",
    "needs-a-decision", "reports-differ", "overlap", "before-birth", "ends-before-it-starts",
    "placement-ended", "care-ended", "after-eighteenth-birthday", "not-all-visible",
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
    """What one child adds to the table."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


class _Period(Struct, frozen=True, kw_only=True):
    code: Code
    started_at: datetime
    ended_at: datetime | None
    sources: tuple[UUID, ...]
    decided: bool

    @property
    def starts(self) -> date:
        return times.in_london(self.started_at).date()

    @property
    def ends(self) -> date | None:
        return times.in_london(self.ended_at).date() if self.ended_at is not None else None


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
    care = _in_care(view.statuses, authority)
    if not any(status.since <= last and _until(status) >= first for status in care):
        return None
    work = _Work(view, authority, first, last, care)
    work.build()
    if withheld and (work.rows or work.problems):
        work.problem("not-all-visible", f"{withheld} lines about this child are not yours to see")
    return OfChild(rows=tuple(work.rows), problems=tuple(work.problems))


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
        self._authority = authority
        self._first, self._last = first, last
        self._care = care
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        identities = _identities(view)
        self._ids = _own_first(
            (agency == authority, number.value)
            for agency, identity in identities
            for number in identity.identifiers
            if number.scheme == "la-child-id" and number.issuer == authority
        )
        self._born = _own_first(
            (agency == authority, identity.date_of_birth)
            for agency, identity in identities
            if identity.date_of_birth is not None
        )
        self._child_id = self._ids[0] if len(self._ids) == 1 else None

    def build(self) -> None:
        """Find the periods of the year, and what stands against each."""
        periods = [each for each in [*self._decided(), *self._reported()] if self._concerns(each)]
        self._unreported()
        if not periods:
            return
        born = self._birth()
        known = self._number()
        clear = [each for each in periods if self._fits(each, born)]
        overlapping = _overlapping(clear)
        for each in sorted(clear, key=lambda period: period.started_at):
            if each in overlapping:
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
        period: _Period | None = None,
        *,
        rules: tuple[int, ...] = (),
        sources: tuple[UUID, ...] = (),
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
                sources=period.sources if period is not None else sources,
                starts=period.starts if period is not None else None,
                ends=period.ends if period is not None else None,
                returned=returned,
            )
        )

    def _decided(self) -> Iterable[_Period]:
        for line in self._decisions():
            if line.decision != "not-returned" and line.started_at is not None:
                yield _Period(
                    code=MISSING if line.decision == "missing" else AWAY,
                    started_at=line.started_at,
                    ended_at=line.ended_at,
                    sources=line.sources,
                    decided=True,
                )

    def _decisions(self) -> list[PeriodLine]:
        return [
            line
            for line in self._view.periods
            if not line.withdrawn and line.said.agency == self._authority
        ]

    def _reported(self) -> Iterable[_Period]:
        """Police episodes that nobody decided about: missing ones that all versions agree on."""
        covered = {source for line in self._decisions() for source in line.sources}
        for episode in self._view.episodes:
            if episode.in_error or episode.began is None or episode.episode_id in covered:
                continue
            period = _Period(
                code=MISSING,
                started_at=_start(episode),
                # Found is where M ends: known whereabouts end it, whether or not the child is back.
                ended_at=episode.located_at or episode.ended,
                sources=(episode.episode_id,),
                decided=False,
            )
            if not self._concerns(period):
                continue
            if episode.concern == "absent":
                self.problem(
                    "needs-a-decision",
                    "the police say absent, which is neither of the return's codes: decide M, A, "
                    "or that it is not returned",
                    period,
                )
            elif len({_start_of(each) for each in _versions(episode)}) > 1:
                self.problem(
                    "reports-differ",
                    "versions of the report give different starts: decide which is right",
                    period,
                )
            else:
                yield period

    def _unreported(self) -> None:
        """Concerns that no police episode holds, while the child was looked after."""
        covered = {source for line in self._decisions() for source in line.sources}
        for line in self._view.chronology:
            day = times.in_london(times.read(line.said.occurred_at)).date()
            if (
                line.what == "concern-raised"
                and line.episode_id not in covered
                and self._first <= day <= self._last
                and self._looked_after(day)
            ):
                self.problem(
                    "needs-a-decision",
                    f"a concern of {day:%d/%m/%Y} that the child was away: decide M, A, or that it "
                    "is not returned",
                    sources=(line.episode_id,),
                )

    def _concerns(self, period: _Period) -> bool:
        """Whether a period is of this year, and of a child looked after when it began."""
        ends = period.ends
        return (
            period.starts <= self._last
            and (ends is None or ends >= self._first)
            and self._looked_after(period.starts)
        )

    def _looked_after(self, day: date) -> bool:
        return any(status.in_force(day) for status in self._care)

    def _fits(self, period: _Period, born: date | None) -> bool:
        """Whether it can be returned; what only has to be known is noted beside it."""
        ends = period.ends
        if ends is not None and ends < period.starts:
            self.problem("ends-before-it-starts", "check its times", period, rules=(567,))
            return False
        if born is not None and period.starts < born:
            self.problem("before-birth", "check the date of birth", period, rules=(586,))
            return False
        if born is not None and period.starts >= _eighteenth(born):
            self.problem(
                "after-eighteenth-birthday", "it began at 18 or later: not returned", period
            )
            return False
        status = next(each for each in self._care if each.in_force(period.starts))
        if status.until is not None and (ends is None or ends > status.until):
            another = any(
                each is not status and each.in_force(status.until + timedelta(days=1))
                for each in self._care
            )
            self.problem(
                "placement-ended" if another else "care-ended",
                "the placement ended while the child was away: the period must end with it"
                if another
                else "care ended while the child was away: the reason must be E8, and the period "
                "must end with it",
                period,
                rules=(575,) if another else (577, 578, 580, 581),
                returned=True,
            )
        return True

    def _row(self, period: _Period, born: date) -> Row:
        ends = period.ends
        if ends is None and _eighteenth(born) <= self._last:
            # What is unresolved stays open until the 18th birthday, and no longer.
            ends = _eighteenth(born)
        if ends is not None and ends > self._last:
            ends = None  # it is open at the end of the year, and returned again in the next (576)
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
        elif not _CHILD_ID.fullmatch(self._ids[0]):
            self._child_id = None
            self.problem("no-child-id", "the child id must be at most 20 letters and digits")
        return self._child_id is not None

    def _birth(self) -> date | None:
        if len(self._born) > 1:
            self.problem("several-dates-of-birth", "dates of birth differ: record yours", rules=())
            return None
        found = _day_of_birth(self._born[0]) if self._born else None
        if found is None:
            self.problem("no-date-of-birth", "no date of birth is known to the month", rules=())
        return found


def _in_care(statuses: Sequence[StatusLine], authority: str) -> list[StatusLine]:
    return [
        line
        for line in statuses
        if line.kind == "looked-after" and line.withdrawn is None and line.said.agency == authority
    ]


def _until(status: StatusLine) -> date:
    return status.until or date.max


def _identities(view: ChildView) -> list[tuple[str, PersonIdentity]]:
    found = []
    for statement in view.statements:
        if (content := statement.identity.opened) is not None:
            identity = msgspec.json.decode(content, type=PersonIdentity)
            found.append((statement.said.agency, identity))
    return found


def _own_first(given: Iterable[tuple[bool, str]]) -> list[str]:
    """The authority's own values where it gave any, else everybody's; each once."""
    values = list(given)
    own = [value for is_own, value in values if is_own]
    return list(dict.fromkeys(own or [value for _, value in values]))


def _day_of_birth(value: str) -> date | None:
    if _MONTH.fullmatch(value):
        return date.fromisoformat(f"{value}-{UNKNOWN_DAY}")
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _eighteenth(born: date) -> date:
    try:
        return born.replace(year=born.year + ADULT_AT)
    except ValueError:  # born on 29 February
        return date(born.year + ADULT_AT, 3, 1)


def _versions(episode: Episode) -> Iterable[tuple[datetime, datetime | None]]:
    for line in (episode.current, *episode.earlier):
        if line is not None:
            yield line.report.missing_since, line.report.last_seen_at


def _start(episode: Episode) -> datetime:
    assert episode.current is not None  # noqa: S101 (it has begun)
    report = episode.current.report
    return _start_of((report.missing_since, report.last_seen_at))


def _start_of(told: tuple[datetime, datetime | None]) -> datetime:
    missing_since, last_seen_at = told
    return max(missing_since, last_seen_at or missing_since)


def _overlapping(periods: Sequence[_Period]) -> list[_Period]:
    """Those that share a day's inside with another, or are open beside a later one."""
    found: list[_Period] = []
    in_order = sorted(periods, key=lambda period: period.started_at)
    for number, one in enumerate(in_order):
        for other in in_order[number + 1 :]:
            if one.ended_at is None or other.started_at < one.ended_at:
                found.extend(each for each in (one, other) if each not in found)
    return found


def _written(day: date) -> str:
    return f"{day:%d/%m/%Y}"
