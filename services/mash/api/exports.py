"""Tables for whoever must return them."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from services.mash.application.statutory import MissingTable, StatutoryApplication
from services.mash.views.statutory import Problem, Row
from shared.access.policy import Resource
from shared.web.body import Body, Code, example
from shared.web.caller import Caller, May
from shared.web.openapi import answers

router = APIRouter(prefix="/exports", tags=["exports"])

Exporter = Annotated[Caller, Depends(May("export-missing-table"))]


def statutory(request: Request) -> StatutoryApplication:
    """The use cases."""
    found: StatutoryApplication = request.app.state.statutory
    return found


Statutory = Annotated[StatutoryApplication, Depends(statutory)]


class MissingTableBody(Body):
    """Whose return, and for which collection year."""

    authority: Code
    year: Annotated[int, Field(ge=2014, le=2100, description="In which it ends, on 31 March.")]

    model_config = example(authority="northvale-council", year=2016)


EXAMPLE = MissingTable(
    authority="northvale-council",
    year=2016,
    rows=(
        Row(
            child="NC40417", dob="15/02/2001", missing="M", mis_start="02/05/2015",
            mis_end="03/05/2015",
        ),
    ),
    problems=(
        Problem(
            subject_id=UUID("01920000-0000-7000-8000-000000000001"),
            child="NC40417",
            why="needs-a-decision",
            what="the police say absent, which is neither of the return's codes: decide M, A, or "
            "that it is not returned",
            sources=(UUID("01920000-0000-7000-8000-000000000002"),),
        ),
    ),
    children=1,
    as_of={"intake": 12, "intelligence": 0, "missing": 9, "screening": 0},
)  # fmt: skip


@router.post("/missing-table", response_class=Response)
@answers(MissingTable, example=msgspec.to_builtins(EXAMPLE))
async def missing_table(body: MissingTableBody, caller: Exporter, use: Statutory) -> Response:
    """Your authority's Missing table (SSDA903), and what a person must look at first.

    Only children whom your authority looked after. Periods that overlap, differ or fit neither code
    are listed as problems and never merged. That every child in it was shown to you is on record.
    """
    caller = caller.allowed(Resource(agency=body.authority))
    found = await use.missing_table(authority=body.authority, year=body.year, asker=caller)
    return Response(found.body, media_type="application/json")
