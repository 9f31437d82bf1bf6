"""One thing that is sent, handed to the use case that its route would hand it to."""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from examples.regional.bulk.services import Services
from examples.regional.reports import Sent
from examples.regional.sending import actor
from services.intake.api.register import Agency
from services.intake.api.requests.statuses import StatusBody
from services.intelligence.api.bureau_requests import GradeBody
from services.intelligence.api.requests import Report as InformationBody
from services.missing.api.interview_records import InterviewRecord
from services.missing.api.interview_requests import CommissionBody
from services.missing.api.requests import Report, ReturnByReference
from services.screening.api.requests import ScreeningBody
from shared.contracts import times
from shared.contracts.context import Context
from shared.eventstore.append import AlreadyAnswered, AnswerDraft
from shared.web.idempotency import receipt_body

Kept = dict[str, UUID]
"""Ids of records that later requests of the same part name."""

CREATED = 201


@dataclass(frozen=True)
class _Handed:
    """A request, and what a route has of it."""

    sent: Sent
    key: str
    raw: bytes
    context: Context
    services: Services
    kept: Kept

    def answer(self, client: str | None = None) -> AnswerDraft:
        """The answer to keep, as the request would be answered."""
        path = self.sent.path.format(**self.kept)
        keyring = self.services.runtimes[self.sent.service].keyring
        request_hash = keyring.index("request", "POST", path, self.raw.hex())
        return AnswerDraft(
            client or self.context.actor, self.key, request_hash, CREATED, receipt_body
        )


async def hand(sent: Sent, key: str, services: Services, kept: Kept) -> None:
    """Hand one request to its use case.

    Raises:
        AlreadyAnswered: it was handed over before.
        Refused: whatever the use case refuses.
    """
    raw = json.dumps(sent.body, ensure_ascii=False, separators=(",", ":")).encode()
    context = actor(sent.agency, sent.role).context(uuid4())
    path = "grade" if sent.named is not None else sent.path
    await _USES[path](_Handed(sent, key, raw, context, services, kept))


async def _agency(handed: _Handed) -> None:
    agency = Agency.model_validate_json(handed.raw)
    await handed.services.register.register_agency(
        code=agency.code, name=agency.name, kind=agency.kind, since=agency.since,
        areas=agency.areas, context=handed.context, answer=handed.answer(),
    )  # fmt: skip


async def _commission(handed: _Handed) -> None:
    given = CommissionBody.model_validate_json(handed.raw)
    await handed.services.interviews.commission(
        provider=given.provider, area=handed.sent.agency, since=given.since, until=given.until,
        context=handed.context, answer=handed.answer(),
    )  # fmt: skip


async def _status(handed: _Handed) -> None:
    status = StatusBody.model_validate_json(handed.raw)
    await handed.services.statuses.record_status(
        data=status.event(authority=handed.sent.agency, now=times.now()),
        reference=status.reference,
        handling=status.handling,
        context=handed.context,
        answer=handed.answer(),
    )


async def _screening(handed: _Handed) -> None:
    form = ScreeningBody.model_validate_json(handed.raw)
    await handed.services.screenings.complete(
        form=form.filled(), tool_id=form.tool_id, continues=form.continues,
        handling=form.handling, context=handed.context, answer=handed.answer(),
    )  # fmt: skip


async def _episode(handed: _Handed) -> None:
    report, missing = Report.model_validate_json(handed.raw), handed.services.missing
    await missing.report_episode(
        report=report.event(missing.scheme_for(report.force, report.reported_at).code),
        force_reference=report.force_reference,
        context=handed.context,
        answer=handed.answer(),
    )


async def _return(handed: _Handed) -> None:
    back = ReturnByReference.model_validate_json(handed.raw)
    await handed.services.missing.record_return_by_reference(
        force=handed.sent.agency, force_reference=back.force_reference, returned=back.event,
        context=handed.context, answer=handed.answer(),
    )  # fmt: skip


async def _interview(handed: _Handed) -> None:
    """The record of an interview, which its council allocates first."""
    record, services = InterviewRecord.model_validate_json(handed.raw), handed.services
    council = handed.sent.allocated_by
    assert record.held is not None  # noqa: S101 (a region's records are of held ones)
    assert council is not None  # noqa: S101 (the same)
    interview_id = await services.missing.interview_by_reference(
        force=record.force or "", force_reference=record.force_reference or ""
    )
    allocating = actor(council, "social-care")
    with suppress(AlreadyAnswered):
        await services.interviews.allocate(
            interview_id=interview_id,
            area=council,
            on=record.held.held_at,
            context=allocating.context(uuid4()),
            answer=AnswerDraft(
                allocating.id,
                uuid5(NAMESPACE_URL, str(interview_id)).hex,
                b"",
                CREATED,
                receipt_body,
            ),
        )
    now = times.now()
    await services.interviews.change(
        interview_id=interview_id,
        decide=lambda interview: record.decide(interview, interview.child, now),
        provider=handed.sent.agency,
        context=handed.context,
        answer=handed.answer(),
    )


async def _information(handed: _Handed) -> None:
    report, sources = InformationBody.model_validate_json(handed.raw), handed.services.sources
    author = handed.context.actor
    source_ref = sources.reference(author, handed.key, handed.raw)
    receipt = await handed.services.intelligence.submit(
        report=report.event(source_ref, times.now()),
        source=report.identity(author, handed.sent.agency),
        context=handed.context,
        # Also the record of answered requests would tell whose request made which report.
        answer=handed.answer(sources.author(author).hex()),
    )
    handed.kept[handed.sent.keep or ""] = receipt.record_ids[0]


async def _grade(handed: _Handed) -> None:
    grade, now = GradeBody.model_validate_json(handed.raw), times.now()
    await handed.services.intelligence.change(
        report_id=handed.kept[handed.sent.named or ""],
        bureau=handed.sent.agency,
        decide=lambda report: grade.decide(report, now),
        context=handed.context,
        answer=handed.answer(),
    )


_USES: dict[str, Callable[[_Handed], Awaitable[None]]] = {
    "/agencies": _agency,
    "/commissions": _commission,
    "/statuses": _status,
    "/screenings": _screening,
    "/episodes": _episode,
    "/returns": _return,
    "/interview-records": _interview,
    "/reports": _information,
    "grade": _grade,
}
