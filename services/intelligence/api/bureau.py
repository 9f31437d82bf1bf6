"""The routes of a police intelligence bureau: read, grade, sanitise, give, withdraw."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from services.intelligence.api.bureau_requests import STEPS, BureauStep, SanitiseBody
from services.intelligence.api.submissions import (
    MAX_ROWS,
    Intelligence,
    Listed,
    Submitted,
    shown,
)
from services.intelligence.application import IntelligenceApplication
from services.intelligence.domain import InformationReport
from services.intelligence.grading import Grading, grading
from services.intelligence.views import ReportRow
from shared.access.disclosure import Disclosures
from shared.access.policy import Resource, authorize
from shared.contracts import intelligence, times
from shared.contracts.context import Handling
from shared.contracts.refusals import NotFound
from shared.eventstore.append import Receipt as Stored
from shared.web.caller import Caller, May, public
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, show, show_nothing

router = APIRouter(tags=["bureau"])

Reader = Annotated[Caller, Depends(May("read-intelligence"))]
SourceReader = Annotated[Caller, Depends(May("read-source"))]
Assessor = Annotated[Caller, Depends(May("assess-intelligence"))]


class SanitisedReceipt(Receipt):
    """What was stored: the report's id, and the new version's."""

    version: UUID


class ReportPage(Struct, frozen=True, kw_only=True):
    """Some of a bureau's reports, the longest waiting first."""

    reports: list[ReportRow]


class VersionShown(Struct, frozen=True, kw_only=True):
    """A version of a report.

    Attributes:
        original: it is what was passed on; the others were sanitised.
        given_to: the agencies that may see it because it was given to them.
        mentions: whom and what it speaks of.
    """

    version: UUID
    original: bool
    handling: Handling
    given_to: tuple[str, ...]
    withdrawn: bool
    mentions: tuple[UUID, ...]


class ReportShown(Struct, frozen=True, kw_only=True):
    """A report: all its versions, and everything that happened to it, in order."""

    id: UUID
    bureau: str
    covert: bool
    versions: list[VersionShown]
    events: list[Submitted]


class SourceShown(Struct, frozen=True, kw_only=True):
    """Who gave a report.

    Attributes:
        source: none where it was erased.
    """

    id: UUID
    source_ref: UUID
    state: Literal["kept", "erased"]
    source: intelligence.SourceIdentity | None


@router.get("/scales", response_class=Response)
@answers(Grading)
@public("tells what the scales and schemes mean, and nobody's data")
async def scales() -> Response:
    """The form's two scales, which run in opposite directions, and the police's grading schemes."""
    return Response(msgspec.json.encode(grading()), media_type="application/json")


@router.get("/reports", response_class=Response)
@answers(ReportPage)
async def list_reports(
    caller: Reader,
    listed: Listed,
    only_ungraded: Annotated[bool, Query(description="Those that wait for a grade.")] = False,
    after: Annotated[UUID | None, Query(description="The last id of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 50,
) -> Response:
    """Your bureau's reports, the longest waiting first: times, codes and counts only."""
    bureau = caller.actor.agency
    rows = await listed.of_bureau(
        bureau,
        covert=_may(caller, bureau, covert=True),
        only_ungraded=only_ungraded,
        after=after,
        limit=limit,
    )
    return Response(msgspec.json.encode(ReportPage(reports=rows)), media_type="application/json")


@router.get("/reports/{report_id}", response_class=Response)
@answers(ReportShown)
async def read_report(
    report_id: UUID, caller: Reader, use: Intelligence, disclosures: Log
) -> Response:
    """A report of your bureau: all its versions and grades, and to whom each was given.

    Who gave it is not in it. That you read it is on record before you do.
    """
    report = await _report(report_id, caller, use, disclosures)
    events = await use.events(report_id=report_id)
    answer = ReportShown(
        id=report_id,
        bureau=report.bureau,
        covert=report.covert,
        versions=[
            VersionShown(
                version=version_id,
                original=version_id == report_id,
                handling=version.opens,
                given_to=version.given_to,
                withdrawn=version.withdrawn,
                mentions=version.mentions,
            )
            for version_id, version in report.versions.items()
        ],
        events=[shown(event) for event in events],
    )
    return await _answered(answer, report, caller, disclosures)


@router.get("/reports/{report_id}/source", response_class=Response)
@answers(SourceShown)
async def read_source(
    report_id: UUID, caller: SourceReader, use: Intelligence, disclosures: Log
) -> Response:
    """Who gave a report. For the bureau's source handlers; on record before it is shown."""
    report = await _report(report_id, caller, use, disclosures)
    source = await use.source(report)
    answer = SourceShown(
        id=report_id,
        source_ref=report.source_ref,
        state="kept" if source is not None else "erased",
        source=source,
    )
    return await _answered(answer, report, caller, disclosures)


def _step(path: str, body_type: type[BureauStep], action: str) -> None:
    """Something that the bureau decides about a report of its own."""

    async def record(
        report_id: UUID,
        body: Any,
        request: Request,
        caller: Any,
        use: Intelligence,
        keyed: Keyed,
        disclosures: Log,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        report = await _report(report_id, caller, use, disclosures)
        now = times.now()
        return await keyed.once(
            request,
            caller,
            idempotency_key,
            lambda answer: use.change(
                report_id=report_id,
                bureau=report.bureau,
                decide=lambda found: body.decide(found, now),
                context=caller.context,
                answer=answer,
            ),
        )

    record.__annotations__["body"] = body_type
    record.__annotations__["caller"] = Annotated[Caller, Depends(May(action))]
    router.add_api_route(
        f"/reports/{{report_id}}/{path}",
        record,
        methods=["POST"],
        status_code=201,
        response_model=Receipt,
        name=f"report-{path}",
        summary=path.capitalize(),
        description=body_type.__doc__,
    )


for _path, (_body_type, _action) in STEPS.items():
    _step(_path, _body_type, _action)


@router.post("/reports/{report_id}/sanitise", status_code=201, response_model=SanitisedReceipt)
async def sanitise(
    report_id: UUID,
    body: SanitiseBody,
    request: Request,
    caller: Assessor,
    use: Intelligence,
    keyed: Keyed,
    disclosures: Log,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Keep a version from which nobody can tell who the source is, sealed by itself."""
    report = await _report(report_id, caller, use, disclosures)
    original = (await use.events(report_id=report_id))[0].data
    assert isinstance(original, intelligence.ReportSubmitted)  # noqa: S101 (it begins every report)
    now = times.now()
    data = body.event(original, now)
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            report_id=report_id,
            bureau=report.bureau,
            decide=lambda found: found.sanitise(data, opens=body.handling, now=now),
            context=caller.context,
            answer=answer,
        ),
        body=_sanitised(data.version),
    )


def _sanitised(version: UUID) -> Callable[[Stored], bytes]:
    return lambda stored: msgspec.json.encode(
        {
            "id": stored.record_ids[0],
            "version": version,
            "events": stored.event_ids,
            "recorded_at": times.written(stored.recorded_at),
        }
    )


async def _report(
    report_id: UUID, caller: Caller, use: IntelligenceApplication, disclosures: Disclosures
) -> InformationReport:
    """A report that this caller may know of.

    Raises:
        NotFound: there is none, it is another bureau's, or it is covert: all look the same.
    """
    bureau = caller.actor.agency
    try:
        return await use.report(
            report_id=report_id, bureau=bureau, covert=_may(caller, bureau, covert=True)
        )
    except NotFound:
        await show_nothing(caller, disclosures)
        raise


def _may(caller: Caller, bureau: str, *, covert: bool) -> bool:
    compartment = "covert" if covert else "bureau"
    resource = Resource(agency=bureau, handling="C", compartment=compartment)
    return authorize(caller.actor, caller.action, resource).allowed


async def _answered(
    answer: Any, report: InformationReport, caller: Caller, disclosures: Disclosures
) -> Response:
    mentions = {m for version in report.versions.values() for m in version.mentions}
    return await show(answer, mentions, caller, disclosures)
