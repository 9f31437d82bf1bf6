"""Where children belong, live and are found, as events come: whoever is to be told is told once."""

from datetime import datetime
from uuid import UUID

from services.intake.application import BoundaryApplication, IntakeApplication
from services.intake.domain import ToldFinding, ToldStatus
from services.intake.store import BoundaryList, NoticeRow
from shared.contracts import intake, missing, times
from shared.contracts.context import Context
from shared.contracts.mentions import PlaceMention
from shared.contracts.registry import EventData
from shared.projecting.facts import Event
from shared.reference.gazetteer import Gazetteer, NeverLoaded

ACTOR = "throughline|intake-boundaries"
PURPOSE = "child-protection-enquiry"
BASIS = "sharing-agreement"


class BoundaryWatcher:
    """Takes in statuses, reports, returns and links, and keeps the list of notices."""

    def __init__(
        self,
        application: BoundaryApplication,
        register: IntakeApplication,
        listed: BoundaryList,
        gazetteer: Gazetteer,
    ) -> None:
        self._application = application
        self._register = register
        self._listed = listed
        self._gazetteer = gazetteer

    async def handle(self, event: Event) -> None:
        """Do what an event asks for. Done again, it changes nothing.

        Raises:
            Unavailable: something does not answer, the directory of postcodes among it.
        """
        record, context = event.envelope.subject, _context(event)
        match event.data:
            case intake.StatusRecorded() | intake.StatusCorrected() as data:
                if data.kind in {"looked-after", "child-protection-plan", "child-in-need"}:
                    told = await self._status(event, data)
                    await self._application.status(told, context=context)
            case intake.StatusEnded() as data:
                await self._listed.status_over(record, until=data.until)
            case intake.StatusWithdrawn():
                await self._listed.status_over(record, until=None)
            # Most links are of places and things, of which nothing is told that could cross.
            case intake.MentionLinked(subject_kind="person") | intake.MentionMoved():
                await self._application.look_at(record, context=context)
            case missing.EpisodeReported() | missing.ReportRevised() as data:
                await self._finding(event, data, data.child, None)
            case missing.ChildReturned() as data:
                await self._finding(event, data, data.child, data.returned_at)
            case intake.BoundaryNoticeRaised() as data:
                await self._listed.raised(_row(event, data), to=data.to)
            case intake.BoundaryNoticeAcknowledged() as data:
                await self._listed.acknowledged(
                    record, at=data.acknowledged_at, by=event.envelope.actor
                )

    async def _status(
        self, event: Event, data: intake.StatusRecorded | intake.StatusCorrected
    ) -> ToldStatus:
        said_by = event.envelope.agency
        return ToldStatus(
            record_id=event.envelope.subject,
            child=data.child,
            said_by=said_by,
            responsible=data.responsible or said_by,
            host=data.host or await self._council(_postcodes(data, "placed_at")),
            since=data.since,
            until=data.until,
        )

    async def _finding(
        self, event: Event, data: EventData, child: UUID, found_at: datetime | None
    ) -> None:
        found_in = await self._council(_postcodes(data, "found_at")) if found_at else None
        lives_in = await self._council(_postcodes(data, "lives_at")) if not found_at else None
        if found_in is None and lives_in is None:
            return
        told = ToldFinding(
            record_id=event.envelope.subject,
            child=child,
            said_by=event.envelope.agency,
            found_in=found_in,
            lives_in=lives_in,
            found_at=found_at,
        )
        await self._application.finding(told, context=_context(event))

    async def _council(self, postcodes: list[str]) -> str | None:
        """The council that takes part in whose area these are; none where nobody can say.

        Raises:
            Unavailable: the directory does not answer. Gone on without it, nobody would be told.
        """
        if not postcodes:
            return None
        try:
            places = await self._gazetteer.places(postcodes)
        except NeverLoaded:
            return None
        areas = {place.authority for place in places.values()}
        for agency in await self._register.agencies():
            if agency.kind == "local-authority" and areas & set(agency.areas):
                return agency.code
        return None


def _postcodes(data: EventData, role: str) -> list[str]:
    return [
        place.postcode
        for mention in data.mentions
        if isinstance(mention, PlaceMention)
        and mention.role == role
        and mention.place is not None
        and (place := mention.place.opened) is not None
        and place.postcode is not None
    ]


def _row(event: Event, data: intake.BoundaryNoticeRaised) -> NoticeRow:
    return NoticeRow(
        notice_id=event.envelope.subject,
        reason=data.reason,
        other=data.other,
        child=data.child,
        record_id=data.record_id,
        since=data.since,
        raised_at=times.read(event.envelope.time),
        acknowledged_at=None,
        acknowledged_by=None,
    )


def _context(event: Event) -> Context:
    found = event.envelope
    return Context(
        actor=ACTOR,
        agency=found.agency,
        purpose=PURPOSE,
        basis=BASIS,
        regime=found.regime,
        correlation_id=found.correlationid,
        causation_id=found.id,
    )
