"""The routes of return interviews: for councils, providers and whoever counts."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct
from msgspec import json as msgspec_json

from services.missing.api.interview_requests import (
    STEPS,
    AllocateBody,
    CopyBody,
    CoverBody,
    Step,
)
from services.missing.application import Covering, InterviewApplication
from services.missing.areas import forces_near
from services.missing.store import InterviewList, order_of
from services.missing.views import InterviewCounts, InterviewRow
from shared.access.policy import Resource
from shared.contracts import times
from shared.contracts.refusals import Fault, Invalid
from shared.web.body import Day, Moment
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers
from shared.web.paging import Next, Paged
from shared.web.receipts import Keyed, Receipt

router = APIRouter(tags=["interviews"])

Allocator = Annotated[Caller, Depends(May("allocate-interview"))]
Interviewer = Annotated[Caller, Depends(May("record-interview"))]
Lister = Annotated[Caller, Depends(May("list-interviews"))]
Counter = Annotated[Caller, Depends(May("count-interviews"))]


class InterviewPage(Struct, frozen=True, kw_only=True):
    """Some of a list of interviews, the next due first."""

    interviews: list[InterviewRow]
    next: Next


Interviews = Annotated[InterviewApplication, Depends(held("interviews"))]
Listed = Annotated[InterviewList, Depends(held("interview_list"))]


@router.post("/interviews/{interview_id}/allocate", response_model=Receipt)
async def allocate(
    interview_id: UUID,
    body: AllocateBody,
    request: Request,
    caller: Allocator,
    use: Interviews,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give an interview to the provider commissioned for your area on that day.

    It is for the authority that the force named, or that allocated it; where none is named, for a
    council in the force's area. Any other is refused (403).
    """
    caller = caller.allowed(Resource(agency=body.area))
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.allocate(
            interview_id=interview_id,
            area=body.area,
            on=body.on,
            context=caller.context,
            answer=answer,
        ),
        status=200,
    )


def _step(path: str, body_type: type[Step]) -> None:
    """One step of an interview, recorded by the provider that it is allocated to."""

    async def record(
        interview_id: UUID,
        body: Any,
        request: Request,
        caller: Interviewer,
        use: Interviews,
        keyed: Keyed,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        provider = caller.actor.agency
        child = await use.child_of(interview_id=interview_id, provider=provider)
        now = times.now()
        return await keyed.once(
            request,
            caller,
            idempotency_key,
            lambda answer: use.change(
                interview_id=interview_id,
                decide=lambda interview: body.decide(interview, child, now),
                context=caller.context,
                provider=provider,
                answer=answer,
            ),
            status=200,
        )

    record.__annotations__["body"] = body_type
    router.add_api_route(
        f"/interviews/{{interview_id}}/{path}",
        record,
        methods=["POST"],
        response_model=Receipt,
        name=path,
        summary=path.replace("-", " ").capitalize(),
        description=body_type.__doc__,
    )


for _path, _body_type in STEPS.items():
    _step(_path, _body_type)


@router.post("/interviews/{interview_id}/copy", response_model=Receipt)
async def copy(
    interview_id: UUID,
    body: CopyBody,
    request: Request,
    caller: Interviewer,
    use: Interviews,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send a copy to children's social care: it is recorded what was sent.

    To the council that is responsible for the child, that allocated the interview, or in whose area
    the child lives. A code that is no council's here is refused.
    """
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.copy(
            interview_id=interview_id,
            to=body.to,
            provider=caller.actor.agency,
            context=caller.context,
            answer=answer,
        ),
        status=200,
    )


@router.post("/interviews/{interview_id}/cover", response_model=Receipt)
async def cover(
    interview_id: UUID,
    body: CoverBody,
    request: Request,
    caller: Interviewer,
    use: Annotated[Covering, Depends(held("covering"))],
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Let this interview cover the episode of another one of yours with the same child.

    The other ends with it (`covered-by-another-interview`), and this one is due when the first of
    the two was. It may have been held already, if the child went missing before that. Refused where
    the forces' reports do not tell that it is the same child.
    """
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.cover(
            interview_id=interview_id,
            other_interview_id=body.other_interview_id,
            provider=caller.actor.agency,
            context=caller.context,
            answer=answer,
        ),
        status=200,
    )


@router.get("/interviews", response_class=Response)
@answers(InterviewPage)
async def list_interviews(
    caller: Lister,
    listed: Listed,
    paging: Paged,
    due_before: Annotated[Moment | None, Query(description="Only those due before.")] = None,
    include_closed: Annotated[bool, Query(description="Also held, declined, given up.")] = False,
) -> Response:
    """Your interviews, the next due first: a provider's allocated ones, a council's of its area.

    Where the force named no council, it stands in the list of every council in that force's area,
    until one of them allocates it.

    Ids, codes and times only: nobody's name is in it.
    """
    whose = _scope(caller)
    scope = ("interviews", whose, due_before, include_closed)
    rows = await listed.rows(
        **whose,
        near=_near(whose),
        only_open=not include_closed,
        due_before=due_before,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, order_of, *scope)
    return Response(
        msgspec_json.encode(InterviewPage(interviews=page, next=following)),
        media_type="application/json",
    )


@router.get("/interviews/counts", response_class=Response)
@answers(InterviewCounts)
async def count_interviews(
    caller: Counter,
    listed: Listed,
    since: Annotated[
        Day, Query(description="First day of the returns counted.", examples=["2015-03-01"])
    ],
    until: Annotated[
        Day, Query(description="Last day of the returns counted.", examples=["2015-03-31"])
    ],
) -> Response:
    """How many interviews were required, offered, accepted, declined, held, held in time.

    In one query, over the returns of a period; for a provider its own, for a council its area's.
    """
    if until < since:
        fault = Fault("/query/until", "this is before since: the period ends before it begins")
        raise Invalid("nothing was counted", (fault,))
    first = datetime(since.year, since.month, since.day, tzinfo=times.LONDON)
    last = datetime(until.year, until.month, until.day, tzinfo=times.LONDON)
    whose = _scope(caller)
    counts = await listed.counts(
        since=first.astimezone(UTC),
        until=times.day_after(last).astimezone(UTC),
        now=times.now(),
        near=_near(whose),
        **whose,
    )
    return Response(msgspec_json.encode(counts), media_type="application/json")


def _scope(caller: Caller) -> dict[str, str]:
    """A provider sees what is allocated to it; a council what is in its area."""
    kind = "area" if "social-care" in caller.actor.roles else "provider"
    return {kind: caller.actor.agency}


def _near(whose: dict[str, str]) -> tuple[str, ...]:
    """The forces whose interviews for nobody named are a council's to allocate (ADR 29)."""
    return forces_near(whose["area"]) if "area" in whose else ()
