"""What a child's view means at the moment of a question: the clock is given, never read. Pure.

A fold has no present: the same facts must give the same row a year later. So what depends on the
day is reckoned here, for each answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from services.mash.views.child.episodes import Episode
from services.mash.views.child.responsibility import ResponsibilityLine
from services.mash.views.child.statuses import StatusLine
from services.mash.views.child.view import ChildView
from services.mash.views.measures import in_force_on
from shared.contracts import intake, times

PERIODS = (90, 365)
"""Days: local rules about repeat episodes mostly speak of 90 days, returns to government of a
year."""

SOCIAL_CARE: tuple[intake.StatusKind, ...] = (
    "looked-after",
    "child-protection-plan",
    "child-in-need",
)
"""The kinds by which a child is known to children's social care (report 2015, 6.4)."""


class Counts(Struct, frozen=True, kw_only=True):
    """How often a child was missing or absent in a period that ends now.

    Attributes:
        days: the length of the period.
        missing, absent: as many episodes as forces reported.
        times: how often away: what two forces report of one night is one time.
        hours: away altogether, in whole hours; an episode that is open counts until now, and an
            hour that two forces report is one.
    """

    days: int
    missing: int
    absent: int
    times: int
    hours: int


class Duration(Struct, frozen=True, kw_only=True):
    """How long an episode lasted, or has lasted so far.

    Attributes:
        minutes: elapsed, whatever the clocks did meanwhile.
        still: the child is not back yet.
    """

    episode_id: UUID
    minutes: int
    still: bool


class InterviewClock(Struct, frozen=True, kw_only=True):
    """How a return interview stands that is neither held, declined nor given up.

    Attributes:
        state: `waiting`: the child is not back, so no time runs.
        minutes_left: until it is due; below zero where it is overdue, by so many.
    """

    interview_id: UUID
    state: Literal["waiting", "due", "overdue"]
    due_by: datetime | None
    minutes_left: int | None
    provider: str | None


class Responsible(Struct, frozen=True, kw_only=True):
    """An authority that is responsible for the child, or says so.

    Attributes:
        how: `accepted`, or `stated` by a status, whose authority said so first.
        said_by: whose word it is.
        not_accepted_from: the authority that was responsible and from which nobody accepted: two
            authorities differ, and somebody must ask.
        status_ended: no status in force says so any more, and nobody else has accepted.
    """

    matter: intake.Matter
    authority: str
    how: Literal["stated", "accepted"]
    since: date
    said_by: str
    not_accepted_from: str | None = None
    status_ended: bool = False


class Host(Struct, frozen=True, kw_only=True):
    """In whose area the child lives, by a status in force."""

    authority: str
    since: date
    said_by: str


class Standing(Struct, frozen=True, kw_only=True):
    """How the child stands with children's social care on a day.

    Attributes:
        on: the day, by the clocks of the place.
        known: `now`: looked after, on a plan or in need today; `before`: not today; `not-told`: no
            authority has told us of any, which is not the same as not known.
        looked_after, child_protection_plan, child_in_need: the authorities that say so today.
        in_force: every status in force today.
        responsible: who is responsible; several where authorities differ, or for several matters.
        host: where the child lives; not the same as who is responsible.
    """

    on: date
    known: Literal["now", "before", "not-told"]
    looked_after: tuple[str, ...]
    child_protection_plan: tuple[str, ...]
    child_in_need: tuple[str, ...]
    in_force: tuple[UUID, ...]
    responsible: tuple[Responsible, ...]
    host: tuple[Host, ...]


class AskFor(Struct, frozen=True, kw_only=True):
    """A carer's profile that nobody was given yet for an episode that is open.

    Attributes:
        keeper, placing_authority: who can release it: ring them.
        to: the force that looks for the child.
    """

    episode_id: UUID
    to: str
    profile_id: UUID
    keeper: str
    placing_authority: str | None


class Now(Struct, frozen=True, kw_only=True):
    """A child's view at the moment of the answer.

    Attributes:
        ask_for: profiles that could help to find the child, and that the force has not got.
        measures: of those that protect the child, the ones in force.
    """

    at: datetime
    standing: Standing
    counts: tuple[Counts, ...]
    durations: tuple[Duration, ...]
    interviews: tuple[InterviewClock, ...]
    ask_for: tuple[AskFor, ...] = ()
    measures: tuple[UUID, ...] = ()


def now_of(view: ChildView, now: datetime) -> Now:
    """What the view means at this moment."""
    return Now(
        at=now,
        standing=standing_of(view, times.in_london(now).date()),
        counts=tuple(_counts(view, now, days) for days in PERIODS),
        durations=tuple(_duration(each, now) for each in view.episodes if _was_away(each)),
        interviews=interview_clocks(view, now),
        ask_for=tuple(_to_ask_for(view)),
        measures=in_force_on(view.measures, times.in_london(now).date()),
    )


def _to_ask_for(view: ChildView) -> Iterator[AskFor]:
    for episode in view.missing_now:
        for profile in view.profiles:
            given = any(
                each.episode_id == episode.episode_id and not each.withdrawn
                for each in profile.given
            )
            if not given:
                yield AskFor(
                    episode_id=episode.episode_id,
                    to=episode.agency,
                    profile_id=profile.profile_id,
                    keeper=profile.keeper,
                    placing_authority=profile.placing_authority,
                )


def standing_of(view: ChildView, day: date) -> Standing:
    """How the child stands with children's social care on a day."""
    told = [line for line in view.statuses if line.withdrawn is None]
    in_force = [line for line in told if line.in_force(day)]
    says = {
        kind: tuple(dict.fromkeys(line.said.agency for line in in_force if line.kind == kind))
        for kind in SOCIAL_CARE
    }
    begun = [line for line in told if line.kind in SOCIAL_CARE and line.since <= day]
    return Standing(
        on=day,
        known="now" if any(says.values()) else "before" if begun else "not-told",
        looked_after=says["looked-after"],
        child_protection_plan=says["child-protection-plan"],
        child_in_need=says["child-in-need"],
        in_force=tuple(line.status_id for line in in_force),
        responsible=responsible_on(told, view.responsibility, day),
        host=tuple(
            Host(authority=line.host, since=line.since, said_by=line.said.agency)
            for line in in_force
            if line.host is not None
        ),
    )


def responsible_on(
    statuses: Sequence[StatusLine], requests: Sequence[ResponsibilityLine], day: date
) -> tuple[Responsible, ...]:
    """Who is responsible on a day, for each matter.

    The first authority that a status names stays responsible until another accepts. A status that
    names another without acceptance is shown beside it, and said to be so.
    """
    found: list[Responsible] = []
    for matter in (*SOCIAL_CARE, "child-protection-enquiry"):
        said = [s for s in statuses if s.kind == matter and s.responsible and s.since <= day]
        accepted = [r for r in requests if r.matter == matter and _accepted_on(r) <= day]
        found += _responsible_for(matter, said, accepted, day)  # type: ignore[arg-type] # of both
    return tuple(found)


def _responsible_for(
    matter: intake.Matter,
    said: Sequence[StatusLine],
    accepted: Sequence[ResponsibilityLine],
    day: date,
) -> list[Responsible]:
    named = [
        Responsible(
            matter=matter,
            authority=line.responsible or "",
            how="stated",
            since=line.since,
            said_by=line.said.agency,
        )
        for line in said
    ]
    moved = [
        (
            line.held_by,
            Responsible(
                matter=matter,
                authority=line.asked,
                how="accepted",
                since=_accepted_on(line),
                said_by=line.asked,
            ),
        )
        for line in accepted
    ]
    # Of one day, what was stated is before what was accepted.
    steps: list[tuple[date, int, str | None, Responsible]]
    steps = [(each.since, 0, None, each) for each in named]
    steps += [(each.since, 1, origin, each) for origin, each in moved]
    steps.sort(key=lambda step: (step[0], step[1], step[3].authority))
    holder: Responsible | None = None
    gave_up: dict[str, date] = {}
    for _, _, origin, step in steps:
        if holder is None or origin == holder.authority:
            holder = step
            if origin is not None:
                gave_up[origin] = step.since
    current = {line.responsible for line in said if line.in_force(day)}
    last_end = max((line.until for line in said if line.until is not None), default=date.min)
    if holder is None or not (current or (holder.how == "accepted" and holder.since >= last_end)):
        return []
    ended = bool(said) and holder.authority not in current and holder.how == "stated"
    lines = [replace(holder, status_ended=ended)]
    for each in [*named, *(each for _, each in moved)]:
        # What an authority said before another accepted from it is answered by that.
        answered = each.since <= gave_up.get(each.authority, date.min)
        differs = each.authority != holder.authority and each.authority in current
        if differs and not answered and each.authority not in {line.authority for line in lines}:
            lines.append(replace(each, not_accepted_from=holder.authority))
    return lines


def _accepted_on(line: ResponsibilityLine) -> date:
    return times.in_london(line.accepted_at).date() if line.accepted_at else date.max


def interview_clocks(view: ChildView, now: datetime) -> tuple[InterviewClock, ...]:
    """The interviews that are still to be held, the longest overdue first."""
    clocks = []
    for line in view.interviews:
        if line.conducted_at or line.declined_at or line.given_up_at:
            continue
        left = (line.due_by - now) // timedelta(minutes=1) if line.due_by is not None else None
        clocks.append(
            InterviewClock(
                interview_id=line.interview_id,
                state="waiting" if left is None else "overdue" if left < 0 else "due",
                due_by=line.due_by,
                minutes_left=left,
                provider=line.provider,
            )
        )
    return tuple(
        sorted(clocks, key=lambda clock: (clock.minutes_left is None, clock.minutes_left or 0))
    )


def _was_away(episode: Episode) -> bool:
    return episode.began is not None and not episode.in_error


def _duration(episode: Episode, now: datetime) -> Duration:
    assert episode.began is not None  # noqa: S101 (only asked where it began)
    lasted = max((episode.ended or now) - episode.began, timedelta())
    return Duration(
        episode_id=episode.episode_id,
        minutes=lasted // timedelta(minutes=1),
        still=episode.ended is None,
    )


def _counts(view: ChildView, now: datetime, days: int) -> Counts:
    """How often a child was away in a period that ends now.

    An episode counts where it began; a report that was a mistake counts nowhere.
    """
    first = now - timedelta(days=days)
    found = {"missing": 0, "absent": 0}
    away: list[tuple[datetime, datetime]] = []
    for episode in view.episodes:
        if episode.in_error or episode.began is None or episode.concern is None:
            continue
        if first <= episode.began <= now:
            found[episode.concern] += 1
        away.append((episode.began, max(min(episode.ended or now, now), episode.began)))
    stretches = list(_together(away))
    lasted = (max(ended - max(began, first), timedelta()) for began, ended in stretches)
    return Counts(
        days=days,
        missing=found["missing"],
        absent=found["absent"],
        times=sum(first <= began <= now for began, _ in stretches),
        hours=int(sum(lasted, timedelta()).total_seconds() // 3600),
    )


def _together(
    spans: Iterable[tuple[datetime, datetime]],
) -> Iterator[tuple[datetime, datetime]]:
    """Spans of time, those that overlap as one, in order."""
    current: tuple[datetime, datetime] | None = None
    for began, ended in sorted(spans):
        if current is not None and began < current[1]:
            current = (current[0], max(current[1], ended))
        else:
            if current is not None:
                yield current
            current = (began, ended)
    if current is not None:
        yield current
