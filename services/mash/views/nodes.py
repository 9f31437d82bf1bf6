"""Whoever and whatever is named beside a child: perpetrators, places, vehicles, phones. Pure.

One shape for all: what each report says of it, in that agency's words, and in which reports it
stands along with whom and what. Descriptions are kept as they were given and never averaged: three
people who saw one man saw three heights. Whom the others of a report are about is asked when an
answer is made, for it may be decided otherwise tomorrow.
"""

from collections.abc import Sequence
from typing import Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts.kernel import Along, Details, Happening, Named, Other
from services.mash.views.intelligence import Intelligence, intelligence_of
from services.mash.views.measures import MEASURES, MeasureLine, measures_of
from services.mash.views.said import Said, said_of
from shared.projecting.facts import Fact

T = TypeVar("T")
NodeKind = Literal["perpetrator", "place", "vehicle", "phone", "organisation"]

SUSPECTED: frozenset[str] = frozenset({"perpetrator"})
CONCERNING: frozenset[str] = frozenset({"perpetrator", "associate"})
"""Roles that make a view of people beside a child: nobody has to be accused to be looked at, and
whoever is an associate is not thereby accused."""
BESIDE: frozenset[str] = frozenset({"perpetrator", "associate", "seen_with"})
"""Roles whose reports are in it."""

NEWEST = 100
"""So many lines and appearances are kept in a view, the newest first; a view of a place to which
children have come for years stays readable, and cheap to fold again."""


class NodeLine(Struct, frozen=True, kw_only=True):
    """What one report says of it."""

    said: Said
    mention_id: UUID
    role: str
    details: Details


class Appearance(Struct, frozen=True, kw_only=True):
    """One report in which it stands.

    Attributes:
        what, record_id: the event's type, and the record: an episode, a report.
        role: its role there; none where the report came later and is about an earlier mention.
        others: who and what else stands in the same report.
    """

    said: Said
    mention_id: UUID
    what: str
    record_id: UUID | None
    role: str | None = None
    others: tuple[Other, ...] = ()


class NodeHappening(Struct, frozen=True, kw_only=True):
    """Anything else that was reported about it, as it was published."""

    said: Said
    mention_id: UUID
    happening: Happening


class NodeView(Struct, frozen=True, kw_only=True):
    """A person beside a child, a place, a vehicle, a phone or an organisation, as all know it.

    Attributes:
        provisional: the mention has not been linked to any subject yet; it is shown all the same.
        mentions: the mentions that make it up, as far as they belong to this view.
        suspected: in how many reports it stands as a perpetrator.
        named: some report gives a name that is more than a nickname; of people only.
        lines: what each report says, newest first.
        appearances: in which reports, newest first.
        happenings: whatever else was reported, newest first.
        intelligence: what was passed on to a bureau, as graded; none of it is established.
        measures: what was done against it, and until when; the latest to begin first. In force or
            over is for whoever asks on a day.
        older: how many lines and appearances are left out, beyond the newest.
        first, last: when it is first and last spoken of, as it happened.
    """

    subject_id: UUID
    kind: NodeKind
    provisional: bool
    mentions: tuple[UUID, ...]
    suspected: int
    named: bool
    lines: tuple[NodeLine, ...]
    appearances: tuple[Appearance, ...]
    happenings: tuple[NodeHappening, ...]
    intelligence: Intelligence
    measures: tuple[MeasureLine, ...]
    older: int
    first: str
    last: str


class _Glance(Struct, frozen=True):
    """Those fields of a `Named` that decide where its mention belongs."""

    kind: str
    role: str


GLANCE = 90
"""Bytes of a `Named` within which its kind stands: looking there first spares decoding thousands of
facts of children in every fold that is not about children."""

_KIND = {
    kind: f'"kind":"{kind}"'.encode()
    for kind in ("person", "place", "vehicle", "phone", "organisation")
}
_GLANCE = msgspec.json.Decoder(_Glance)
_NAMED = msgspec.json.Decoder(Named)
_ALONG = msgspec.json.Decoder(Along)


class _NameUse(Struct, frozen=True):
    full: str
    use: str = "known"


class _Names(Struct, frozen=True):
    names: tuple[_NameUse, ...] = ()


NO_NAME = frozenset({"nickname", "alias", "online"})
"""Uses of a name that leave somebody unnamed: known, and not yet named."""


def mentions_in(kind: NodeKind, facts: Sequence[Fact]) -> set[UUID]:
    """Those mentions of a subject that belong to a view of this kind.

    A role is what a report says, never a type of person. Of a subject that is a child in any report
    only those mentions are here that accuse: what is reported of the child as a child is in no view
    of suspects, and nobody finds it by searching them.
    """
    sought = _KIND["person" if kind == "perpetrator" else kind]
    named = [fact for fact in facts if fact.kind == "named" and sought in fact.value[:GLANCE]]
    if kind != "perpetrator":
        return {fact.mention_id for fact in named if _GLANCE.decode(fact.value).kind == kind}
    roles = {fact.mention_id: _GLANCE.decode(fact.value).role for fact in named}
    if not CONCERNING & set(roles.values()):
        return set()
    wanted = SUSPECTED if "child" in roles.values() else BESIDE
    return {mention for mention, role in roles.items() if role in wanted}


def node_view(
    kind: NodeKind, subject_id: UUID, facts: Sequence[Fact], *, newest: int | None = NEWEST
) -> NodeView | None:
    """The view of a subject as a person beside a child, a place or a thing; None if it is none.

    Args:
        kind: which view.
        subject_id: the subject.
        facts: all of its facts, in their order.
        newest: how many lines and appearances to keep; none for all.
    """
    mentions = mentions_in(kind, facts)
    if not mentions:
        return None
    here = [fact for fact in facts if fact.mention_id in mentions]
    lines, appearances = _told(here)
    happenings = [
        NodeHappening(
            said=said_of(fact),
            mention_id=fact.mention_id,
            happening=msgspec.json.decode(fact.value, type=Happening),
        )
        for fact in here
        if fact.kind == "happening"
    ]
    kept = len(facts) if newest is None else newest
    left_out = max(len(lines), len(appearances)) - kept
    return NodeView(
        subject_id=subject_id,
        kind=kind,
        provisional=subject_id in mentions,
        mentions=tuple(sorted(mentions)),
        suspected=len({line.said.event_id for line in lines if line.role in SUSPECTED}),
        named=any(_has_name(line) for line in lines) if kind == "perpetrator" else False,
        lines=_newest(lines, kept),
        appearances=_newest(appearances, kept),
        happenings=_newest(
            [each for each in happenings if each.happening.what not in MEASURES], kept
        ),
        intelligence=intelligence_of(here),
        measures=measures_of((each.said, each.happening) for each in happenings),
        older=max(left_out, 0),
        first=min(appearance.said.occurred_at for appearance in appearances),
        last=max(appearance.said.occurred_at for appearance in appearances),
    )


def _told(facts: Sequence[Fact]) -> tuple[list[NodeLine], list[Appearance]]:
    """What each report says of it, and along with whom; a report's parts put together."""
    lines: list[NodeLine] = []
    found: dict[tuple[UUID, UUID], Appearance] = {}

    def add(fact: Fact, along: Along | None, role: str | None, others: Sequence[Other]) -> None:
        key = (fact.event_id, fact.mention_id)
        known = found.get(key) or Appearance(
            said=said_of(fact), mention_id=fact.mention_id, what="", record_id=None
        )
        found[key] = msgspec.structs.replace(
            known,
            what=along.what if along is not None else known.what,
            record_id=along.record_id if along is not None else known.record_id,
            role=role or known.role,
            others=(*known.others, *others),
        )

    for fact in facts:
        match fact.kind:
            case "named":
                named = _NAMED.decode(fact.value)
                lines.append(
                    NodeLine(
                        said=said_of(fact),
                        mention_id=fact.mention_id,
                        role=named.role,
                        details=named.details,
                    )
                )
                others = named.along.others if named.along is not None else ()
                add(fact, named.along, named.role, others)
            case "along":
                along = _ALONG.decode(fact.value)
                add(fact, along, None, along.others)
            case "beside":
                other = _NAMED.decode(fact.value)
                add(fact, None, None, (_other(other),))
            case "happening":
                happened = msgspec.json.decode(fact.value, type=Happening)
                add(fact, Along(what=happened.what, record_id=happened.record_id), None, ())
    return lines, list(found.values())


def _other(named: Named) -> Other:
    return Other(mention_id=named.mention_id, kind=named.kind, role=named.role, of=named.of)


def _has_name(line: NodeLine) -> bool:
    if (content := line.details.opened) is None:
        return False
    return any(name.use not in NO_NAME for name in msgspec.json.decode(content, type=_Names).names)


def _newest(lines: Sequence[T], kept: int) -> tuple[T, ...]:
    return tuple(reversed(lines[-kept:]))


def _fold(kind: NodeKind, subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    view = node_view(kind, subject_id, facts)
    return msgspec.json.encode(view) if view is not None else None


def fold_perpetrator(subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    """The row of somebody who is said to exploit, or to be with those who are; named or not."""
    return _fold("perpetrator", subject_id, facts)


def fold_place(subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    """The row of a place."""
    return _fold("place", subject_id, facts)


def fold_vehicle(subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    """The row of a vehicle."""
    return _fold("vehicle", subject_id, facts)


def fold_phone(subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    """The row of a phone."""
    return _fold("phone", subject_id, facts)


def fold_organisation(subject_id: UUID, facts: Sequence[Fact]) -> bytes | None:
    """The row of an organisation."""
    return _fold("organisation", subject_id, facts)
