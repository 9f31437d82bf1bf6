"""A provider's whole record of one interview in one request: what its system exports.

A provider whose own system keeps the interviews knows the force's number and the times; it has no
use for one request a step. All of what it sends is recorded, or nothing is.
"""

from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, model_validator

from services.missing.api.interview_requests import (
    AcceptBody,
    CarerBody,
    ConductBody,
    DeclineBody,
    GiveUpBody,
    OfferBody,
    Step,
)
from services.missing.api.interviews import Interviewer, Interviews
from services.missing.api.routes import Missing
from services.missing.domain import Interview
from shared.contracts import times
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.web.body import Body, Code, Line, example
from shared.web.idempotency import MAY_REHEARSE, IdempotencyKey
from shared.web.openapi import problems
from shared.web.receipts import Keyed, Receipt

router = APIRouter(tags=["interviews"])

STEPS = (
    ("offered", "offered_at"),
    ("declined", "declined_at"),
    ("accepted", "accepted_at"),
    ("informed", "given_at"),
    ("held", "held_at"),
    ("given_up", "decided_at"),
)
"""Each part of a record with its time. Parts of the same time happened in this order: a child who
declines and accepts in one conversation has accepted."""


class InterviewRecord(Body):
    """What you know of one return interview, by the force's number or by our id.

    Send it again whenever there is more, with everything or only with what is new: a part whose
    time is recorded already is passed over.
    """

    force: Code | None = Field(None, description="The agency code of the force that reported.")
    force_reference: Line | None = Field(None, description="The force's number of the report.")
    interview_id: UUID | None = Field(
        None, strict=False, description="Our id of the interview, instead of the force's number."
    )
    offered: OfferBody | None = None
    declined: DeclineBody | None = None
    accepted: AcceptBody | None = None
    informed: CarerBody | None = Field(None, description="What a parent or carer told.")
    held: ConductBody | None = None
    given_up: GiveUpBody | None = None

    model_config = example(
        force="northvale-police",
        force_reference="NV/15/000127",
        offered={"offered_at": "2015-03-28T10:00:00Z", "to": "child"},
        accepted={"accepted_at": "2015-03-28T10:05:00Z", "planned_for": "2015-03-29T15:00:00Z"},
        held={
            "held_at": "2015-03-29T15:00:00Z",
            "setting": "school",
            "interviewer_role": "return-interviewer",
            "independent": True,
            "push": ["family-conflict"],
            "pull": ["relationship", "money-or-gifts"],
            "childs_account": "He said he would take me somewhere nice. He has a silver car.",
            "wishes_and_feelings": "I want to stay at my nan's for a bit.",
            "exploitation": "significant",
            "exploitation_rationale": "Gifts, an older male, a hotel.",
            "support_needed": "Somebody to talk to at school; family mediation.",
            "places": [{"role": "said_visited", "name": "Harbour Lodge Hotel", "type": "hotel"}],
        },
    )

    @model_validator(mode="after")
    def _of_one_interview(self) -> "InterviewRecord":
        by_reference = self.force is not None and self.force_reference is not None
        has_part = self.force is not None or self.force_reference is not None
        if by_reference == (self.interview_id is not None) or has_part != by_reference:
            raise ValueError("say which interview: force and force_reference, or interview_id")
        if not list(self._parts()):
            raise ValueError("say what was done: offered, accepted, held or the like")
        return self

    def decide(self, interview: Interview, child: UUID, now: datetime) -> None:
        """Record every part that is new, in the order of their times.

        Raises:
            RuleBroken: nothing is new, or the interview refuses a part.
            Invalid: a part is not right.
        """
        new = [found for found in self._parts() if found[:2] not in interview.steps]
        if not new:
            raise RuleBroken("everything in this record is recorded already")
        for name, _, step in sorted(new, key=itemgetter(1)):
            try:
                step.decide(interview, child, now)
            except Invalid as reason:
                faults = (Fault(f"/{name}{f.pointer}", f.detail) for f in reason.faults)
                raise Invalid("a part is not right; nothing was stored", tuple(faults)) from reason

    def _parts(self) -> Iterator[Any]:
        """The parts that are there: name, time, and what is decided."""
        for name, moment in STEPS:
            step: Step | None = getattr(self, name)
            if step is not None:
                yield name, getattr(step, moment), step


@router.post(
    "/interview-records",
    status_code=201,
    response_model=Receipt,
    dependencies=[MAY_REHEARSE],
    responses=problems(404),
)
async def record_interview(
    body: InterviewRecord,
    request: Request,
    caller: Interviewer,
    use: Interviews,
    missing: Missing,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send your whole record of an interview at once: all of it is recorded, or nothing is."""
    provider = caller.actor.agency
    interview_id = body.interview_id
    if interview_id is None:
        assert body.force is not None  # noqa: S101 (the model demands either)
        assert body.force_reference is not None  # noqa: S101 (as above)
        interview_id = await missing.interview_by_reference(
            force=body.force, force_reference=body.force_reference
        )
    found = interview_id
    child = await use.child_of(interview_id=found, provider=provider)
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            interview_id=found,
            decide=lambda interview: body.decide(interview, child, now),
            context=caller.context,
            provider=provider,
            answer=answer,
        ),
        may_rehearse=True,
    )
