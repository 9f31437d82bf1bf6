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

FactKind = Literal["named", "beside", "report", "return", "happening", "agency"]


class Details(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was in a sealed field, or why it cannot be shown.

    Attributes:
        state: `opened`, `erased` or `withheld` (this service has no grant); `absent` where the
            report gave nothing.
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
    """A child's return from an episode."""

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
            returned = Return(
                episode_id=event.envelope.subject,
                returned_at=data.returned_at,
                how=data.how,
                narrative=_details(data.narrative),
            )
            return _said_of_child(event, data.child, "return", returned)
        case missing.HeldReturnJoined() as data:
            # The return stands in its episode from now on; the stand-in for the child is done.
            return [_fact(event, 0, data.about[0], "happening", _happening(event, data))]
        case intake.AgencyRegistered() as data:
            agency = AgencyFact(code=data.code, name=data.name, kind=data.kind)
            return [_fact(event, 0, event.envelope.subject, "agency", agency)]
    if event.store == "missing" and event.data is not None:
        child = getattr(event.data, "child", None) or next(iter(event.data.about), None)
        if child is not None:
            return _said_of_child(event, child, "happening", _happening(event, event.data))
    return []


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


def _said_of_child(event: Event, child: UUID, kind: FactKind, value: Struct) -> list[Fact]:
    """The event's own fact on the child's mention, then who and what else it names.

    Where a place or person beside the child has a stricter handling than the event, its facts do.
    """
    assert event.data is not None  # noqa: S101 (only called where data matched)
    facts = [_fact(event, 0, child, kind, value)]
    for mention in event.data.mentions:
        named = Named(
            mention_id=mention.mention_id,
            kind=kind_of(mention),
            role=mention.role,
            of=mention.of,
            details=_details(_sealed_of(mention)),
        )
        handling = "P" if event.envelope.handling == mention.handling == "P" else "C"
        facts.append(_fact(event, len(facts), mention.mention_id, "named", named, handling))
        if mention.mention_id != child:
            facts.append(_fact(event, len(facts), child, "beside", named, handling))
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
