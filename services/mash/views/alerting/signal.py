"""A rule's word on a subject, and what it must know beside the subject's own facts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from services.mash.rules import AnyRule
from services.mash.views.facts import Happening, Named
from services.mash.views.nodes import NodeKind
from shared.contracts.mash import AlertSubject
from shared.contracts.mentions import PlaceDetails
from shared.projecting.facts import Fact

MOST = 20
"""So many children, or statements, are named as evidence of one alert, the latest: enough to see
why, however many there are."""

THINGS: tuple[NodeKind, ...] = ("place", "vehicle", "phone")


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
        authorities: the councils that it is for, where any is known.
    """

    rule: AnyRule
    subject_id: UUID
    subject_kind: AlertSubject
    trigger: UUID
    happened_at: datetime
    evidence: tuple[UUID, ...]
    mentions: tuple[UUID, ...]
    authorities: tuple[str, ...] = ()


def happening_of(fact: Fact) -> Happening:
    """What happened."""
    return msgspec.json.decode(fact.value, type=Happening)


def places_of(facts: Sequence[Fact]) -> Iterable[tuple[Fact, str, PlaceDetails | None]]:
    """The places beside a child, as they happened."""
    for fact in facts:
        if fact.kind != "beside":
            continue
        named = msgspec.json.decode(fact.value, type=Named)
        if named.kind == "place":
            content = named.details.opened
            place = msgspec.json.decode(content, type=PlaceDetails) if content is not None else None
            yield fact, named.role, place
