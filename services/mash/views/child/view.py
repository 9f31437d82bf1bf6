"""The child view: everything said about one child, by whom and when, with nothing averaged away.

Conflicting values are all kept: each agency's statement of who the child is stands as it was made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.child.episodes import (
    Episode,
    MissingNow,
    ReportLine,
    ReturnLine,
    episodes_of,
    missing_now,
)
from services.mash.views.child.patterns import Associate, Pattern, associates_of, patterns_of
from services.mash.views.child.periods import PeriodLine, period_lines
from services.mash.views.child.profiles import ProfileLine, profile_lines
from services.mash.views.child.referrals import ReferralLine, referral_lines
from services.mash.views.child.responsibility import ResponsibilityLine, responsibility_lines
from services.mash.views.child.statuses import StatusLine, status_lines
from services.mash.views.facts import Details, Happening, Named, Report, Return, ReturnWords
from services.mash.views.intelligence import (
    Intelligence,
    intelligence_of,
    standing,
    without_mentions,
)
from services.mash.views.interviews import InterviewLine, Voice, interview_lines
from services.mash.views.measures import MeasureLine, measures_of
from services.mash.views.said import Beside, Said, said_of
from services.mash.views.screenings import QUIET, Screenings, level_of, screenings
from shared.projecting.facts import Fact


class Statement(Struct, frozen=True, kw_only=True):
    """Who the child is, as one report says."""

    said: Said
    mention_id: UUID
    identity: Details


class Line(Struct, frozen=True, kw_only=True):
    """A line of the chronology.

    Attributes:
        what: `report`, `revised-report`, `return`, or any other event's type.
        concern: `missing` or `absent`, for a report and for a change of it.
        risk: as graded, for a report, a regrade and a change of concern.
        how: of a return, and of its correction.
        level: as assessed, for a screening.
        kind: of a status, of a police check, of education; what came of a truancy stop.
    """

    said: Said
    what: str
    episode_id: UUID
    concern: str | None = None
    risk: str | None = None
    how: str | None = None
    level: str | None = None
    kind: str | None = None


class ChildView(Struct, frozen=True, kw_only=True):
    """One child, as everybody together knows her or him.

    Attributes:
        provisional: the mention has not been linked to any subject yet; it is shown all the same.
        mentions: the mentions that make up this child.
        missing_now: each open episode, the longest first; empty when none is open.
        statements: who the child is, in every agency's own words, newest first.
        statuses: what authorities say of the child's standing, the latest to begin first; in force
            or over is for whoever asks on a day.
        responsibility: requests that another authority takes responsibility, newest first.
        periods: what authorities decided to return to the government, newest first.
        profiles: carers' profiles that there are, and who was given them; not what is in them.
        episodes: newest first.
        interviews: return interviews, newest first.
        referrals: to children's social care, and decisions against one, newest first.
        screenings: for the risk of exploitation, whoever filled them in, newest first.
        intelligence: reports in which the child is no suspect, newest first, as graded.
        measures: taken to protect the child, the latest to begin first; in force or over is for
            whoever asks on a day.
        voice: what the child said, in the child's own words, newest first.
        places, people, things: named beside the child, newest first.
        associates: people named as associates or seen with the child, each once with all evidence.
        patterns: what more than one episode has, with the evidence.
        chronology: oldest first, each line with both times.
    """

    subject_id: UUID
    provisional: bool
    mentions: tuple[UUID, ...]
    missing_now: tuple[MissingNow, ...]
    statements: tuple[Statement, ...]
    statuses: tuple[StatusLine, ...]
    responsibility: tuple[ResponsibilityLine, ...]
    periods: tuple[PeriodLine, ...]
    profiles: tuple[ProfileLine, ...]
    episodes: tuple[Episode, ...]
    interviews: tuple[InterviewLine, ...]
    referrals: tuple[ReferralLine, ...]
    screenings: Screenings
    intelligence: Intelligence
    measures: tuple[MeasureLine, ...]
    voice: tuple[Voice, ...]
    places: tuple[Beside, ...]
    people: tuple[Beside, ...]
    things: tuple[Beside, ...]
    associates: tuple[Associate, ...]
    patterns: tuple[Pattern, ...]
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
    if not suspected:
        return list(facts)
    return [
        msgspec.structs.replace(fact, value=without_mentions(fact.value, suspected))
        if fact.kind == "intelligence"
        else fact
        for fact in facts
        if fact.mention_id not in suspected and not _names_one_of(fact, suspected)
    ]


def _names_one_of(fact: Fact, suspected: set[UUID]) -> bool:
    """A report may name a child as a victim, and beside her, without knowing, the same child."""
    return (
        fact.kind == "beside"
        and msgspec.json.decode(fact.value, type=_Role).mention_id in suspected
    )


class _Role(Struct, frozen=True):
    """The only fields of a `Named` that are looked at here."""

    mention_id: UUID
    role: str


@dataclass
class _Told:
    """What a child's facts say, sorted by what it is about, each in the order of the facts."""

    statements: list[Statement] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    reports: dict[UUID, list[ReportLine]] = field(default_factory=dict)
    returns: dict[UUID, ReturnLine] = field(default_factory=dict)
    happenings: list[tuple[Said, Happening]] = field(default_factory=list)
    words: dict[UUID, ReturnWords] = field(default_factory=dict)
    chronology: list[Line] = field(default_factory=list)
    is_child: bool = False
    another_role: bool = False

    def take(self, fact: Fact) -> None:
        """Take in the next fact."""
        said = said_of(fact)
        match fact.kind:
            case "named":
                self._named(said, msgspec.json.decode(fact.value, type=Named))
            case "beside":
                named = msgspec.json.decode(fact.value, type=Named)
                self.beside.append(Beside(said=said, named=named))
            case "report":
                self._report(said, msgspec.json.decode(fact.value, type=Report))
            case "return":
                self._return(said, msgspec.json.decode(fact.value, type=Return))
            case "happening":
                self._happening(said, msgspec.json.decode(fact.value, type=Happening))
            case "return-words":
                words = msgspec.json.decode(fact.value, type=ReturnWords)
                self.words[words.episode_id] = words

    def leave_out_what_was_joined(self) -> None:
        """What waited for its report or status stands there once that came: no longer here too."""
        joined = {h.record_id for _, h in self.happenings if h.what in JOINED}
        self.happenings = [(said, h) for said, h in self.happenings if h.record_id not in joined]
        self.chronology = [line for line in self.chronology if line.episode_id not in joined]

    def _named(self, said: Said, named: Named) -> None:
        self.another_role = self.another_role or named.role != "child"
        if named.role == "child":
            self.is_child = self.is_child or named.details.state != "absent"
            self.statements.append(
                Statement(said=said, mention_id=named.mention_id, identity=named.details)
            )

    def _report(self, said: Said, report: Report) -> None:
        self.is_child = True
        line = Line(
            said=said,
            what="revised-report" if report.episode_id in self.reports else "report",
            episode_id=report.episode_id,
            concern=report.concern,
            risk=report.risk.level if report.risk is not None else None,
        )
        self.chronology.append(line)
        self.reports.setdefault(report.episode_id, []).append(ReportLine(said=said, report=report))

    def _return(self, said: Said, returned: Return) -> None:
        self.is_child = True
        self.returns[returned.episode_id] = ReturnLine(said=said, returned=returned)
        self.chronology.append(
            Line(said=said, what="return", episode_id=returned.episode_id, how=returned.how)
        )

    def _happening(self, said: Said, happening: Happening) -> None:
        self.happenings.append((said, happening))
        if happening.what in QUIET:
            return
        codes = _Codes()
        if happening.what.startswith("status-") or happening.what in CODED:
            codes = msgspec.json.decode(happening.data, type=_Codes)
        self.chronology.append(
            Line(
                said=said,
                what=happening.what,
                episode_id=happening.record_id,
                concern=codes.concern,
                risk=codes.risk.level if codes.risk is not None else None,
                how=codes.how,
                level=level_of(happening),
                kind=codes.kind or codes.status or codes.outcome,
            )
        )


class _Risk(Struct, frozen=True):
    level: str


class _Codes(Struct, frozen=True):
    """The codes that the chronology shows of what happened; each event has one or two of them."""

    kind: str | None = None
    status: str | None = None
    outcome: str | None = None
    concern: str | None = None
    how: str | None = None
    risk: _Risk | None = None


CODED = frozenset({
    "education-status-recorded", "truancy-follow-up-recorded", "police-check-recorded",
    "risk-regraded", "concern-changed", "return-corrected", "measure-taken",
})  # fmt: skip
"""What happened says nothing without its code: not in education, a risk that was graded high."""


JOINED = frozenset({"held-return-joined", "held-ending-joined"})
"""What says that something which waited stands in its own record now."""


def child_view(subject_id: UUID, facts: Sequence[Fact]) -> ChildView | None:
    """The view of a child from facts in their order; None where none speaks of a child."""
    facts = standing(as_child(facts))
    told = _Told()
    for fact in facts:
        told.take(fact)
    told.leave_out_what_was_joined()
    intelligence = intelligence_of(facts)
    # A child of whom there is nothing but what was withdrawn is still a child.
    told.is_child = told.is_child or any(line.role == "child" for line in intelligence.lines)
    # What happened to a person, place or car in another role does not make a child of it.
    if not told.is_child and (told.another_role or not told.happenings):
        return None
    episodes = episodes_of(told.reports, told.returns, told.words, told.happenings)
    interviews, voice = interview_lines(told.happenings)
    beside = told.beside[::-1]
    spoken_of = _episodes_spoken_of(episodes, interviews, told.happenings)
    return ChildView(
        subject_id=subject_id,
        provisional=any(fact.mention_id == subject_id for fact in facts),
        mentions=tuple(sorted({fact.mention_id for fact in facts})),
        missing_now=missing_now(episodes),
        statements=tuple(told.statements[::-1]),
        statuses=status_lines(told.happenings, beside),
        responsibility=responsibility_lines(told.happenings),
        periods=period_lines(told.happenings),
        profiles=profile_lines(told.happenings),
        episodes=tuple(episodes),
        interviews=interviews,
        referrals=referral_lines(told.happenings),
        screenings=screenings(told.happenings),
        intelligence=intelligence,
        measures=measures_of(told.happenings),
        voice=voice,
        places=tuple(line for line in beside if line.named.kind == "place"),
        people=tuple(line for line in beside if line.named.kind == "person"),
        things=tuple(line for line in beside if line.named.kind not in {"place", "person"}),
        associates=associates_of(beside, spoken_of),
        patterns=patterns_of(episodes, beside, spoken_of),
        chronology=tuple(told.chronology),
    )


def _episodes_spoken_of(
    episodes: Iterable[Episode],
    interviews: Iterable[InterviewLine],
    happenings: Iterable[tuple[Said, Happening]],
) -> dict[UUID, set[UUID]]:
    """For each event, the episodes that it speaks of: its own, or those of its interview."""
    of_record = {line.interview_id: set(line.episodes) for line in interviews}
    found: dict[UUID, set[UUID]] = {}
    for episode in episodes:
        of_record[episode.episode_id] = {episode.episode_id}
        lines = [episode.current, *episode.earlier, episode.returned]
        found |= {line.said.event_id: {episode.episode_id} for line in lines if line is not None}
    for said, happening in happenings:
        found[said.event_id] = of_record.get(happening.record_id, set())
    return found
