"""The routes by which an agency reads back what it sent, and lists what has become of it.

A record is shown only once it is on record that it is; another agency's looks like none. A list has
ids, codes and times only.
"""

from collections.abc import Awaitable
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from msgspec import Struct

from services.missing.api.concerns import Concerns
from services.missing.api.interviews import Interviews
from services.missing.api.routes import Missing, Reader
from services.missing.domain import Concern, Education, TruancyStop
from services.missing.store import Submissions
from services.missing.views import ConcernRow, Kind, Status, StopRow, SubmissionRow
from shared.contracts import missing as contracts
from shared.contracts import times
from shared.contracts.refusals import NotFound
from shared.eventstore.repository import Happened
from shared.web.body import Day, Moment
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.openapi import answers
from shared.web.paging import Next, Paged
from shared.web.records import Log, RecordShown, show, show_nothing, show_record

router = APIRouter(tags=["own submissions"])

InterviewReader = Annotated[Caller, Depends(May("read-own-interview"))]
ConcernReader = Annotated[Caller, Depends(May("read-own-concern"))]
ConcernLister = Annotated[Caller, Depends(May("list-concerns"))]
Lister = Annotated[Caller, Depends(May("list-own-submissions"))]
StopLister = Annotated[Caller, Depends(May("list-truancy-stops"))]

KINDS: dict[str, tuple[Kind, ...]] = {
    "police-reporter": ("episode", "held-return"),
    "interviewer": ("interview",),
    "social-care": ("profile",),
    "practitioner": ("concern", "truancy-stop", "education-status", "profile"),
}
"""What a role sends, and so may list."""


class SubmissionPage(Struct, frozen=True, kw_only=True):
    """Some of what your agency sent or holds, the newest first."""

    submissions: list[SubmissionRow]
    next: Next


class StopPage(Struct, frozen=True, kw_only=True):
    """Some of your agency's truancy stops, the first due first."""

    stops: list[StopRow]
    next: Next


class ConcernPage(Struct, frozen=True, kw_only=True):
    """Some concerns of whoever is not seen safe and well yet, the longest open first."""

    concerns: list[ConcernRow]
    next: Next


Listed = Annotated[Submissions, Depends(held("submissions"))]


@router.get("/interviews/{interview_id}", response_class=Response)
@answers(RecordShown)
async def own_interview(
    interview_id: UUID, caller: InterviewReader, use: Interviews, log: Log
) -> Response:
    """An interview as it was recorded: for the provider that holds it, and who allocated it."""
    agency = caller.actor.agency
    return await _shown(
        interview_id, caller, log, use.own_interview(interview_id=interview_id, agency=agency)
    )


@router.get("/returns/{return_id}", response_class=Response)
@answers(RecordShown)
async def own_return(return_id: UUID, caller: Reader, missing: Missing, log: Log) -> Response:
    """A return that your force sent before its report, as it was kept."""
    force = caller.actor.agency
    return await _shown(
        return_id, caller, log, missing.own_held_return(return_id=return_id, force=force)
    )


@router.get("/concerns/{concern_id}", response_class=Response)
@answers(RecordShown)
async def own_concern(concern_id: UUID, caller: ConcernReader, use: Concerns, log: Log) -> Response:
    """A concern that your agency raised, as it was stored, with all that followed."""
    agency = caller.actor.agency
    return await _shown(
        concern_id, caller, log, use.own(Concern, record_id=concern_id, agency=agency)
    )


@router.get("/truancy-stops/{stop_id}", response_class=Response)
@answers(RecordShown)
async def own_stop(stop_id: UUID, caller: ConcernReader, use: Concerns, log: Log) -> Response:
    """A truancy stop that your agency recorded, as it was stored, with its follow-up."""
    agency = caller.actor.agency
    return await _shown(
        stop_id, caller, log, use.own(TruancyStop, record_id=stop_id, agency=agency)
    )


@router.get("/education-statuses/{education_id}", response_class=Response)
@answers(RecordShown)
async def own_education(
    education_id: UUID, caller: ConcernReader, use: Concerns, log: Log
) -> Response:
    """How a child is taught, as your agency recorded it."""
    agency = caller.actor.agency
    return await _shown(
        education_id, caller, log, use.own(Education, record_id=education_id, agency=agency)
    )


@router.get("/submissions", response_class=Response)
@answers(SubmissionPage)
async def list_submissions(
    caller: Lister,
    listed: Listed,
    paging: Paged,
    kind: Annotated[Kind | None, Query(description="Only these.")] = None,
    status: Annotated[Status | None, Query(description="Only those that stand so.")] = None,
    since: Annotated[Moment | None, Query(description="Received then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Received before.")] = None,
) -> Response:
    """What your agency sent, or holds, and what has become of it; the newest first.

    A force sees its reports, and returns that wait for theirs; a provider the interviews that are
    allocated to it; a school, a home or a carer's agency its concerns, truancy stops, education
    statuses and the profiles that it keeps. While you page, each row that was there is shown once,
    whatever is added.
    """
    agency = caller.actor.agency
    kinds = {of for role in caller.actor.roles for of in KINDS.get(role, ())}
    if kind is not None:
        kinds &= {kind}
    scope = ("submissions", agency, sorted(kinds), status, since, until)
    rows = await listed.rows(
        agency=agency,
        kinds=kinds,
        status=status,
        since=since,
        until=until,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.received_at, row.record_id), *scope)
    return _page(SubmissionPage(submissions=page, next=following))


@router.get("/truancy-stops", response_class=Response)
@answers(StopPage)
async def list_stops(
    caller: StopLister,
    listed: Listed,
    paging: Paged,
    overdue: Annotated[bool, Query(description="Only those whose last day is over.")] = False,
    due_before: Annotated[Day | None, Query(description="Only those due before.")] = None,
    include_done: Annotated[bool, Query(description="Also those followed up.")] = False,
) -> Response:
    """Your agency's truancy stops by the last day for their follow-up, which every stop needs.

    A follow-up is overdue once that day is over by the clocks of the place.
    """
    agency = caller.actor.agency
    before = due_before
    if overdue:
        today = times.in_london(times.now()).date()
        before = min(today, due_before) if due_before is not None else today
    scope = ("truancy-stops", agency, overdue, due_before, include_done)
    rows = await listed.stops(
        agency=agency,
        due_before=before,
        only_due=not include_done,
        after=paging.after(tuple[date, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.follow_up_by, row.stop_id), *scope)
    return _page(StopPage(stops=page, next=following))


@router.get("/concerns", response_class=Response)
@answers(ConcernPage)
async def list_concerns(
    caller: ConcernLister,
    listed: Listed,
    paging: Paged,
    log: Log,
    open_since: Annotated[
        Moment | None, Query(description="Only those raised then, or before.")
    ] = None,
    police_told: Annotated[contracts.Told | None, Query(description="Only those.")] = None,
    include_closed: Annotated[
        bool, Query(description="Also those closed though nobody had seen the child safe.")
    ] = False,
) -> Response:
    """Concerns that stay open: the child has not been seen safe and well.

    Those that your agency raised; for a council's social care, those that name it as responsible.
    The longest open first, of whatever age the child is: a child of 16 or 17 who lives by herself
    or himself is to be seen safe and well too. `police_told=no` lists those whose police are still
    to be told, if you do not know where the child is. Ids, codes and times only; that you saw them
    is on record, child by child.
    """
    agency = caller.actor.agency
    raised_by = agency if "practitioner" in caller.actor.roles else None
    authority = agency if "social-care" in caller.actor.roles else None
    scope = ("concerns", raised_by, authority, open_since, police_told, include_closed)
    rows = await listed.concerns(
        raised_by=raised_by,
        authority=authority,
        open_since=open_since,
        police_told=police_told,
        only_open=not include_closed,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.raised_at, row.concern_id), *scope)
    if not page:
        await show_nothing(caller, log)
        return _page(ConcernPage(concerns=[], next=None))
    answer = ConcernPage(concerns=page, next=following)
    return await show(answer, {row.child for row in page}, caller, log)


async def _shown(
    record_id: UUID, caller: Caller, log: Log, found: Awaitable[list[Happened]]
) -> Response:
    try:
        events = await found
    except NotFound:
        await show_nothing(caller, log)
        raise
    return await show_record(record_id, events, caller, log)


def _page(page: Struct) -> Response:
    return Response(msgspec.json.encode(page), media_type="application/json")
