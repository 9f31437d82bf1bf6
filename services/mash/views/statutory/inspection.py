"""The inspectorate's list of missing children: was a return interview offered, and accepted? Pure.

Ofsted asks an authority under inspection for lists of children (Annex A of its guidance to
inspections of local authority children's services), one of them of children who went missing. Of
that list only this was read, in a data model that authorities share: an item *return interview
offered* and an item *accepted*, each Y, N, NA or nothing. The guidance itself, and so its columns,
their names, their order and which period it wants, was not read: this is what the list is made
from, not the list as it is sent.
"""

from collections.abc import Iterator, Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.mash.views.child import ChildView
from services.mash.views.child.episodes import Episode
from services.mash.views.child.now import SOCIAL_CARE, standing_of
from services.mash.views.interviews import InterviewLine
from services.mash.views.profile.away import council_named
from services.mash.views.profile.noticed import Question
from services.mash.views.statutory.identity import child_ids
from services.mash.views.statutory.periods import Period, decided, reported
from services.mash.views.statutory.table import Code
from shared.projecting.facts import Fact

YesNo = Literal["Y", "N", "NA"]
Standing = Literal["looked-after", "child-protection-plan", "child-in-need", "other"]
IN_ERROR = "reported-in-error"
ANOTHER = "covered-by-another-interview"


class TimeAway(Struct, frozen=True, kw_only=True):
    """One time that a child of the authority was away, and what came of its return interview.

    Attributes:
        child: the authority's own number; none where it gave none, or several.
        standing: with the authority on the first day, as its own statuses say; `other`: it is
            responsible by another's word, or the force named it and nobody else is responsible.
        missing: as in the Missing table; none where the police say absent, and nobody has decided
            what that is.
        starts, ends: moments' days by the clocks of the place, as in the Missing table; no end
            while the child is away.
        offered: `N` only where it was given up without an offer; `NA` where none was required;
            none where nobody has said.
        accepted: `NA` also where none was offered, for then there was nothing to accept.
        sources: the records that it rests on.
    """

    subject_id: UUID
    child: str | None
    standing: Standing
    missing: Code | None
    starts: str
    ends: str | None
    offered: YesNo | None
    accepted: YesNo | None
    sources: tuple[UUID, ...]


def times_away_of(
    view: ChildView, facts: Sequence[Fact], *, authority: str, asked: Question
) -> list[TimeAway]:
    """A child's times away that began in a period while she or he was the authority's.

    Args:
        view: the child, as the asker may see her or him.
        facts: of which the view is made.
        authority: whose list it is.
        asked: the period.
    """
    ids = child_ids(view, authority)
    named = council_named(facts)
    found = []
    for code, period in _periods(view, authority):
        standing = _standing(view, period, authority, named)
        if standing is None or not asked.holds(period.started_at):
            continue
        offered, accepted = _interview(view, period)
        found.append(
            TimeAway(
                subject_id=view.subject_id,
                child=ids[0] if len(ids) == 1 else None,
                standing=standing,
                missing=code,
                starts=period.starts.isoformat(),
                ends=period.ends.isoformat() if period.ends is not None else None,
                offered=offered,
                accepted=accepted,
                sources=period.sources,
            )
        )
    return found


def in_order(rows: Sequence[TimeAway]) -> tuple[TimeAway, ...]:
    """The list's order: by child and first day."""
    return tuple(
        sorted(rows, key=lambda row: (row.child or "", row.subject_id, row.starts, row.sources))
    )


def _periods(view: ChildView, authority: str) -> Iterator[tuple[Code | None, Period]]:
    """What the authority decided, and what the police report beside that. Nothing is merged."""
    covered: set[UUID] = set()
    for line in view.periods:
        if line.withdrawn or line.said.agency != authority:
            continue
        covered.update(line.sources)
        if (period := decided(line)) is not None:
            yield period.code, period
    for episode in view.episodes:
        period = reported(episode)
        if period is not None and episode.episode_id not in covered:
            yield (None if episode.concern == "absent" else period.code), period


def _standing(
    view: ChildView, period: Period, authority: str, named: str | None
) -> Standing | None:
    """How the child stood with the authority on the first day; None of another's child."""
    on = standing_of(view, period.starts)
    if authority in on.looked_after:
        return "looked-after"
    if authority in on.child_protection_plan:
        return "child-protection-plan"
    if authority in on.child_in_need:
        return "child-in-need"
    responsible = {
        each.authority
        for each in on.responsible
        if each.matter in SOCIAL_CARE and not each.status_ended
    }
    theirs = authority in responsible if responsible else authority == named
    return "other" if theirs else None


def _interview(view: ChildView, period: Period) -> tuple[YesNo | None, YesNo | None]:
    """Whether an interview was offered, and accepted."""
    sources = set(period.sources)
    lines = [
        line
        for line in view.interviews
        if sources.intersection(line.episodes) and line.given_up_why not in {IN_ERROR, ANOTHER}
    ]
    if not lines:
        episodes = [each for each in view.episodes if each.episode_id in sources]
        return (None, None) if any(map(_requires, episodes)) else ("NA", "NA")
    if any(_offered(line) for line in lines):
        return "Y", _accepted(lines)
    if all(line.given_up_at is not None for line in lines):
        return "N", "NA"
    return None, None


def _requires(episode: Episode) -> bool:
    """Every child who went missing is to be offered one, not one who was only absent."""
    return not episode.in_error and episode.concern != "absent"


def _offered(line: InterviewLine) -> bool:
    """It was offered; what was answered or held was offered, though nobody wrote when."""
    said = (line.offered_at, line.accepted_at, line.declined_at, line.conducted_at)
    return any(moment is not None for moment in said)


def _accepted(lines: Sequence[InterviewLine]) -> YesNo | None:
    """What was said last counts, as in the line; of several interviews, one accepted is enough."""
    if any(line.declined_at is None and (line.accepted_at or line.conducted_at) for line in lines):
        return "Y"
    return "N" if any(line.declined_at is not None for line in lines) else None
