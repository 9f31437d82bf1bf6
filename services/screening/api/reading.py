"""The routes that show: an agency's own screenings, what changed, and what is to be done.

An answer with content is recorded before it leaves. Lists have ids, codes and times only.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from msgspec import Struct

from services.screening.api.using import Listed, Screenings, acting
from services.screening.domain import Comparison, compare
from services.screening.store import order_of
from services.screening.views import ObligationRow, ScreeningRow
from shared.contracts import screening
from shared.contracts.refusals import NotFound, RuleBroken
from shared.web.body import Moment
from shared.web.caller import Caller, May
from shared.web.openapi import answers
from shared.web.paging import Next, Paged
from shared.web.records import Data, Log, RecordShown, show, show_nothing, show_record

router = APIRouter(tags=["reading"])

Reader = Annotated[Caller, Depends(May("read-own-screening"))]
Lister = Annotated[Caller, Depends(May("list-screenings"))]
Seeker = Annotated[Caller, Depends(May("list-obligations"))]

NO_TICKS = "An indicator that is not ticked is no evidence that the child is safe."


class ScreeningPage(Struct, frozen=True, kw_only=True):
    """Some of the screenings, the newest first."""

    screenings: list[ScreeningRow]
    next: Next


class ObligationPage(Struct, frozen=True, kw_only=True):
    """Some of what is to be done, the next due first."""

    obligations: list[ObligationRow]
    next: Next


class OneOfSeries(Struct, frozen=True, kw_only=True):
    """A screening among the others of the same child.

    Attributes:
        completed_at: "current" ticks are current to this day.
        answers: what was ticked and written.
    """

    id: UUID
    completed_at: datetime
    version: str
    level: str
    previous: UUID | None
    answers: Data
    open: tuple[screening.Obligation, ...]


class Series(Struct, frozen=True, kw_only=True):
    """One child's screenings by one agency, oldest first."""

    series: UUID
    no_ticks: str
    screenings: list[OneOfSeries]


@router.get("/screenings", response_class=Response)
@answers(ScreeningPage)
async def list_screenings(
    caller: Lister,
    listed: Listed,
    paging: Paged,
) -> Response:
    """Your agency's screenings, the newest first. Nobody's name is in it."""
    scope = ("screenings", caller.actor.agency)
    rows = await listed.screenings(
        agency=caller.actor.agency,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.completed_at, row.screening_id), *scope)
    return Response(
        msgspec.json.encode(ScreeningPage(screenings=page, next=following)),
        media_type="application/json",
    )


@router.get("/obligations", response_class=Response)
@answers(ObligationPage)
async def list_obligations(
    caller: Seeker,
    listed: Listed,
    paging: Paged,
    obligation: Annotated[screening.Obligation | None, Query(description="Only these.")] = None,
    due_before: Annotated[Moment | None, Query(description="Only those due before.")] = None,
    include_closed: Annotated[bool, Query(description="Also what was done.")] = False,
) -> Response:
    """What is to be done, the next due first: for your screenings; for a council, in its area.

    `obligation=review` with `due_before` is the list of reviews due.
    """
    who = acting(caller)
    whose = (who.agency, who.for_own, who.for_area)
    scope = ("obligations", whose, obligation, due_before, include_closed)
    rows = await listed.obligations(
        agency=who.agency if who.for_own else None,
        area=who.agency if who.for_area else None,
        obligation=obligation,
        due_before=due_before,
        only_open=not include_closed,
        after=paging.after(tuple[datetime, UUID, str], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, order_of, *scope)
    return Response(
        msgspec.json.encode(ObligationPage(obligations=page, next=following)),
        media_type="application/json",
    )


@router.get("/screenings/{screening_id}", response_class=Response)
@answers(RecordShown)
async def own_screening(
    screening_id: UUID, caller: Reader, use: Screenings, disclosures: Log
) -> Response:
    """A screening that your agency filled in, as it was stored, with all that followed."""
    try:
        events = await use.own_screening(screening_id=screening_id, agency=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, disclosures)
        raise
    return await show_record(screening_id, events, caller, disclosures)


@router.get("/screenings/{screening_id}/series", response_class=Response)
@answers(Series)
async def series(screening_id: UUID, caller: Reader, use: Screenings, disclosures: Log) -> Response:
    """Your agency's screenings of the same child, oldest first: the direction, not only the last.

    "Current" ticks are current to the day of their screening, which stands beside them.
    """
    try:
        found = await use.own_series(screening_id=screening_id, agency=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, disclosures)
        raise
    body = Series(
        series=found[0][0].series,
        no_ticks=NO_TICKS,
        screenings=[
            OneOfSeries(
                id=record.id,
                completed_at=record.completed_at,
                version=record.fields.version,
                level=record.level,
                previous=getattr(fields, "previous", None),
                answers=fields.answers,
                open=tuple(record.open),
            )
            for record, fields in found
        ],
    )
    return await show(body, {record.child for record, _ in found}, caller, disclosures)


@router.get("/screenings/{screening_id}/changes-since/{earlier_id}", response_class=Response)
@answers(Comparison)
async def changes(
    screening_id: UUID, earlier_id: UUID, caller: Reader, use: Screenings, disclosures: Log
) -> Response:
    """What changed between two screenings of one child, answer by answer.

    Indicators are compared by their codes across versions of the tool. Where a version words one
    otherwise, or does not ask, it says so: an answer that was never asked for is no change.
    """
    agency = caller.actor.agency
    try:
        later, later_form, later_tool = await use.own_form(screening_id=screening_id, agency=agency)
        earlier, form, tool = await use.own_form(screening_id=earlier_id, agency=agency)
        if earlier.series != later.series:
            raise NotFound("there is no such record")  # noqa: TRY301 (the same as if it were none)
    except NotFound:
        await show_nothing(caller, disclosures)
        raise
    if form.answers.opened is None or later_form.answers.opened is None:
        raise RuleBroken("what one of them says was erased: they cannot be compared")
    body = compare((earlier.level, form, tool), (later.level, later_form, later_tool))
    return await show(body, {earlier.child, later.child}, caller, disclosures)
