"""What a projection is made of: plain values, and pure functions between them.

Projecting an event yields *facts*. A fact belongs to a mention, never to a subject, and is never
changed. Which mentions make up a subject is decided by links. A view is a pure fold over the facts
of a subject's mentions: so a link, or taking one back, moves no fact, and unmerging what was merged
gives exactly the view from before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct

from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData


@dataclass(frozen=True, slots=True)
class Event:
    """An event as a projection meets it: opened as far as this service's grants reach.

    Attributes:
        data: None where the type is not known here (newer than this code): it is kept and counted,
            and changes no view.
    """

    store: str
    position: int
    body: bytes
    envelope: Envelope
    data: EventData | None


class Fact(Struct, frozen=True):
    """One thing said about a mention, by whom and when.

    Attributes:
        mention_id: whom or what it is about.
        source, position, ordinal: where it comes from: the store, the event's position in it, and
            which of that event's facts; together they order facts that happened at one moment.
        kind: what sort of fact (the folds know them).
        occurred_at: when it happened in the world; as written in the event.
        recorded_at: when the agency's store recorded it; as written in the event.
        agency: whose information it is.
        handling: who may see it.
        value: the fact itself, JSON.
        limits: what handling alone cannot say of who may see it, JSON that the folds' own service
            knows; none for nearly every fact. Whoever does not know it keeps the fact closed.
    """

    mention_id: UUID
    source: str
    position: int
    ordinal: int
    kind: str
    occurred_at: str
    recorded_at: str
    agency: str
    handling: str
    event_id: UUID
    value: bytes
    limits: bytes | None = None

    @property
    def order(self) -> tuple[str, str, int, int]:
        """The one order in which facts are folded, whatever order they came in."""
        return (self.occurred_at, self.source, self.position, self.ordinal)


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A mention came to a subject, or left it (`subject_id` None)."""

    mention_id: UUID
    subject_id: UUID | None
    position: int


@dataclass(frozen=True, slots=True)
class Term:
    """Something by which a mention can be found: a normalised name, a day of birth."""

    mention_id: UUID
    kind: str
    value: str


Fold = Callable[[UUID, Sequence[Fact]], bytes | None]
"""(subject, its facts in order) -> the view's row as JSON, or None for no row."""


@dataclass(frozen=True, slots=True)
class Folds:
    """Everything that tells one projection from another. All functions are pure.

    Attributes:
        name, version: a new version is built beside the live one.
        sources: the stores it reads.
        facts_of: an event's facts.
        links_of: an event's changes of membership.
        terms_of: by what a fact's mention can be found.
        views: for each view its fold.
    """

    name: str
    version: int
    sources: tuple[str, ...]
    facts_of: Callable[[Event], list[Fact]]
    links_of: Callable[[Event], list[LinkChange]]
    terms_of: Callable[[Fact], list[Term]]
    views: dict[str, Fold]


def rows_of(folds: Folds, subject_id: UUID, facts: Sequence[Fact]) -> dict[str, bytes]:
    """The rows of a subject in every view that has one for it."""
    ordered = sorted(facts, key=lambda fact: fact.order)
    rows = {view: fold(subject_id, ordered) for view, fold in folds.views.items()}
    return {view: row for view, row in rows.items() if row is not None}
