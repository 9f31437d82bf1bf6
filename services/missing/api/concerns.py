"""The routes of what no police episode holds: for schools, youth workers and councils."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from services.missing.application import ConcernApplication
from services.missing.domain import Concern, TruancyStop
from shared.contracts import missing, times
from shared.contracts.ids import new_mention_id
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Day, Moment, Paragraph, Text, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.mentions import Others, Person, child_mention
from shared.web.receipts import Keyed, Receipt

router = APIRouter(tags=["concerns"])

Worried = Annotated[Caller, Depends(May("raise-concern"))]
Patrol = Annotated[Caller, Depends(May("record-truancy"))]
Educator = Annotated[Caller, Depends(May("record-education"))]

CHILD = {
    "names": [{"full": "Wren Ashdown"}],
    "date_of_birth": "2001-02-15",
    "identifiers": [{"scheme": "nhs-number", "value": "9434765919", "verified": True}],
}


Concerns = Annotated[ConcernApplication, Depends(held("concerns"))]


class ConcernBody(Others):
    """You are worried that a child has run away. No police report is needed for that.

    If you do not know where the child is and have tried to find them, tell the police now.
    """

    child: Person
    source: missing.ConcernSource
    away_from: missing.MissingFrom
    away_since: Moment | None = None
    police_told: missing.Told
    how_left: missing.HowLeft = "not-said"
    overnight: missing.Told = Field("unknown", description="Away for a night or more.")
    responsible_authority: Code | None = Field(
        None,
        description="The agency code of the council responsible for the child, if you know it: it "
        "sees that the concern is open, and not your words. A code that no area here lists is "
        "refused.",
    )
    definition: Code | None = Field(
        None,
        description="The code of the definition by which you call the child a runaway, such as "
        "`resource-pack-runaway-under-16`. Definitions differ: leave it out if you go by none.",
    )
    account: Text
    attempts_to_find: Paragraph | None = None

    model_config = example(
        child=CHILD,
        source="school",
        away_from="home",
        away_since="2015-03-20T20:00:00Z",
        police_told="no",
        how_left="forced-to-leave",
        overnight="yes",
        responsible_authority="northvale-council",
        definition="resource-pack-runaway-under-16",
        account="She told her tutor she had slept at a friend's because home was impossible.",
    )


class CloseBody(Body):
    """The concern is over."""

    closed_at: Moment
    safe_and_well: bool
    notes: Paragraph | None = None

    model_config = example(
        closed_at="2015-03-21T09:00:00Z", safe_and_well=True, notes="In school, seen by her tutor."
    )


class StopBody(Others):
    """A truancy patrol met a child. Every stop has a follow-up."""

    child: Person
    patrol: Code
    stopped_at: Moment
    follow_up_by: Day
    notes: Paragraph | None = None

    model_config = example(
        child=CHILD,
        patrol="northvale-spring-2015",
        stopped_at="2015-03-12T11:20:00Z",
        follow_up_by="2015-03-26",
        notes="With two older males outside the arcade.",
    )


class FollowUpBody(Body):
    """The follow-up of a stop. After `not-found` it is still to be done: send the next one too."""

    done_at: Moment
    outcome: missing.FollowUpOutcome
    notes: Paragraph | None = None

    model_config = example(done_at="2015-03-20T10:00:00Z", outcome="support-offered", notes=None)


class EducationBody(Body):
    """How a child is taught, from a day on."""

    child: Person
    status: missing.EducationStatus
    since: Day

    model_config = example(child=CHILD, status="part-time-timetable", since="2015-01-05")


@router.post("/concerns", status_code=201, response_model=Receipt)
async def raise_concern(
    body: ConcernBody,
    request: Request,
    caller: Worried,
    use: Concerns,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Say that you are worried that a child has run away."""
    child = new_mention_id()
    data = missing.ConcernRaised(
        mentions=(child_mention(body.child, child), *body.mentions(child)),
        child=child,
        source=body.source,
        away_from=body.away_from,
        away_since=body.away_since,
        police_told=body.police_told,
        how_left=body.how_left,
        overnight=body.overnight,
        responsible_authority=body.responsible_authority,
        definition=body.definition,
        narrative=_narrative(child, body.account, body.attempts_to_find),
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.raise_concern(data=data, context=caller.context, answer=answer),
    )


@router.post("/concerns/{concern_id}/close", status_code=201, response_model=Receipt)
async def close_concern(
    concern_id: UUID,
    body: CloseBody,
    request: Request,
    caller: Worried,
    use: Concerns,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Close a concern that your agency raised."""
    now = times.now()

    def decide(concern: Concern) -> None:
        data = missing.ConcernClosed(
            about=(concern.child,),
            closed_at=body.closed_at,
            safe_and_well=body.safe_and_well,
            narrative=_maybe(concern.child, body.notes),
        )
        concern.close(data, now=now)

    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            Concern, record_id=concern_id, decide=decide, context=caller.context, answer=answer
        ),
    )


@router.post("/truancy-stops", status_code=201, response_model=Receipt)
async def record_stop(
    body: StopBody,
    request: Request,
    caller: Patrol,
    use: Concerns,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record a truancy patrol's stop."""
    child = new_mention_id()
    data = missing.TruancyStopRecorded(
        mentions=(child_mention(body.child, child), *body.mentions(child)),
        child=child,
        patrol=body.patrol,
        stopped_at=body.stopped_at,
        follow_up_by=body.follow_up_by,
        narrative=_maybe(child, body.notes),
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.record_stop(data=data, context=caller.context, answer=answer),
    )


@router.post("/truancy-stops/{stop_id}/follow-up", status_code=201, response_model=Receipt)
async def follow_up(
    stop_id: UUID,
    body: FollowUpBody,
    request: Request,
    caller: Patrol,
    use: Concerns,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record the follow-up of a stop that your agency recorded."""
    now = times.now()

    def decide(stop: TruancyStop) -> None:
        data = missing.TruancyFollowUpRecorded(
            about=(stop.child,),
            done_at=body.done_at,
            outcome=body.outcome,
            narrative=_maybe(stop.child, body.notes),
        )
        stop.follow_up(data, now=now)

    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            TruancyStop, record_id=stop_id, decide=decide, context=caller.context, answer=answer
        ),
    )


@router.post("/education-statuses", status_code=201, response_model=Receipt)
async def record_education(
    body: EducationBody,
    request: Request,
    caller: Educator,
    use: Concerns,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record how a child is taught from a day on."""
    child = new_mention_id()
    data = missing.EducationStatusRecorded(
        mentions=(child_mention(body.child, child),),
        child=child,
        status=body.status,
        since=body.since,
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.record_education(data=data, context=caller.context, answer=answer),
    )


def _narrative(
    child: UUID, text: str, attempts: str | None = None
) -> Sealed[missing.ConcernNarrative]:
    return Sealed.of(child, missing.ConcernNarrative(text=text, attempts_to_find=attempts))


def _maybe(child: UUID, text: str | None) -> Sealed[missing.ConcernNarrative] | None:
    return _narrative(child, text) if text is not None else None
