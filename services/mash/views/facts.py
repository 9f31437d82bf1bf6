"""From events to facts: what each event says about each mention, and nothing added."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from shared.contracts import intake, missing
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
from shared.projecting.facts import Event, Fact, LinkChange

NOTHING = msgspec.Raw(b"null")

REPORTING = frozenset({"missing", "screening"})
"""The stores whose events are about children."""

FactKind = Literal[
    "named", "beside", "report", "return", "return-words", "happening", "agency"
]  # fmt: skip


class Details(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was in a sealed field, or why it cannot be shown.

    Attributes:
        state: `opened`, `erased` or `withheld` (this service has no grant, or the words are a fact
            of their own that this caller may not see); `absent` where the report gave nothing.
        content: the opened content as JSON, as the agency gave it; `null` where there is none.
    """

    state: State | Literal["absent"]
    content: msgspec.Raw = NOTHING

    @property
    def opened(self) -> msgspec.Raw | None:
        """The content, or None where there is none to show."""
        return self.content if self.state == "opened" else None


class Named(Struct, frozen=True, kw_only=True):
    """A report named somebody or something, in a role.

    On the mention itself it is a fact of kind `named`; on the child's mention, for everybody and
    everything else in the same report, of kind `beside`.
    """

    mention_id: UUID
    kind: str
    role: str
    of: UUID | None
    details: Details


class Report(Struct, frozen=True, kw_only=True):
    """A force's report of a missing episode, in one of its versions."""

    episode_id: UUID
    force: str
    report_version: int
    concern: missing.Concern
    missing_from: missing.MissingFrom
    missing_since: datetime
    last_seen_at: datetime | None
    reported_at: datetime
    risk: missing.RiskGrade | None
    at_risk_of_exploitation: missing.Answer
    known_to_social_care: missing.Answer
    narrative: Details


class Return(Struct, frozen=True, kw_only=True):
    """A child's return from an episode.

    Attributes:
        narrative: `withheld` from whoever may not see the words, where the family may not know
            the place.
    """

    episode_id: UUID
    returned_at: datetime
    how: missing.HowReturned
    narrative: Details


class Happening(Struct, frozen=True, kw_only=True):
    """Any other event about a child, as it was published, opened.

    Attributes:
        what: the event's type without service and version: `interview-offered`.
        record_id: the record it happened to: an interview, an episode, a concern.
        data: its fields; a sealed one as `Details`.
    """

    what: str
    record_id: UUID
    data: msgspec.Raw


class ReturnWords(Struct, frozen=True, kw_only=True):
    """What is said about a return in words, where only the agency that said it may see them."""

    episode_id: UUID
    narrative: Details


class AgencyFact(Struct, frozen=True, kw_only=True):
    """An agency, as registered."""

    code: str
    name: str
    kind: str


def facts_of(event: Event) -> list[Fact]:
    """The facts of an event; none of a type that mash does not know."""
    match event.data:
        case missing.EpisodeReported() | missing.ReportRevised() as data:
            return _said_of_child(event, data.child, "report", _report(event, data))
        case missing.ChildReturned() as data:
            return _returned(event, data)
        case intake.AgencyRegistered() as data:
            agency = AgencyFact(code=data.code, name=data.name, kind=data.kind)
            return [_fact(event, 0, event.envelope.subject, "agency", agency)]
    return _happened(event) if event.store in REPORTING else []


def links_of(event: Event) -> list[LinkChange]:
    """How an event changes whom a mention is about. A link's record id is its mention's."""
    mention_id, position = event.envelope.subject, event.position
    match event.data:
        case (
            intake.MentionLinked(subject_id=subject_id) | intake.MentionMoved(subject_id=subject_id)
        ):
            return [LinkChange(mention_id, subject_id, position)]
        case intake.MentionUnlinked():
            return [LinkChange(mention_id, None, position)]
    return []


def _returned(event: Event, data: missing.ChildReturned) -> list[Fact]:
    """A return's facts; its words apart where the family may not know the place.

    Free text may name the place, and nobody can tell by looking. So the words are then a fact of
    their own under handling C. That the child is back, when, and by whom found, stays for everybody
    with the right to see the child: a child who is shown as missing long after would be looked for,
    and an agency that does not know of the return cannot offer the interview.
    """
    narrative = _details(data.narrative)
    apart = not data.family_may_know_place and narrative.state != "absent"
    returned = Return(
        episode_id=event.envelope.subject,
        returned_at=data.returned_at,
        how=data.how,
        narrative=Details(state="withheld") if apart else narrative,
    )
    facts = _said_of_child(event, data.child, "return", returned)
    if apart:
        words = ReturnWords(episode_id=event.envelope.subject, narrative=narrative)
        facts.append(_fact(event, len(facts), data.child, "return-words", words, "C"))
    return facts


def _happened(event: Event) -> list[Fact]:
    """The facts of any other event about a child: nothing that is reported stays invisible."""
    data = event.data
    child = getattr(data, "child", None) or next(iter(data.about if data else ()), None)
    if data is None or child is None:
        return []
    # A return that waits for its report may name, in its words, the place to be kept.
    kept = getattr(data, "family_may_know_place", True) is False
    return _said_of_child(event, child, "happening", _happening(event, data), "C" if kept else None)


def _said_of_child(
    event: Event, child: UUID, kind: FactKind, value: Struct, handling: str | None = None
) -> list[Fact]:
    """The event's own fact on the child's mention, then who and what else it names.

    Where a place or person beside the child has a stricter handling than the event, its facts do.
    """
    assert event.data is not None  # noqa: S101 (only called where data matched)
    facts = [_fact(event, 0, child, kind, value, handling)]
    for mention in event.data.mentions:
        named = Named(
            mention_id=mention.mention_id,
            kind=kind_of(mention),
            role=mention.role,
            of=mention.of,
            details=_details(_sealed_of(mention)),
        )
        strictest = "P" if event.envelope.handling == mention.handling == "P" else "C"
        facts.append(_fact(event, len(facts), mention.mention_id, "named", named, strictest))
        if mention.mention_id != child:
            facts.append(_fact(event, len(facts), child, "beside", named, strictest))
    return facts


def _fact(
    event: Event,
    ordinal: int,
    mention_id: UUID,
    kind: FactKind,
    value: Struct,
    handling: str | None = None,
) -> Fact:
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


def _happening(event: Event, data: EventData) -> Happening:
    # Who and what it names stand in facts of their own; here would be a second, sealed copy.
    bare = msgspec.structs.replace(data, mentions=(), about=())
    return Happening(
        what=event.envelope.type.partition(".")[2].rpartition(".v")[0],
        record_id=event.envelope.subject,
        data=msgspec.Raw(msgspec.json.encode(bare, enc_hook=_details)),
    )


def _report(event: Event, data: missing.ReportFields) -> Report:
    return Report(
        episode_id=event.envelope.subject,
        force=data.force,
        report_version=data.report_version,
        concern=data.concern,
        missing_from=data.missing_from,
        missing_since=data.missing_since,
        last_seen_at=data.last_seen_at,
        reported_at=data.reported_at,
        risk=data.risk,
        at_risk_of_exploitation=data.at_risk_of_exploitation,
        known_to_social_care=data.known_to_social_care,
        narrative=_details(data.narrative),
    )


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


def _details(field: Sealed[Any] | None) -> Details:
    if field is None:
        return Details(state="absent")
    raw = field.raw
    if raw is None:
        return Details(state=field.state)
    return Details(state="opened", content=msgspec.Raw(raw))
