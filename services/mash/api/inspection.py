"""The inspectorate's list of missing children, for a person of the authority."""

from typing import Annotated, Self
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field, model_validator

from services.mash.api.exports import Exporter
from services.mash.application.inspection import NOTES, InspectionApplication, MissingChildren
from services.mash.views.profile import Question
from services.mash.views.statutory import TimeAway
from shared.access.policy import Resource
from shared.web.body import Body, Code, Day, example
from shared.web.held import held
from shared.web.openapi import answers

router = APIRouter(prefix="/exports", tags=["exports"])


class MissingChildrenBody(Body):
    """Whose children, and in which period."""

    authority: Code
    first: Annotated[Day, Field(description="The first day of the period.")]
    last: Annotated[Day, Field(description="The last day, included.")]

    model_config = example(authority="northvale-council", first="2015-01-01", last="2015-12-31")

    @model_validator(mode="after")
    def _a_period(self) -> Self:
        if self.last < self.first:
            raise ValueError("last is before first")
        return self


EXAMPLE = MissingChildren(
    authority="northvale-council",
    first="2015-01-01",
    last="2015-12-31",
    notes=NOTES,
    rows=(
        TimeAway(
            subject_id=UUID("01920000-0000-7000-8000-000000000001"),
            child="NC40417",
            standing="looked-after",
            missing="M",
            starts="2015-05-02",
            ends="2015-05-03",
            offered="Y",
            accepted="N",
            sources=(UUID("01920000-0000-7000-8000-000000000002"),),
        ),
    ),
    children=1,
    withheld=0,
    as_of={"intake": 12, "intelligence": 0, "missing": 9, "screening": 0},
)


@router.post("/annex-a-missing", response_class=Response)
@answers(MissingChildren, example=msgspec.to_builtins(EXAMPLE))
async def annex_a_missing(
    body: MissingChildrenBody,
    caller: Exporter,
    use: Annotated[InspectionApplication, Depends(held("inspection"))],
) -> Response:
    """Your authority's children who were away, and whether an interview was offered and accepted.

    Looked-after and other children, one row for each time that began in the period. What the
    inspectorate's Annex A wants beside offered and accepted was not read: its layout is not this.
    That every child in it was shown to you is on record.
    """
    caller = caller.allowed(Resource(agency=body.authority))
    found = await use.missing_children(
        authority=body.authority,
        asked=Question(authorities=(body.authority,), first=body.first, last=body.last),
        asker=caller,
    )
    return Response(found.body, media_type="application/json")
