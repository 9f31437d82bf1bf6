"""The routes of truancy patrols: registered by whoever manages them, who sees their effect."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct
from pydantic import Field

from services.missing.api.concerns import Concerns
from services.missing.store import Patrols
from services.missing.views import PatrolRow
from shared.contracts import missing, times
from shared.contracts.refusals import Fault, Invalid
from shared.web.body import Body, Code, Day, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.paging import Next, Paged
from shared.web.receipts import Keyed, Receipt

router = APIRouter(tags=["concerns"])

Registering = Annotated[Caller, Depends(May("register-patrol"))]
Managing = Annotated[Caller, Depends(May("list-patrols"))]


class CorrectionBody(Body):
    """Who runs a patrol of yours, where and when: all anew."""

    with_agencies: list[Code] = Field(
        default=[], max_length=20, description="Who runs it together with your agency."
    )
    areas: list[Code] = Field(
        min_length=1, max_length=50, description="Your own codes of where it goes."
    )
    since: Day
    until: Day = Field(description="Its last day.")

    model_config = example(
        with_agencies=["northvale-police"],
        areas=["northvale-central"],
        since="2015-03-02",
        until="2015-05-22",
    )

    def run_by(self, agency: str) -> tuple[str, ...]:
        """Whose stops are its own."""
        return tuple(dict.fromkeys((agency, *self.with_agencies)))


class PatrolBody(CorrectionBody):
    """A truancy patrol of yours: a project with dates and an area."""

    code: Code = Field(description="What its stops name it by; nobody else's patrol has it.")

    model_config = example(
        code="northvale-spring-2015",
        with_agencies=["northvale-police"],
        areas=["northvale-central", "northvale-west"],
        since="2015-03-02",
        until="2015-07-17",
    )


class PatrolPage(Struct, frozen=True, kw_only=True):
    """Some of your agency's truancy patrols, the first begun first."""

    patrols: list[PatrolRow]
    next: Next


@router.post("/truancy-patrols", status_code=201, response_model=Receipt)
async def register_patrol(
    body: PatrolBody,
    request: Request,
    caller: Registering,
    use: Concerns,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Register a truancy patrol that your agency manages, also one that has begun.

    Stops that named its code before it was registered are counted as its own from then on.
    """
    agency = caller.actor.agency
    data = missing.TruancyPatrolRegistered(
        code=body.code,
        managed_by=agency,
        run_by=body.run_by(agency),
        areas=tuple(dict.fromkeys(body.areas)),
        since=body.since,
        until=body.until,
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.register_patrol(data=data, context=caller.context, answer=answer),
    )


@router.post("/truancy-patrols/{patrol_id}/correct", status_code=201, response_model=Receipt)
async def correct_patrol(
    patrol_id: UUID,
    body: CorrectionBody,
    request: Request,
    caller: Registering,
    use: Concerns,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Correct, shorten or prolong a patrol that your agency manages; its code stays."""
    data = missing.TruancyPatrolCorrected(
        run_by=body.run_by(caller.actor.agency),
        areas=tuple(dict.fromkeys(body.areas)),
        since=body.since,
        until=body.until,
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.correct_patrol(
            patrol_id=patrol_id, data=data, context=caller.context, answer=answer
        ),
    )


@router.get("/truancy-patrols", response_class=Response)
@answers(PatrolPage)
async def list_patrols(
    caller: Managing,
    listed: Annotated[Patrols, Depends(held("patrols"))],
    paging: Paged,
    since: Annotated[Day | None, Query(description="First day of the stops counted.")] = None,
    until: Annotated[Day | None, Query(description="Last day of the stops counted.")] = None,
) -> Response:
    """The truancy patrols that your agency manages, and what came of their stops.

    How many stops, how many of them were followed up, in time, with what outcome; those that are
    due or overdue as of now; and beside them stops that name the patrol and are not its own.
    Counts only.
    """
    if since is not None and until is not None and until < since:
        fault = Fault("/query/until", "this is before since: the period ends before it begins")
        raise Invalid("nothing was counted", (fault,))
    agency = caller.actor.agency
    scope = ("truancy-patrols", agency, since, until)
    rows = await listed.rows(
        managed_by=agency,
        today=times.in_london(times.now()).date(),
        since=since,
        until=until,
        after=paging.after(tuple[date, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.since, row.patrol_id), *scope)
    body = msgspec.json.encode(PatrolPage(patrols=page, next=following))
    return Response(body, media_type="application/json")
