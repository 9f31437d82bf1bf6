"""The routes of whoever passes information on: submit, and read one's own back."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from services.intelligence.api.requests import Report
from services.intelligence.application import IntelligenceApplication, ReportEvent
from services.intelligence.application.reports import SOURCE_ACTOR
from services.intelligence.store import ReportList, Sources
from shared.access.actor import Actor
from shared.access.disclosure import Showing
from shared.contracts import intelligence, times
from shared.contracts.refusals import NotFound
from shared.eventstore.append import Receipt as Stored
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Data, Log, opened, show_nothing

router = APIRouter(tags=["submissions"])

Submitter = Annotated[Caller, Depends(May("submit-intelligence"))]
OwnReader = Annotated[Caller, Depends(May("read-own-submission"))]

NOT_TO_POLICE = (
    "This is not a referral to the police: in an emergency call 999; if it is no emergency but you "
    "need to speak to the police, call 101."
)
NOT_TO_CHILDRENS_SERVICES = (
    "This is not a referral to children's services: if you have any concern about a child, contact "
    "the children's services of the area."
)
NOTICE = (NOT_TO_POLICE, NOT_TO_CHILDRENS_SERVICES)
"""What the form prints above its first field, without one area's telephone number."""

MAX_ROWS = 200


Intelligence = Annotated[IntelligenceApplication, Depends(held("application"))]
Listed = Annotated[ReportList, Depends(held("reports"))]
KeptSources = Annotated[Sources, Depends(held("sources"))]


class SubmissionReceipt(Receipt):
    """What was stored, and what it is not."""

    notice: list[str]


class SubmissionRow(Struct, frozen=True, kw_only=True):
    """Something that you passed on, and how far it has come."""

    id: UUID
    bureau: str
    reported_at: datetime
    received_at: datetime
    status: str


class SubmissionPage(Struct, frozen=True, kw_only=True):
    """What you have passed on, newest first."""

    submissions: list[SubmissionRow]
    notice: tuple[str, ...] = NOTICE


class Submitted(Struct, frozen=True, kw_only=True):
    """What was passed on or happened to it, as it was stored. Whose it is would tell the source."""

    id: UUID
    type: str
    recorded_at: str
    data: Data


class SubmissionShown(Struct, frozen=True, kw_only=True):
    """One thing that you passed on.

    Attributes:
        author: who you are, as you gave it; kept apart from what you said. None once erased.
    """

    id: UUID
    status: str
    author: intelligence.SourceIdentity | None
    submitted: Submitted
    notice: tuple[str, ...] = NOTICE


@router.post("/reports", status_code=201, response_model=SubmissionReceipt)
async def submit_report(
    body: Report,
    request: Request,
    caller: Submitter,
    use: Intelligence,
    sources: KeptSources,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Pass information on to a police intelligence bureau.

    It is not a referral, to anybody: it opens none and closes none. Who you are is kept apart from
    what you say.
    """
    actor = caller.actor
    source_ref = sources.reference(actor.id, idempotency_key or "", await request.body())
    report = body.event(source_ref, times.now())
    # Also the record of answered requests would tell whose request made which report.
    unnamed = replace(caller, actor=replace(actor, id=sources.author(actor.id).hex()))
    return await keyed.once(
        request,
        unnamed,
        idempotency_key,
        lambda answer: use.submit(
            report=report,
            source=body.identity(actor.id, actor.agency),
            context=caller.context,
            answer=answer,
        ),
        body=_receipt,
    )


@router.get("/submissions", response_class=Response)
@answers(SubmissionPage)
async def list_submissions(
    caller: OwnReader,
    sources: KeptSources,
    listed: Listed,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 50,
) -> Response:
    """What you have passed on, newest first: ids, times, and how far each has come."""
    rows = await listed.of_author(sources.author(caller.actor.id), limit=limit)
    found = [
        SubmissionRow(
            id=row.report_id,
            bureau=row.bureau,
            reported_at=row.reported_at,
            received_at=row.received_at,
            status=row.status,
        )
        for row in rows
    ]
    page = SubmissionPage(submissions=found)
    return Response(msgspec.json.encode(page), media_type="application/json")


@router.get("/submissions/{report_id}", response_class=Response)
@answers(SubmissionShown)
async def own_submission(
    report_id: UUID, caller: OwnReader, use: Intelligence, disclosures: Log
) -> Response:
    """What you passed on, as it was stored, and how far it has come."""
    try:
        own = await use.own(report_id=report_id, author=caller.actor.id)
    except NotFound:
        await show_nothing(caller, disclosures)
        raise
    answer = SubmissionShown(
        id=report_id,
        status=own.status,
        author=own.source,
        submitted=shown(own.submitted),
    )
    body = msgspec.json.encode(answer, enc_hook=opened)
    await disclosures.record(
        Showing(
            action=caller.action,
            outcome="shown",
            answer=body,
            mentions=[m.mention_id for m in own.submitted.data.mentions],
        ),
        actor=_as_source(caller.actor, own.source_ref),
        correlation_id=caller.correlation_id,
        decided=caller.decided,
    )
    return Response(body, media_type="application/json")


def shown(event: ReportEvent) -> Submitted:
    """An event as it is answered."""
    return Submitted(
        id=event.event_id, type=event.type, recorded_at=event.recorded_at, data=event.data
    )


def _as_source(actor: Actor, source_ref: UUID) -> Actor:
    """The author as disclosures may name them.

    Beside the report's mentions their own id would say to every reader of the log who the source
    is; so would their agency, where it is small, and their roles.
    """
    return replace(
        actor, id=f"{SOURCE_ACTOR}{source_ref}", agency="throughline", roles=frozenset({"source"})
    )


def _receipt(stored: Stored) -> bytes:
    return msgspec.json.encode(
        {
            "id": stored.record_ids[0],
            "events": stored.event_ids,
            "recorded_at": times.written(stored.recorded_at),
            "notice": NOTICE,
        }
    )
