"""When a rule speaks about a subject: everything it has to say, over all that is known. Pure.

A rule is asked about all facts of a subject, old and new alike, and answers with everything that it
would ever have said of them. Whoever asks keeps apart what was said already (live) from what would
have been said (over past data): there is one reading of a rule, and no other.

Rules look at facts that everybody who may see the views may see, and at nothing else: an alert
would tell of the rest.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    SharedPlace,
    SharedVehicle,
    YoungChild,
)
from services.mash.views.child import as_child
from services.mash.views.facts import Happening, Named, Report
from services.mash.views.nodes import NodeKind, node_view
from shared.contracts import times
from shared.contracts.mash import AlertSubject
from shared.contracts.mentions import PersonIdentity, PlaceDetails
from shared.projecting.facts import Fact
from shared.reference.partial_dates import latest

HOME: tuple[str, ...] = ("lives_at", "placed_at", "missing_from")
THINGS: tuple[NodeKind, ...] = ("place", "vehicle", "phone")
MOST = 20
"""Children named as evidence of one alert, the latest: enough to see why, however many come."""

BEGINNINGS = frozenset({"concern-raised", "truancy-stop-recorded", "screening-completed"})
"""Events, beside reports, by which somebody says that something is wrong."""


@dataclass(frozen=True, slots=True)
class Known:
    """What cannot be read off a subject's own facts.

    Attributes:
        subjects: of other mentions that are linked: the subject of each. Whoever is linked to
            nobody yet is counted with nobody: a second version of a report is no second child.
        authorities: for each postcode the local authority, where the directory has one.
    """

    subjects: Mapping[UUID, UUID] = field(default_factory=dict)
    authorities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signal:
    """That a rule speaks.

    Attributes:
        trigger: the record or event that makes it speak; a rule speaks once of each.
        mentions: whose facts it rests on.
    """

    rule: AnyRule
    subject_id: UUID
    subject_kind: AlertSubject
    trigger: UUID
    happened_at: datetime
    evidence: tuple[UUID, ...]
    mentions: tuple[UUID, ...]


def for_everybody(facts: Iterable[Fact]) -> list[Fact]:
    """Those facts that everybody who may see the views may see."""
    return [fact for fact in facts if fact.handling == "P" and fact.limits is None]


def others_in(facts: Sequence[Fact]) -> set[UUID]:
    """The mentions of whom it must be known who they are: those along with a thing."""
    return {
        other.mention_id
        for kind in THINGS
        if (view := node_view(kind, UUID(int=0), facts, newest=None)) is not None
        for appearance in view.appearances
        for other in appearance.others
    }


def postcodes_in(facts: Sequence[Fact]) -> set[str]:
    """The postcodes of which it must be known where they are: those beside a child."""
    return {
        place.postcode
        for _, _, place in _places(facts)
        if place is not None and place.postcode is not None
    }


def signals(
    rules: Iterable[AnyRule], subject_id: UUID, facts: Sequence[Fact], known: Known
) -> list[Signal]:
    """Everything that these rules say of a subject, as it happened.

    Args:
        rules: which.
        subject_id: whom or what it is about.
        facts: all of its facts in their order; those that are not for everybody are left out here.
        known: what else is to be known.
    """
    seen = for_everybody(facts)
    child = as_child(seen)
    found: list[Signal] = []
    for rule in rules:
        if isinstance(rule, SharedPlace | SharedVehicle):
            found += _shared(rule, subject_id, seen, known)
        elif any(fact.kind in {"report", "happening"} for fact in child):
            found += _OF_CHILD[type(rule)](rule, subject_id, child, known)
    return sorted(found, key=lambda signal: (signal.happened_at, str(signal.trigger)))


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
            happening = _happening(fact)
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
        (fact, identity)
        for fact in facts
        if fact.kind == "named" and (identity := _identity(fact)) is not None
    ]
    for record, fact in _beginnings(facts):
        happened = times.read(fact.occurred_at)
        young = [told for told, identity in said if _younger(identity, rule.years, happened)]
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
        if fact.kind == "happening" and (happening := _happening(fact)).what in BEGINNINGS:
            yield happening.record_id, fact


def _younger(identity: PersonIdentity, years: int, when: datetime) -> bool:
    if identity.date_of_birth is not None:
        try:
            born = latest(identity.date_of_birth)
        except ValueError:
            return False
        birthday = (when.month, when.day) >= (born.month, born.day)
        return when.year - born.year - (not birthday) < years
    return identity.age_from is not None and identity.age_from < years


def _screened(
    rule: ScreeningLevel, subject_id: UUID, facts: Sequence[Fact], _known: Known
) -> Iterable[Signal]:
    for fact in facts:
        if fact.kind != "happening":
            continue
        happening = _happening(fact)
        if happening.what not in {"screening-completed", "screening-amended"}:
            continue
        level = msgspec.json.decode(happening.data, type=_Level).level
        if level in rule.levels:
            yield _at(rule, subject_id, happening.record_id, fact)


def _overdue(
    rule: InterviewOverdue, subject_id: UUID, facts: Sequence[Fact], _known: Known
) -> Iterable[Signal]:
    for fact in facts:
        if fact.kind == "happening" and (happening := _happening(fact)).what == "interview-overdue":
            yield _at(rule, subject_id, happening.record_id, fact)


def _out_of_area(
    rule: OutOfArea, subject_id: UUID, facts: Sequence[Fact], known: Known
) -> Iterable[Signal]:
    """The home is the one given last before; where none was given, nothing can be said."""
    home: tuple[Fact, str] | None = None
    for fact, role, place in _places(facts):
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


@dataclass(frozen=True, slots=True)
class _Came:
    """A child stands in a report with a place or thing."""

    happened: datetime
    child: UUID
    event_id: UUID
    mentions: tuple[UUID, UUID]


def _shared(
    rule: SharedPlace | SharedVehicle, subject_id: UUID, facts: Sequence[Fact], known: Known
) -> Iterable[Signal]:
    """Each report that brings one child more, where there are enough of them within the time."""
    for kind in THINGS:
        if (
            kind not in rule.kinds
            or (view := node_view(kind, subject_id, facts, newest=None)) is None
        ):
            continue
        came = [
            _Came(
                times.read(appearance.said.occurred_at),
                child,
                appearance.said.event_id,
                (appearance.mention_id, other.mention_id),
            )
            for appearance in reversed(view.appearances)
            if appearance.role in rule.roles
            for other in appearance.others
            if other.role == "child" and (child := known.subjects.get(other.mention_id)) is not None
        ]
        yield from _enough(rule, subject_id, kind, came)


def _enough(
    rule: SharedPlace | SharedVehicle, subject_id: UUID, kind: NodeKind, came: Sequence[_Came]
) -> Iterable[Signal]:
    period = timedelta(days=rule.days)
    newest: dict[UUID, _Came] = {}
    for one in came:
        first_time = one.child not in newest or one.happened - newest[one.child].happened > period
        newest.pop(one.child, None)
        newest[one.child] = one
        within = [each for each in newest.values() if one.happened - each.happened <= period]
        if not first_time or len(within) < rule.children:
            continue
        told = within[-MOST:]
        yield Signal(
            rule,
            subject_id,
            _THING[kind],
            one.event_id,
            one.happened,
            tuple(dict.fromkeys(each.event_id for each in told)),
            tuple(dict.fromkeys(mention for each in told for mention in each.mentions)),
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


def _happening(fact: Fact) -> Happening:
    return msgspec.json.decode(fact.value, type=Happening)


def _identity(fact: Fact) -> PersonIdentity | None:
    named = msgspec.json.decode(fact.value, type=Named)
    if named.kind != "person" or named.role != "child" or named.details.opened is None:
        return None
    return msgspec.json.decode(named.details.opened, type=PersonIdentity)


def _places(facts: Sequence[Fact]) -> Iterable[tuple[Fact, str, PlaceDetails | None]]:
    """The places beside a child, as they happened."""
    for fact in facts:
        if fact.kind != "beside":
            continue
        named = msgspec.json.decode(fact.value, type=Named)
        if named.kind == "place":
            content = named.details.opened
            place = msgspec.json.decode(content, type=PlaceDetails) if content is not None else None
            yield fact, named.role, place


_THING: dict[NodeKind, AlertSubject] = {"place": "place", "vehicle": "vehicle", "phone": "phone"}
_OF_CHILD: dict[type, Callable[[Any, UUID, Sequence[Fact], Known], Iterable[Signal]]] = {
    RepeatEpisodes: _repeat,
    YoungChild: _young,
    ScreeningLevel: _screened,
    InterviewOverdue: _overdue,
    OutOfArea: _out_of_area,
}
