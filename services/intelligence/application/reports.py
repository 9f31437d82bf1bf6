"""Information reports: submitting one, reading one's own back, and what a bureau does with it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import msgspec

from services.intelligence.domain import InformationReport
from services.intelligence.store import Sources
from shared.contracts import intelligence, times
from shared.contracts.context import Context
from shared.contracts.refusals import NotFound
from shared.contracts.registry import EventData
from shared.eventstore.append import AnswerDraft, Receipt
from shared.eventstore.repository import Repository
from shared.vault.sealing import Vault

SOURCE_ACTOR = "throughline|source-"
"""With the source's reference behind it: the actor of what a source does. Who that is stands in the
table of sources only."""


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """One event of a report, opened."""

    event_id: UUID
    type: str
    recorded_at: str
    data: EventData


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report as its author reads it back.

    Attributes:
        submitted: what was passed on.
        source: who passed it on, as they wrote it; none where that was erased.
        status: `received`, `assessed` or `withdrawn`.
    """

    submitted: ReportEvent
    source: intelligence.SourceIdentity | None
    source_ref: UUID
    status: str


class IntelligenceApplication:
    """Information reports."""

    def __init__(self, repository: Repository, sources: Sources, vault: Vault) -> None:
        self._repository = repository
        self._sources = sources
        self._vault = vault

    async def submit(
        self,
        *,
        report: intelligence.ReportSubmitted,
        source: intelligence.SourceIdentity,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Take in an information report. Its author goes into the table of sources, not the event.

        Args:
            report: what is passed on; it names its `source_ref`.
            source: who passes it on.
            context: the author's own; of it only purpose, basis and regime enter the event.
            answer: what to answer, kept for the idempotency key.

        Raises:
            Invalid: it contradicts itself or the calendar.
            Unavailable: nothing was stored.
        """
        made = InformationReport.submit(report, now=times.now())
        await self._sources.keep(report.source_ref, source)
        return await self._repository.save(
            made,
            context=protected(context, bureau=report.bureau, source_ref=report.source_ref),
            answer=answer,
        )

    async def change(
        self,
        *,
        report_id: UUID,
        bureau: str,
        decide: Callable[[InformationReport], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let a report of this bureau decide.

        Raises:
            NotFound: there is no such report of this bureau.
            Refused: whatever the report refuses.
        """

        def checked(report: InformationReport) -> None:
            _of_bureau(report, bureau)
            decide(report)

        _, receipt = await self._repository.change(
            InformationReport, report_id, checked, context=context, answer=answer
        )
        return receipt

    async def report(self, *, report_id: UUID, bureau: str, covert: bool) -> InformationReport:
        """A report of this bureau, as it stands.

        Args:
            report_id: which.
            bureau: whose it must be.
            covert: whether it may be a covert one.

        Raises:
            NotFound: there is no such report of this bureau, or it is covert and may not be.
        """
        report = await self._repository.load(InformationReport, report_id)
        _of_bureau(report, bureau)
        if report.covert and not covert:
            raise NotFound("there is no such record")
        return report

    async def events(self, *, report_id: UUID) -> list[ReportEvent]:
        """Everything about a report, opened, in order.

        Raises:
            Unavailable: the vault does not answer.
        """
        found = []
        for recorded in await self._repository.store.of_record(report_id):
            envelope = recorded.envelope
            data = self._repository.mapper.data_of(envelope)
            await self._vault.open([(envelope.store, envelope.id, envelope.type, data)])
            found.append(ReportEvent(envelope.id, envelope.type, envelope.time, data))
        return found

    async def own(self, *, report_id: UUID, author: str) -> OwnReport:
        """A report as its author reads it back: what was passed on, and how far it has come.

        Raises:
            NotFound: there is no such report, or somebody else gave it: the two look the same.
        """
        report = await self._repository.load(InformationReport, report_id)
        if await self._sources.author_of(report.source_ref) != self._sources.author(author):
            raise NotFound("there is no such record")
        first = (await self.events(report_id=report_id))[0]
        withdrawn = report.versions[report.id].withdrawn
        return OwnReport(
            submitted=first,
            source=await self._sources.read(report.source_ref),
            source_ref=report.source_ref,
            status="withdrawn" if withdrawn else "assessed" if report.graded else "received",
        )

    async def source(self, report: InformationReport) -> intelligence.SourceIdentity | None:
        """Who gave a report; None where that was erased. It must be on record before it is shown.

        Raises:
            Unavailable: the vault or the table of sources does not answer.
        """
        return await self._sources.read(report.source_ref)


def protected(context: Context, *, bureau: str, source_ref: UUID) -> Context:
    """What an event may say about its making without telling who the source is.

    The correlation id is a new one too: the request's may be shared with other things that the same
    person did in the same minute.
    """
    return msgspec.structs.replace(
        context,
        actor=f"{SOURCE_ACTOR}{source_ref}",
        agency=bureau,
        correlation_id=uuid4(),
        causation_id=None,
    )


def _of_bureau(report: InformationReport, bureau: str) -> None:
    if report.bureau != bureau:
        # The same as if it were not there: that another force has a report is not told.
        raise NotFound("there is no such record")
