"""The routes of the register: agencies, and which mention is about whom."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.intake.application import IntakeApplication
from shared.contracts import intake
from shared.web.body import Body, Code, Day, Line, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.receipts import Keyed, Receipt

router = APIRouter()

Registrar = Annotated[Caller, Depends(May("register-agency"))]
Anybody = Annotated[Caller, Depends(May("list-agencies"))]
LinkReader = Annotated[Caller, Depends(May("read-link"))]
LinkDecider = Annotated[Caller, Depends(May("change-link"))]


Intake = Annotated[IntakeApplication, Depends(held("application"))]


AreaCode = Annotated[str, Field(pattern=r"^[A-Z][0-9]{8}$")]


class Agency(Body):
    """An agency that takes part."""

    code: Code = Field(description="How tokens and reports name it. It never changes.")
    name: Line
    kind: intake.AgencyKind
    since: Day = Field(description="The first day on which it takes part.")
    areas: list[AreaCode] = Field(
        default=[],
        max_length=20,
        description="Of a council: the areas that it is the authority for, by the codes of the "
        "national statistics. A child found there is told to it.",
    )

    model_config = example(
        code="northvale-council",
        name="Northvale Council",
        kind="local-authority",
        since="2014-07-01",
        areas=["E08000030"],
    )


class AgencyShown(BaseModel):
    """An agency, as registered."""

    code: str
    name: str
    kind: str
    since: date
    areas: list[str]


class LinkShown(BaseModel):
    """Whom a mention is about, as decided now; no subject where the link was taken back."""

    mention_id: UUID
    subject_id: UUID | None


class Unlink(Body):
    """Why a link is taken back."""

    reason: intake.UnlinkReason

    model_config = example(reason="wrong-person")


class Move(Body):
    """Where a mention is linked to, and why."""

    subject_id: UUID = Field(strict=False)
    reason: intake.MoveReason = Field(
        description="`identified`: somebody who had no name is now known to be this person."
    )
    confidence: intake.Confidence | None = Field(None, description="Needed for `identified`.")
    basis: list[intake.Basis] = Field(
        default=[], max_length=10, description="On what it rests; needed for `identified`."
    )

    model_config = example(subject_id="01920000-0000-7000-8000-000000000001", reason="same-person")


@router.post("/agencies", status_code=201, response_model=Receipt, tags=["agencies"])
async def register_agency(
    body: Agency,
    request: Request,
    caller: Registrar,
    intake_application: Intake,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Register an agency under a code of its own."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: intake_application.register_agency(
            code=body.code,
            name=body.name,
            kind=body.kind,
            since=body.since,
            areas=body.areas,
            context=caller.context,
            answer=answer,
        ),
    )


@router.get("/agencies", tags=["agencies"])
async def list_agencies(
    caller: Anybody,  # noqa: ARG001 (the permission)
    intake_application: Intake,
) -> list[AgencyShown]:
    """Every agency, by code."""
    return [
        AgencyShown(
            code=agency.code,
            name=agency.name,
            kind=agency.kind,
            since=agency.since,
            areas=list(agency.areas),
        )
        for agency in await intake_application.agencies()
    ]


@router.get("/links/{mention_id}", tags=["links"])
async def read_link(
    mention_id: UUID,
    caller: LinkReader,  # noqa: ARG001 (the permission)
    intake_application: Intake,
) -> LinkShown:
    """Whom a mention is about, as decided now."""
    subject_id = await intake_application.link_of(mention_id=mention_id)
    return LinkShown(mention_id=mention_id, subject_id=subject_id)


@router.post("/links/{mention_id}/unlink", response_model=Receipt, tags=["links"])
async def unlink(
    mention_id: UUID,
    body: Unlink,
    request: Request,
    caller: LinkDecider,
    intake_application: Intake,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take a link back: the mention stands for itself again, and everything can be linked anew."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: intake_application.unlink(
            mention_id=mention_id, reason=body.reason, context=caller.context, answer=answer
        ),
        status=200,
    )


@router.post("/links/{mention_id}/move", response_model=Receipt, tags=["links"])
async def move(
    mention_id: UUID,
    body: Move,
    request: Request,
    caller: LinkDecider,
    intake_application: Intake,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Link a mention to another subject, or link it again."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: intake_application.move(
            mention_id=mention_id,
            subject_id=body.subject_id,
            reason=body.reason,
            confidence=body.confidence,
            basis=body.basis,
            context=caller.context,
            answer=answer,
        ),
        status=200,
    )
