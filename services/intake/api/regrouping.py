"""The routes by which people move several mentions in one act, and take that back."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.intake.application import MAX_TOGETHER, RegroupingApplication
from shared.contracts import intake
from shared.web.body import Body, Paragraph, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import problems
from shared.web.receipts import Keyed, Receipt

router = APIRouter(tags=["links"])

LinkReader = Annotated[Caller, Depends(May("read-link"))]
LinkDecider = Annotated[Caller, Depends(May("change-link"))]


Regroupings = Annotated[RegroupingApplication, Depends(held("regrouping"))]
JOINING = Literal["same-person", "identified", "wrong-person"]


class Why(Body):
    """Why several are moved in one act."""

    reason: JOINING = Field(
        description="`identified`: somebody who had no name is now known to be this person."
    )
    confidence: intake.Confidence | None = Field(None, description="Needed for `identified`.")
    basis: list[intake.Basis] = Field(
        default=[], max_length=10, description="On what it rests; needed for `identified`."
    )
    note: Paragraph | None = None


class Merge(Why):
    """Which subject all that is linked to this one is really about."""

    into: UUID = Field(strict=False)

    model_config = example(
        into="7d9f0c4e-52a0-4d5e-8a3c-3f6f8a1f0a11",
        reason="identified",
        confidence="probable",
        basis=["witness", "vehicle"],
        note="Picked out by two witnesses; the car is his.",
    )


class MoveTogether(Why):
    """Which mentions are about which subject."""

    mentions: list[Annotated[UUID, Field(strict=False)]] = Field(
        min_length=1, max_length=MAX_TOGETHER
    )
    subject_id: UUID = Field(strict=False)

    model_config = example(
        mentions=["01a20f61-c85f-713a-87fb-cf7911d71585"],
        subject_id="7d9f0c4e-52a0-4d5e-8a3c-3f6f8a1f0a11",
        reason="wrong-person",
    )


class Undo(Body):
    """Why an act is taken back."""

    reason: Literal["wrong-person", "undo"] = Field(
        description="`wrong-person`: they are different, and are not to be proposed again."
    )
    note: Paragraph | None = None

    model_config = example(reason="wrong-person", note="Cousins with one surname.")


class MovedShown(BaseModel):
    """One mention of an act: where it was, and where it was put."""

    mention_id: UUID
    from_subject: UUID | None
    to_subject: UUID | None


class Act(BaseModel):
    """An act, as it was decided.

    `to_assign` are mentions that came in between to what this act took apart: nobody can tell by
    themselves whose they are. `left` were decided otherwise since, and stay.
    """

    id: UUID
    reason: str
    confidence: str | None
    basis: list[str]
    decided_by: str
    moved: list[MovedShown]
    undoes: UUID | None
    undone_by: UUID | None
    left: list[UUID]
    to_assign: list[UUID]


@router.post("/subjects/{subject_id}/merge", status_code=201, response_model=Receipt)
async def merge(
    subject_id: UUID,
    body: Merge,
    request: Request,
    caller: LinkDecider,
    regroupings: Regroupings,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Move everything that is linked to one subject to another. Nothing is lost: undo it any time.

    The receipt's id is the act's.
    """
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: regroupings.merge(
            subject_id=subject_id,
            into=body.into,
            reason=body.reason,
            confidence=body.confidence,
            basis=body.basis,
            note=body.note,
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/regroupings", status_code=201, response_model=Receipt, responses=problems(404))
async def move_together(
    body: MoveTogether,
    request: Request,
    caller: LinkDecider,
    regroupings: Regroupings,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Move these mentions to a subject in one act, all or none: as when one is split into two."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: regroupings.move(
            mentions=body.mentions,
            subject_id=body.subject_id,
            reason=body.reason,
            confidence=body.confidence,
            basis=body.basis,
            note=body.note,
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/regroupings/{act_id}/undo", status_code=201, response_model=Receipt)
async def undo(
    act_id: UUID,
    body: Undo,
    request: Request,
    caller: LinkDecider,
    regroupings: Regroupings,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take an act back: each mention returns to where it was, unless it was moved again since.

    The receipt's id is that of the act that takes it back. What came in between is in its
    `to_assign`.
    """
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: regroupings.undo(
            act_id=act_id,
            reason=body.reason,
            note=body.note,
            context=caller.context,
            answer=answer,
        ),
    )


@router.get("/regroupings/{act_id}")
async def read_act(
    act_id: UUID,
    caller: LinkReader,  # noqa: ARG001 (the permission)
    regroupings: Regroupings,
) -> Act:
    """An act: what was moved, by whom, why, and whether it was taken back."""
    act = await regroupings.act(act_id=act_id)
    data = act.data
    return Act(
        id=act.id,
        reason=data.reason,
        confidence=data.confidence,
        basis=list(data.basis),
        decided_by=data.decided_by.name,
        moved=[
            MovedShown(
                mention_id=moved.mention_id,
                from_subject=moved.from_subject,
                to_subject=moved.to_subject,
            )
            for moved in data.moved
        ],
        undoes=data.undoes,
        undone_by=act.undone_by,
        left=list(data.left),
        to_assign=list(data.to_assign),
    )
