"""The child view: everything said about one child, by whom and when, with nothing averaged away.

Conflicting values are all kept: each agency's statement of who the child is stands as it was made.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Happening, Named, Report, Return, ReturnWords
from services.mash.views.interviews import InterviewLine, Voice, interview_lines
from services.mash.views.said import Said, said_of
from services.mash.views.screenings import QUIET, Screenings, level_of, screenings
from shared.projecting.facts import Fact


class Statement(Struct, frozen=True, kw_only=True):
    """Who the child is, as one report says."""

    said: Said
    mention_id: UUID
    identity: Details


class ReportLine(Struct, frozen=True, kw_only=True):
    """One version of a force's report."""

    said: Said
    report: Report


class ReturnLine(Struct, frozen=True, kw_only=True):
    """The return from an episode."""

    said: Said
    returned: Return


class Episode(Struct, frozen=True, kw_only=True):
    """One time the child was missing or absent, from the report to the return.

    Attributes:
        current: the force's newest version of its report; the others follow in `earlier`.
        returned: none while the child has not been seen safe.
        concern: what the child is treated as now, `missing` or `absent`.
        in_error: the report was a mistake.
        corrected_return: the right time, where the first one was wrong.
    """

    episode_id: UUID
    current: ReportLine | None
    earlier: tuple[ReportLine, ...]
    returned: ReturnLine | None
    concern: str | None = None
    in_error: bool = False
    corrected_return: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the child has not been seen safe since, and was missing at all."""
        return self.returned is None and not self.in_error

    @property
    def began(self) -> datetime | None:
        """When the child went missing, as the newest version of the report says."""
        return self.current.report.missing_since if self.current is not None else None

    @property
    def ended(self) -> datetime | None:
        """When the child was seen safe, as was said last."""
        if self.corrected_return is not None:
            return self.corrected_return
        return self.returned.returned.returned_at if self.returned is not None else None


class Beside(Struct, frozen=True, kw_only=True):
    """Somebody or something that a report names beside the child."""

    said: Said
    named: Named


class Line(Struct, frozen=True, kw_only=True):
    """A line of the chronology.

    Attributes:
        what: `report`, `revised-report` or `return`.
        concern: `missing` or `absent`, for a report.
        level: as assessed, for a screening.
    """

    said: Said
    what: str
    episode_id: UUID
    concern: str | None = None
    risk: str | None = None
    how: str | None = None
    level: str | None = None


class MissingNow(Struct, frozen=True, kw_only=True):
    """Whether the child is missing or absent as far as is known, and since when."""

    concern: str
    since: datetime
    episode_id: UUID
    agency: str


class ChildView(Struct, frozen=True, kw_only=True):
    """One child, as everybody together knows her or him.

    Attributes:
        provisional: the mention has not been linked to any subject yet; it is shown all the same.
        mentions: the mentions that make up this child.
        missing_now: each open episode, the longest first; empty when none is open.
        statements: who the child is, in every agency's own words, newest first.
        episodes: newest first.
        interviews: return interviews, newest first.
        screenings: for the risk of exploitation, whoever filled them in, newest first.
        voice: what the child said, in the child's own words, newest first.
        places, people, things: named beside the child, newest first.
        chronology: oldest first, each line with both times.
    """

    subject_id: UUID
    provisional: bool
    mentions: tuple[UUID, ...]
    missing_now: tuple[MissingNow, ...]
    statements: tuple[Statement, ...]
    episodes: tuple[Episode, ...]
    interviews: tuple[InterviewLine, ...]
    screenings: Screenings
    voice: tuple[Voice, ...]
    places: tuple[Beside, ...]
    people: tuple[Beside, ...]
    things: tuple[Beside, ...]
    chronology: tuple[Line, ...]


def fold_child(subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    """The child's row as JSON, or None where nobody speaks of this subject as a child."""
    view = child_view(subject_id, facts)
    return msgspec.json.encode(view) if view is not None else None


def as_child(facts: Sequence[Fact]) -> list[Fact]:
    """The facts of those mentions in which the subject is no suspect.

    A role is what a report says, never a type of person. A child who is suspected in one report
    stays a child whom others must protect: what that report says is shown where suspects are, and
    the view of the child is as if it had not come.
    """
    suspected = {
        fact.mention_id
        for fact in facts
        if fact.kind == "named"
        and msgspec.json.decode(fact.value, type=_Role).role == "perpetrator"
    }
    return [fact for fact in facts if fact.mention_id not in suspected]


class _Role(Struct, frozen=True):
    """The only field of a `Named` that is looked at here."""

    role: str


def child_view(subject_id: UUID, facts: Sequence[Fact]) -> ChildView | None:
    """The view of a child from facts in their order; None where none speaks of a child."""
    statements: list[Statement] = []
    beside: list[Beside] = []
    reports: dict[UUID, list[ReportLine]] = {}
    returns: dict[UUID, ReturnLine] = {}
    happenings: list[tuple[Said, Happening]] = []
    words: dict[UUID, ReturnWords] = {}
    chronology: list[Line] = []
    is_child = another_role = False
    facts = as_child(facts)
    for fact in facts:
        match fact.kind:
            case "named":
                named = msgspec.json.decode(fact.value, type=Named)
                another_role = another_role or named.role != "child"
                if named.role == "child":
                    is_child = is_child or named.details.state != "absent"
                    statements.append(
                        Statement(
                            said=said_of(fact), mention_id=named.mention_id, identity=named.details
                        )
                    )
            case "beside":
                named = msgspec.json.decode(fact.value, type=Named)
                beside.append(Beside(said=said_of(fact), named=named))
            case "report":
                is_child = True
                report = msgspec.json.decode(fact.value, type=Report)
                first = report.episode_id not in reports
                reports.setdefault(report.episode_id, []).append(
                    ReportLine(said=said_of(fact), report=report)
                )
                chronology.append(_report_line(fact, report, first=first))
            case "return":
                is_child = True
                returned = msgspec.json.decode(fact.value, type=Return)
                returns[returned.episode_id] = ReturnLine(said=said_of(fact), returned=returned)
                chronology.append(
                    Line(
                        said=said_of(fact),
                        what="return",
                        episode_id=returned.episode_id,
                        how=returned.how,
                    )
                )
            case "happening":
                happening = msgspec.json.decode(fact.value, type=Happening)
                happenings.append((said_of(fact), happening))
                chronology += _happening_lines(fact, happening)
            case "return-words":
                found = msgspec.json.decode(fact.value, type=ReturnWords)
                words[found.episode_id] = found
    # A return that waited for its report stands in the episode once that came: no longer here too.
    joined = {h.record_id for _, h in happenings if h.what == "held-return-joined"}
    happenings = [(said, h) for said, h in happenings if h.record_id not in joined]
    chronology = [line for line in chronology if line.episode_id not in joined]
    # What happened to a person, place or car in another role does not make a child of it.
    if not is_child and (another_role or not happenings):
        return None
    episodes = [
        _episode(
            episode_id,
            reports.get(episode_id, []),
            _with_words(returns.get(episode_id), words.get(episode_id)),
            happenings,
        )
        for episode_id in dict.fromkeys([*reports, *returns])
    ]
    episodes.sort(key=_began, reverse=True)
    statements.reverse()
    beside.reverse()
    interviews, voice = interview_lines(happenings)
    return ChildView(
        subject_id=subject_id,
        provisional=any(fact.mention_id == subject_id for fact in facts),
        mentions=tuple(sorted({fact.mention_id for fact in facts})),
        missing_now=_missing_now(episodes),
        statements=tuple(statements),
        episodes=tuple(episodes),
        interviews=interviews,
        screenings=screenings(happenings),
        voice=voice,
        places=tuple(line for line in beside if line.named.kind == "place"),
        people=tuple(line for line in beside if line.named.kind == "person"),
        things=tuple(line for line in beside if line.named.kind not in {"place", "person"}),
        chronology=tuple(chronology),
    )


def _happening_lines(fact: Fact, happening: Happening) -> list[Line]:
    if happening.what in QUIET:
        return []
    return [
        Line(
            said=said_of(fact),
            what=happening.what,
            episode_id=happening.record_id,
            level=level_of(happening),
        )
    ]


def _report_line(fact: Fact, report: Report, *, first: bool) -> Line:
    return Line(
        said=said_of(fact),
        what="report" if first else "revised-report",
        episode_id=report.episode_id,
        concern=report.concern,
        risk=report.risk.level if report.risk is not None else None,
    )


def _episode(
    episode_id: UUID,
    reports: list[ReportLine],
    returned: ReturnLine | None,
    happenings: Sequence[tuple[Said, Happening]],
) -> Episode:
    newest_first = sorted(reports, key=lambda line: line.report.report_version, reverse=True)
    return Episode(
        episode_id=episode_id,
        current=newest_first[0] if newest_first else None,
        earlier=tuple(newest_first[1:]),
        returned=returned,
        **_since(episode_id, newest_first, happenings),
    )


class _Later(Struct, frozen=True):
    """Those fields of later events of an episode that change what is shown of it."""

    concern: str | None = None
    returned_at: datetime | None = None


def _since(
    episode_id: UUID,
    newest_first: list[ReportLine],
    happenings: Sequence[tuple[Said, Happening]],
) -> dict[str, Any]:
    """What later events say of an episode: changed, corrected, or a mistake from the start."""
    found: dict[str, Any] = {
        "concern": newest_first[0].report.concern if newest_first else None,
    }
    for _, happening in happenings:
        if happening.record_id != episode_id:
            continue
        later = msgspec.json.decode(happening.data, type=_Later)
        match happening.what:
            case "concern-changed":
                found["concern"] = later.concern
            case "return-corrected":
                found["corrected_return"] = later.returned_at
            case "reported-in-error":
                found["in_error"] = True
    return found


def _with_words(line: ReturnLine | None, words: ReturnWords | None) -> ReturnLine | None:
    """A return with its words, where they are a fact of their own and may be seen."""
    if line is None or words is None:
        return line
    returned = msgspec.structs.replace(line.returned, narrative=words.narrative)
    return msgspec.structs.replace(line, returned=returned)


def _began(episode: Episode) -> tuple[datetime, UUID]:
    if episode.current is not None:
        return (episode.current.report.missing_since, episode.episode_id)
    assert episode.returned is not None  # noqa: S101 (an episode is made from one or the other)
    return (episode.returned.returned.returned_at, episode.episode_id)


def _missing_now(episodes: Sequence[Episode]) -> tuple[MissingNow, ...]:
    now_open = [
        MissingNow(
            concern=episode.concern or episode.current.report.concern,
            since=episode.current.report.missing_since,
            episode_id=episode.episode_id,
            agency=episode.current.said.agency,
        )
        for episode in episodes
        if episode.open and episode.current is not None
    ]
    return tuple(sorted(now_open, key=lambda line: line.since))
