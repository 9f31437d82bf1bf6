"""The child view: everything said about one child, by whom and when, with nothing averaged away.

Conflicting values are all kept: each agency's statement of who the child is stands as it was made.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details, Named, Report, Return, ReturnWords
from shared.projecting.facts import Fact


class Said(Struct, frozen=True, kw_only=True):
    """Who said a line, and its two times.

    Attributes:
        agency: whose information it is.
        occurred_at: when it happened in the world.
        recorded_at: when we were told.
        handling: who may see it.
    """

    agency: str
    event_id: UUID
    occurred_at: str
    recorded_at: str
    handling: str


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
    """

    episode_id: UUID
    current: ReportLine | None
    earlier: tuple[ReportLine, ...]
    returned: ReturnLine | None

    @property
    def open(self) -> bool:
        """Whether the child has not been seen safe since."""
        return self.returned is None


class Beside(Struct, frozen=True, kw_only=True):
    """Somebody or something that a report names beside the child."""

    said: Said
    named: Named


class Line(Struct, frozen=True, kw_only=True):
    """A line of the chronology.

    Attributes:
        what: `report`, `revised-report` or `return`.
        concern: `missing` or `absent`, for a report.
    """

    said: Said
    what: str
    episode_id: UUID
    concern: str | None = None
    risk: str | None = None
    how: str | None = None


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
        places, people, things: named beside the child, newest first.
        chronology: oldest first, each line with both times.
    """

    subject_id: UUID
    provisional: bool
    mentions: tuple[UUID, ...]
    missing_now: tuple[MissingNow, ...]
    statements: tuple[Statement, ...]
    episodes: tuple[Episode, ...]
    places: tuple[Beside, ...]
    people: tuple[Beside, ...]
    things: tuple[Beside, ...]
    chronology: tuple[Line, ...]


def fold_child(subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    """The child's row as JSON, or None where nobody speaks of this subject as a child."""
    view = child_view(subject_id, facts)
    return msgspec.json.encode(view) if view is not None else None


def child_view(subject_id: UUID, facts: Sequence[Fact]) -> ChildView | None:
    """The view of a child from facts in their order; None where none speaks of a child."""
    statements: list[Statement] = []
    beside: list[Beside] = []
    reports: dict[UUID, list[ReportLine]] = {}
    returns: dict[UUID, ReturnLine] = {}
    words: dict[UUID, ReturnWords] = {}
    chronology: list[Line] = []
    is_child = False
    for fact in facts:
        match fact.kind:
            case "named":
                named = msgspec.json.decode(fact.value, type=Named)
                if named.role == "child":
                    is_child = True
                    statements.append(
                        Statement(
                            said=_said(fact), mention_id=named.mention_id, identity=named.details
                        )
                    )
            case "beside":
                named = msgspec.json.decode(fact.value, type=Named)
                beside.append(Beside(said=_said(fact), named=named))
            case "report":
                is_child = True
                report = msgspec.json.decode(fact.value, type=Report)
                first = report.episode_id not in reports
                reports.setdefault(report.episode_id, []).append(
                    ReportLine(said=_said(fact), report=report)
                )
                chronology.append(_report_line(fact, report, first=first))
            case "return":
                is_child = True
                returned = msgspec.json.decode(fact.value, type=Return)
                returns[returned.episode_id] = ReturnLine(said=_said(fact), returned=returned)
                chronology.append(
                    Line(
                        said=_said(fact),
                        what="return",
                        episode_id=returned.episode_id,
                        how=returned.how,
                    )
                )
            case "return-words":
                found = msgspec.json.decode(fact.value, type=ReturnWords)
                words[found.episode_id] = found
    if not is_child:
        return None
    episodes = [
        _episode(
            episode_id,
            reports.get(episode_id, []),
            _with_words(returns.get(episode_id), words.get(episode_id)),
        )
        for episode_id in dict.fromkeys([*reports, *returns])
    ]
    episodes.sort(key=_began, reverse=True)
    statements.reverse()
    beside.reverse()
    return ChildView(
        subject_id=subject_id,
        provisional=any(fact.mention_id == subject_id for fact in facts),
        mentions=tuple(sorted({fact.mention_id for fact in facts})),
        missing_now=_missing_now(episodes),
        statements=tuple(statements),
        episodes=tuple(episodes),
        places=tuple(line for line in beside if line.named.kind == "place"),
        people=tuple(line for line in beside if line.named.kind == "person"),
        things=tuple(line for line in beside if line.named.kind not in {"place", "person"}),
        chronology=tuple(chronology),
    )


def _said(fact: Fact) -> Said:
    return Said(
        agency=fact.agency,
        event_id=fact.event_id,
        occurred_at=fact.occurred_at,
        recorded_at=fact.recorded_at,
        handling=fact.handling,
    )


def _report_line(fact: Fact, report: Report, *, first: bool) -> Line:
    return Line(
        said=_said(fact),
        what="report" if first else "revised-report",
        episode_id=report.episode_id,
        concern=report.concern,
        risk=report.risk.level if report.risk is not None else None,
    )


def _episode(episode_id: UUID, reports: list[ReportLine], returned: ReturnLine | None) -> Episode:
    newest_first = sorted(reports, key=lambda line: line.report.report_version, reverse=True)
    return Episode(
        episode_id=episode_id,
        current=newest_first[0] if newest_first else None,
        earlier=tuple(newest_first[1:]),
        returned=returned,
    )


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
            concern=episode.current.report.concern,
            since=episode.current.report.missing_since,
            episode_id=episode.episode_id,
            agency=episode.current.said.agency,
        )
        for episode in episodes
        if episode.open and episode.current is not None
    ]
    return tuple(sorted(now_open, key=lambda line: line.since))
