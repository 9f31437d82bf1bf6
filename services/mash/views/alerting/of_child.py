"""The rules about a child: episodes, age, screenings, interviews, where found. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.rules import (
    AnyRule,
    InterviewOverdue,
    OutOfArea,
    RepeatEpisodes,
    ScreeningLevel,
    YoungChild,
)
from services.mash.views.alerting.signal import MOST, Known, Signal, happening_of, places_of
from services.mash.views.facts import Named, Report
from shared.contracts import times
from shared.contracts.mentions import PersonIdentity
from shared.projecting.facts import Fact
from shared.reference.partial_dates import latest

HOME: tuple[str, ...] = ("lives_at", "placed_at", "missing_from")

BEGINNINGS = frozenset({"concern-raised", "truancy-stop-recorded", "screening-completed"})
"""Events, beside reports, by which somebody says that something is wrong."""


@dataclass(slots=True)
class _Episode:
    began: datetime
    version: int
    first: Fact
    mentions: dict[UUID, None]


def _episodes(facts: Sequence[Fact]) -> list[tuple[UUID, _Episode]]:
    """The episodes in the order in which they began; mistakes left out."""
    found: dict[UUID, _Episode] = {}
    mistakes: set[UUID] = set()
    for fact in facts:
        if fact.kind == "report":
            report = msgspec.json.decode(fact.value, type=Report)
            known = found.setdefault(
                report.episode_id, _Episode(report.missing_since, -1, fact, {})
            )
            known.mentions[fact.mention_id] = None
            if (fact.source, fact.position) < (known.first.source, known.first.position):
                known.first = fact
            if report.report_version > known.version:
                known.version, known.began = report.report_version, report.missing_since
        elif fact.kind == "happening":
            happening = happening_of(fact)
            if happening.what == "reported-in-error":
                mistakes.add(happening.record_id)
    kept = [(episode, told) for episode, told in found.items() if episode not in mistakes]
    return sorted(kept, key=lambda item: (item[1].began, str(item[0])))


def _repeat(
    rule: RepeatEpisodes, subject_id: UUID, facts: Sequence[Fact], _known: Known
) -> Iterable[Signal]:
    episodes = _episodes(facts)
    for last in range(rule.episodes - 1, len(episodes)):
        together = episodes[last - rule.episodes + 1 : last + 1]
        if together[-1][1].began - together[0][1].began > timedelta(days=rule.days):
            continue
        trigger, newest = together[-1]
        yield Signal(
            rule,
            subject_id,
            "child",
            trigger,
            newest.began,
            tuple(told.first.event_id for _, told in together),
            tuple(dict.fromkeys(m for _, told in together for m in told.mentions)),
        )


def _young(
    rule: YoungChild, subject_id: UUID, facts: Sequence[Fact], _known: Known
) -> Iterable[Signal]:
    """The youngest age that anybody gives counts: where agencies differ, the child is protected."""
    said = [
        (fact, until)
        for fact in facts
        if fact.kind == "named"
        and (identity := _identity(fact)) is not None
        and (until := _young_until(identity, rule.years)) is not None
    ]
    oldest = max((until for _, until in said), default=(0, 0, 0))
    for record, fact in _beginnings(facts):
        happened = times.read(fact.occurred_at)
        day = (happened.year, happened.month, happened.day)
        if day >= oldest:
            continue
        young = list(islice((told for told, until in reversed(said) if day < until), MOST))
        if young:
            yield Signal(
                rule,
                subject_id,
                "child",
                record,
                happened,
                tuple(dict.fromkeys([fact.event_id, *(told.event_id for told in young)])),
                tuple(dict.fromkeys([fact.mention_id, *(told.mention_id for told in young)])),
            )


def _beginnings(facts: Sequence[Fact]) -> Iterable[tuple[UUID, Fact]]:
    """The first event of each record by which somebody says that something is wrong."""
    for episode, told in _episodes(facts):
        yield episode, told.first
    for fact in facts:
        if fact.kind == "happening" and (happening := happening_of(fact)).what in BEGINNINGS:
            yield happening.record_id, fact


def _young_until(identity: PersonIdentity, years: int) -> tuple[int, int, int] | None:
    """Before which day (year, month, day) somebody is younger, as far as this tells; None: never.

    Who was born on 29 February is older from 1 March on in a year that has no such day.
    """
    if identity.date_of_birth is not None:
        try:
            born = latest(identity.date_of_birth)
        except ValueError:
            return None
        return (born.year + years, born.month, born.day)
    young = identity.age_from is not None and identity.age_from < years
    return (MAXYEAR + 1, 1, 1) if young else None


def _screened(
    rule: ScreeningLevel, subject_id: UUID, facts: Sequence[Fact], _known: Known
) -> Iterable[Signal]:
    for fact in facts:
        if fact.kind != "happening":
            continue
        happening = happening_of(fact)
        if happening.what not in {"screening-completed", "screening-amended"}:
            continue
        level = msgspec.json.decode(happening.data, type=_Level).level
        if level in rule.levels:
            yield _at(rule, subject_id, happening.record_id, fact)


def _overdue(
    rule: InterviewOverdue, subject_id: UUID, facts: Sequence[Fact], _known: Known
) -> Iterable[Signal]:
    for fact in facts:
        if (
            fact.kind == "happening"
            and (happening := happening_of(fact)).what == "interview-overdue"
        ):
            yield _at(rule, subject_id, happening.record_id, fact)


def _out_of_area(
    rule: OutOfArea, subject_id: UUID, facts: Sequence[Fact], known: Known
) -> Iterable[Signal]:
    """The home is the one given last before; where none was given, nothing can be said."""
    home: tuple[Fact, str] | None = None
    for fact, role, place in places_of(facts):
        authority = (
            known.authorities.get(place.postcode)
            if place is not None and place.postcode is not None
            else None
        )
        if authority is None:
            continue
        if role in HOME:
            home = (fact, authority)
        elif role in rule.roles and home is not None and authority != home[1]:
            evidence = tuple(dict.fromkeys((home[0].event_id, fact.event_id)))
            named = msgspec.json.decode(fact.value, type=Named)
            yield Signal(
                rule,
                subject_id,
                "child",
                named.mention_id,
                times.read(fact.occurred_at),
                evidence,
                tuple(dict.fromkeys((home[0].mention_id, fact.mention_id))),
            )


def _at(rule: AnyRule, subject_id: UUID, trigger: UUID, fact: Fact) -> Signal:
    """A rule that speaks because of one event alone."""
    return Signal(
        rule,
        subject_id,
        "child",
        trigger,
        times.read(fact.occurred_at),
        (fact.event_id,),
        (fact.mention_id,),
    )


class _Level(Struct, frozen=True):
    level: str = ""


def _identity(fact: Fact) -> PersonIdentity | None:
    named = msgspec.json.decode(fact.value, type=Named)
    if named.kind != "person" or named.role != "child" or named.details.opened is None:
        return None
    return msgspec.json.decode(named.details.opened, type=PersonIdentity)


OF_CHILD: dict[type, Callable[[Any, UUID, Sequence[Fact], Known], Iterable[Signal]]] = {
    RepeatEpisodes: _repeat,
    YoungChild: _young,
    ScreeningLevel: _screened,
    InterviewOverdue: _overdue,
    OutOfArea: _out_of_area,
}
