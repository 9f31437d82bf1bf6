"""What services say, made into facts without any store: for folds and for what reads them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.intake.domain import MissingPeriod, Responsibility, Status
from services.mash.views.child import ChildView, child_view
from services.mash.views.facts import facts_of
from services.missing.domain import Episode
from services.missing.risk import schemes
from shared.contracts import EVENTS, envelope, intake, missing, times
from shared.contracts.ids import new_event_id, new_mention_id
from shared.contracts.mentions import (
    Identifier,
    Mention,
    PersonIdentity,
    PersonMention,
    PersonName,
)
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record
from shared.projecting.facts import Event, Fact
from tests.support.histories import context

SUBJECT = UUID(int=0xC41D)
LATER = datetime(2030, 1, 1, tzinfo=UTC)
COUNCIL, FORCE = "northvale-council", "northvale-police"


class Told:
    """Events of several services about one child, as mash meets them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._positions: dict[str, int] = {}
        self._recorded = datetime(2026, 1, 1, tzinfo=UTC)

    def hear(self, record: Record, agency: str) -> None:
        """Take what a record decided."""
        for happened in record.new_events():
            registered = EVENTS.of(type(happened.data))
            store = registered.name.partition(".")[0]
            position = self._positions[store] = self._positions.get(store, 0) + 1
            self._recorded += timedelta(seconds=1)
            body = envelope.finish(
                envelope.prepare(
                    event_id=new_event_id(),
                    store=store,
                    event_type=registered.type,
                    record_id=record.id,
                    record_version=happened.originator_version,
                    occurred_at=times.written(happened.timestamp),
                    handling=happened.handling,
                    context=context(agency),
                    data=b"{}",
                ),
                position,
                times.written(self._recorded),
            )
            self.events.append(Event(store, position, body, envelope.read(body), happened.data))

    def facts(self, events: Sequence[Event] | None = None) -> list[Fact]:
        """The facts of all events, or of these, in their one order."""
        heard = self.events if events is None else events
        return sorted((f for each in heard for f in facts_of(each)), key=lambda fact: fact.order)

    def view(self, subject: UUID = SUBJECT) -> ChildView:
        """The child's view."""
        found = child_view(subject, self.facts())
        assert found is not None
        return found

    def status(
        self,
        kind: intake.StatusKind = "looked-after",
        *,
        since: date = date(2015, 1, 5),
        until: date | None = None,
        said_by: str = COUNCIL,
        child: PersonMention | None = None,
        **changed: Any,
    ) -> Status:
        """A status is recorded."""
        status = a_status(kind, since=since, until=until, said_by=said_by, child=child, **changed)
        self.hear(status, said_by)
        return status

    def episode(
        self,
        began: datetime,
        ended: datetime | None = None,
        *,
        force: str = FORCE,
        child: PersonMention | None = None,
        others: Sequence[Mention] = (),
        **changed: Any,
    ) -> Episode:
        """A child is reported missing, and comes back."""
        who = child or a_child(identifiers=())
        fields: dict[str, Any] = {
            "force": force,
            "report_version": 1,
            "child": who.mention_id,
            "mentions": (who, *others),
            "concern": "missing",
            "missing_from": "care",
            "missing_since": began,
            "last_seen_at": None,
            "reported_at": began,
            "risk": missing.RiskGrade(scheme="college-2013", level="medium"),
            "at_risk_of_exploitation": "unknown",
            "known_to_social_care": "unknown",
            "narrative": Sealed.of(
                who.mention_id,
                missing.ReportNarrative(force_reference="NV/1", circumstances="Not back."),
            ),
        }
        report = missing.EpisodeReported(**fields | changed)
        day = times.in_london(began).date()
        episode = Episode.report(report, scheme=schemes().in_force(force, day), now=LATER)
        if ended is not None:
            episode.record_return(returned(who.mention_id, ended), now=LATER)
        self.hear(episode, force)
        return episode

    def revise(self, episode: Episode, version: int, **changed: Any) -> None:
        """The force sends another version of its report."""
        (first,) = [e.data for e in self.events if e.envelope.subject == episode.id][:1]
        assert isinstance(first, missing.EpisodeReported)
        who = a_child(identifiers=())
        fields = {name: getattr(first, name) for name in first.__struct_fields__}
        fields |= {
            "about": (first.child,),
            "mentions": (who,),
            "child": who.mention_id,
            "report_version": version,
            "narrative": Sealed.of(
                who.mention_id,
                missing.ReportNarrative(force_reference="NV/1", circumstances="Not back."),
            ),
        }
        revised = missing.ReportRevised(**fields | changed)
        day = times.in_london(revised.missing_since).date()
        episode.revise(revised, scheme=schemes().in_force(first.force, day), now=LATER)
        self.hear(episode, first.force)

    def end(self, status: Status, until: date, reason: str | None = None) -> None:
        """A status got its last day."""
        status.end(ended(status, until, reason), now=LATER)
        self.hear(status, COUNCIL)

    def request(
        self, held_by: str, asked: str, *, matter: intake.Matter = "looked-after", at: datetime
    ) -> Responsibility:
        """One authority asks another."""
        who = a_child()
        request = Responsibility.request(
            intake.ResponsibilityRequested(
                mentions=(who,),
                child=who.mention_id,
                matter=matter,
                held_by=held_by,
                asked=asked,
                requested_at=at,
                reason=Sealed.of(who.mention_id, intake.ResponsibilityWords(text="Moved.")),
            ),
            now=LATER,
        )
        self.hear(request, held_by)
        return request

    def accept(self, request: Responsibility, *, at: datetime) -> None:
        """The other accepts."""
        request.accept(
            intake.ResponsibilityAccepted(
                about=(request.child,),
                child=request.child,
                matter=request.matter,
                held_by=request.held_by,
                accepted_by=request.asked,
                accepted_at=at,
                words=None,
            ),
            now=LATER,
        )
        self.hear(request, request.asked)

    def decision(
        self,
        decision: intake.MissingDecision,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
        *,
        sources: Sequence[UUID] = (),
        said_by: str = COUNCIL,
        child: PersonMention | None = None,
    ) -> MissingPeriod:
        """A person of an authority decides what is returned."""
        who = child or a_child()
        period = MissingPeriod.decide(
            intake.MissingPeriodDecided(
                mentions=(who,),
                child=who.mention_id,
                decision=decision,
                started_at=started_at,
                ended_at=ended_at,
                sources=tuple(sources),
                decided_at=datetime(2016, 4, 5, 9, 0, tzinfo=UTC),
                reason=Sealed.of(who.mention_id, intake.DecisionReason(text="As the home says.")),
            ),
            now=LATER,
        )
        self.hear(period, said_by)
        return period


NUMBER = Identifier(scheme="la-child-id", value="NC40417", issuer=COUNCIL, verified=True)


def a_child(
    name: str = "Wren Ashdown",
    *,
    born: str | None = "2001-02-15",
    identifiers: tuple[Identifier, ...] = (NUMBER,),
) -> PersonMention:
    """A mention of a child."""
    mention_id = new_mention_id()
    identity = PersonIdentity(
        names=(PersonName(full=name),), date_of_birth=born, identifiers=identifiers
    )
    return PersonMention(
        mention_id=mention_id, role="child", identity=Sealed.of(mention_id, identity)
    )


def a_status(
    kind: intake.StatusKind = "looked-after",
    *,
    since: date = date(2015, 1, 5),
    until: date | None = None,
    said_by: str = COUNCIL,
    child: PersonMention | None = None,
    **changed: Any,
) -> Status:
    """A status, as an authority says it; not saved, nor heard by anybody."""
    who = child or a_child()
    handling = changed.pop("handling", "P")
    details = changed.pop("details", intake.StatusDetails(reference="LAC/1"))
    others = changed.pop("others", ())
    fields: dict[str, Any] = {
        "child": who.mention_id,
        "mentions": (who, *others),
        "kind": kind,
        "since": since,
        "until": until,
        "responsible": said_by,
        "host": None,
        "said_at": datetime(2015, 1, 6, tzinfo=UTC),
        "details": Sealed.of(who.mention_id, details),
        "worker": None,
        "contact": None,
    }
    return Status.record(intake.StatusRecorded(**fields | changed), handling=handling, now=LATER)


def ended(status: Status, until: date, reason: str | None = None) -> intake.StatusEnded:
    """A status got its last day."""
    why = Sealed.of(status.child, intake.EndDetails(reason=reason)) if reason else None
    return intake.StatusEnded(
        about=(status.child,), child=status.child, until=until, said_at=LATER, reason=why
    )


def returned(child: UUID, at: datetime) -> missing.ChildReturned:
    """A child is back."""
    return missing.ChildReturned(
        about=(child,),
        child=child,
        returned_at=at,
        how="returned_by_self",
        family_may_know_place=True,
        narrative=None,
    )


def moment(text: str) -> datetime:
    """A moment by the clocks of the place: `2015-05-02 20:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=times.LONDON).astimezone(UTC)


def some_id() -> UUID:
    """An id of something that is not there."""
    return uuid4()
