"""What facts are made of, and the two shapes in which any event becomes facts. Pure."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from shared.contracts.mentions import (
    Mention,
    OrganisationMention,
    PersonMention,
    PhoneMention,
    PlaceMention,
    VehicleMention,
    kind_of,
)
from shared.contracts.registry import EventData
from shared.contracts.sealed import Sealed, State
from shared.projecting.facts import Event, Fact


class Details(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was in a sealed field, or why it cannot be shown.

    Attributes:
        state: `opened`, `erased` or `withheld` (this service has no grant, or the words are a fact
            of their own that this caller may not see); `absent` where the report gave nothing.
        content: the opened content as JSON, as the agency gave it; left out where there is none.
    """

    state: State | Literal["absent"]
    content: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def opened(self) -> msgspec.Raw | None:
        """The content, or None where there is none to show."""
        if self.state != "opened" or self.content is msgspec.UNSET:
            return None
        return self.content


class Other(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody or something that the same report speaks of.

    Attributes:
        kind, role: in this report; for an earlier mention its own report says, but that an event
            is about a child it says itself.
        of: to whom it belongs.
    """

    mention_id: UUID
    kind: str | None = None
    role: str | None = None
    of: UUID | None = None


class Along(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In which report somebody or something was named, and along with whom and what.

    Attributes:
        what: the event's type without service and version.
        record_id: the record: an episode, a screening, a report.
        others: those whom whoever may see this fact may see too. Whom a report is about finds them
            in `beside` facts instead. Ids only: what is said about each stands on its own mention.
    """

    what: str
    record_id: UUID
    others: tuple[Other, ...] = ()


class Named(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report named somebody or something, in a role.

    On the mention itself it is a fact of kind `named`; on the mention that the report is about, for
    everybody and everything else in the same report, of kind `beside`.

    Attributes:
        along: on the mention itself. Others of a stricter handling stand in a fact of kind `along`.
    """

    mention_id: UUID
    kind: str
    role: str
    of: UUID | None = None
    details: Details
    along: Along | None = None


class Happening(Struct, frozen=True, kw_only=True):
    """Any event that has no facts of its own, as it was published, opened.

    Attributes:
        what: the event's type without service and version: `interview-offered`.
        record_id: the record it happened to: an interview, an episode, a concern.
        data: its fields; a sealed one as `Details`.
    """

    what: str
    record_id: UUID
    data: msgspec.Raw


def happened(event: Event, handling: str | None = None) -> list[Fact]:
    """The facts of an event that no rule knows: nothing that is reported stays invisible.

    They stand on whomever the event says that it is about, else on everybody and everything that it
    names. An event that concerns nobody, or of a type newer than this code, has none.
    """
    data = event.data
    if data is None:
        return []
    principals = principals_of(data)
    return said_of(event, principals, "happening", happening(event, data), handling)


def principals_of(data: EventData) -> tuple[UUID, ...]:
    """The mentions that an event is about: its child; else those it names; else those it makes."""
    child = getattr(data, "child", None)
    if child is not None:
        return (child,)
    return data.about or tuple(mention.mention_id for mention in data.mentions)


def said_of(
    event: Event,
    principals: Sequence[UUID],
    kind: str,
    value: Struct,
    handling: str | None = None,
) -> list[Fact]:
    """The event's own fact on each of its principals, then who and what else it names.

    Where a place or person beside them has a stricter handling than the event, its facts do.
    """
    assert event.data is not None  # noqa: S101 (only called where data matched)
    facts: list[Fact] = []
    for principal in principals:
        facts.append(fact_of(event, len(facts), principal, kind, value, handling))
    for mention in event.data.mentions:
        here = Named(
            mention_id=mention.mention_id,
            kind=kind_of(mention),
            role=mention.role,
            of=mention.of,
            details=details(_sealed_of(mention)),
        )
        strictest = _strictest(event.envelope.handling, mention.handling)
        along = _along(event, mention, principals)
        # Whoever may see this one, and only they, may see those of its own handling or a laxer one.
        seen = (
            along.get("P", ()) if strictest == "P" else (*along.get("P", ()), *along.get("C", ()))
        )
        named = msgspec.structs.replace(
            here, along=Along(what=what_of(event), record_id=event.envelope.subject, others=seen)
        )
        facts.append(fact_of(event, len(facts), mention.mention_id, "named", named, strictest))
        if strictest == "P" and "C" in along:
            kept = Along(what=what_of(event), record_id=event.envelope.subject, others=along["C"])
            facts.append(fact_of(event, len(facts), mention.mention_id, "along", kept, "C"))
        for principal in principals:
            if principal != mention.mention_id:
                facts.append(fact_of(event, len(facts), principal, "beside", here, strictest))
    return facts


def _strictest(*handlings: str) -> str:
    """`P` where all are; a code that is not known is closed."""
    return "P" if set(handlings) == {"P"} else "C"


def _along(
    event: Event, mention: Mention, principals: Sequence[UUID]
) -> dict[str, tuple[Other, ...]]:
    """The others of a report, by the handling under which each stands in it."""
    assert event.data is not None  # noqa: S101 (see `said_of`)
    if mention.mention_id in principals:
        return {}
    found: dict[str, list[Other]] = {}
    child = getattr(event.data, "child", None)
    made = {other.mention_id for other in event.data.mentions}
    for principal in principals:
        if principal not in made:
            found.setdefault(_strictest(event.envelope.handling), []).append(
                Other(mention_id=principal, role="child" if principal == child else None)
            )
    for other in event.data.mentions:
        if other.mention_id != mention.mention_id:
            found.setdefault(_strictest(event.envelope.handling, other.handling), []).append(
                Other(
                    mention_id=other.mention_id,
                    kind=kind_of(other),
                    role=other.role,
                    of=other.of,
                )
            )
    return {handling: tuple(others) for handling, others in found.items()}


def fact_of(
    event: Event,
    ordinal: int,
    mention_id: UUID,
    kind: str,
    value: Struct,
    handling: str | None = None,
) -> Fact:
    """A fact of an event on a mention; with the event's handling unless told otherwise."""
    found = event.envelope
    return Fact(
        mention_id=mention_id,
        source=event.store,
        position=event.position,
        ordinal=ordinal,
        kind=kind,
        occurred_at=found.occurredat,
        recorded_at=found.time,
        agency=found.agency,
        handling=handling or found.handling,
        event_id=found.id,
        value=msgspec.json.encode(value),
    )


def happening(event: Event, data: EventData) -> Happening:
    """An event as it was published, without whom it names."""
    # Who and what it names stand in facts of their own; here would be a second, sealed copy.
    bare = msgspec.structs.replace(data, mentions=(), about=())
    return Happening(
        what=what_of(event),
        record_id=event.envelope.subject,
        data=msgspec.Raw(msgspec.json.encode(bare, enc_hook=details)),
    )


def what_of(event: Event) -> str:
    """An event's type without service and version: `interview-offered`."""
    return event.envelope.type.partition(".")[2].rpartition(".v")[0]


def details(field: Sealed[Any] | None) -> Details:
    """A sealed field as it can be shown."""
    if field is None:
        return Details(state="absent")
    raw = field.raw
    if raw is None:
        return Details(state=field.state)
    return Details(state="opened", content=msgspec.Raw(raw))


def _sealed_of(mention: Mention) -> Sealed[Any] | None:
    match mention:
        case PersonMention():
            return mention.identity
        case PlaceMention():
            return mention.place
        case VehicleMention():
            return mention.vehicle
        case PhoneMention():
            return mention.phone
        case OrganisationMention():
            return mention.organisation
