"""Tables for whoever must return them, and what is counted of a region."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from msgspec.structs import replace
from pydantic import Field, model_validator

from services.mash.application.profile import ProfileApplication
from services.mash.application.statutory import MissingTable, StatutoryApplication
from services.mash.views.profile import (
    AWAY,
    AWAY_NOTES,
    EDUCATION,
    EDUCATION_NOTES,
    Area,
    Cell,
    Figure,
    Profile,
    Question,
)
from services.mash.views.statutory import Problem, Row
from shared.access.policy import Resource
from shared.web.body import Body, Code, Day, Moment, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.openapi import answers

router = APIRouter(prefix="/exports", tags=["exports"])

Exporter = Annotated[Caller, Depends(May("export-missing-table"))]


Statutory = Annotated[StatutoryApplication, Depends(held("statutory"))]


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


Profiler = Annotated[Caller, Depends(May("export-problem-profile"))]
AreaCode = Annotated[str, Field(pattern=r"^[A-Z][0-9]{8}$", description="As `E08000030`.")]
MOST_AUTHORITIES = 50


class TimesAwayBody(Body):
    """The areas, the period, and whether the answer will be shared."""

    authorities: Annotated[
        list[Code],
        Field(min_length=1, max_length=MOST_AUTHORITIES, description="Agency codes of councils."),
    ]
    first: Annotated[Day, Field(description="The first day of the period.")]
    last: Annotated[Day, Field(description="The last day, included.")]
    known_by: Moment | None = Field(
        None, description="As it was known here at that moment. Left out: as it is known now."
    )
    shared: bool = Field(
        True,
        description="It will be shared: one to four is hidden with whatever would tell it, and "
        "the rest is rounded to fives. False: exact, for whoever counts and nobody else.",
    )
    model_config = example(
        authorities=["northvale-council"],
        first="2015-01-01",
        last="2015-12-31",
        known_by=None,
        shared=True,
    )

    @model_validator(mode="after")
    def _a_period(self) -> Self:
        if self.last < self.first:
            raise ValueError("last is before first")
        return self

    def question(self) -> Question:
        """What is asked."""
        return Question(
            authorities=tuple(dict.fromkeys(self.authorities)), first=self.first, last=self.last
        )


class ProblemProfileBody(TimesAwayBody):
    """The region, the period, and whether the answer will be shared."""

    populations: dict[Code, Annotated[int, Field(ge=1, le=10_000_000)]] = Field(
        default={},
        max_length=MOST_AUTHORITIES,
        description="Children who live in each authority; without them there are no rates (PP17).",
    )
    own_areas: list[AreaCode] = Field(
        default=[],
        max_length=MOST_AUTHORITIES,
        description="The region's own codes in the directory of postcodes: what is no destination.",
    )

    model_config = example(
        authorities=["northvale-council", "southmere-council"],
        first="2015-01-01",
        last="2015-06-30",
        known_by=None,
        shared=True,
        populations={"northvale-council": 60000, "southmere-council": 45000},
        own_areas=["Q08000001", "Q08000002"],
    )

    def question(self) -> Question:
        """What is asked."""
        return Question(
            authorities=tuple(dict.fromkeys(self.authorities)),
            first=self.first,
            last=self.last,
            populations=self.populations,
            own_areas=tuple(self.own_areas),
        )


EXAMPLE_PROFILE = Profile(
    first=date(2015, 1, 1),
    last=date(2015, 6, 30),
    shared=True,
    known_by=None,
    notes=("Do not add figures with different bases.",),
    figures=(
        Figure(
            id="PP3",
            what="gender, as the sex that was recorded",
            base_is="children counted in PP1",
            caveat="Not recorded stays in the base. Boys are recognised less often.",
            published="87 % F, 7 % M, 6 % not recorded",
            state="counted",
            first=date(2015, 1, 1),
            last=date(2015, 6, 30),
            as_at=None,
            areas=(
                Area(
                    area="region",
                    base=60,
                    cells=(
                        Cell(label="female", count=55, percent=92),
                        Cell(label="male", count=None),
                        Cell(label="not-recorded", count=None),
                    ),
                ),
            ),
        ),
    ),
    elsewhere=0,
    withheld=0,
    as_of={"intake": 12, "intelligence": 0, "missing": 9, "screening": 4},
)


@router.post("/problem-profile", response_class=Response)
@answers(Profile, example=msgspec.to_builtins(EXAMPLE_PROFILE))
async def problem_profile(
    body: ProblemProfileBody,
    caller: Profiler,
    use: Annotated[ProfileApplication, Depends(held("profile"))],
) -> Response:
    """The regional problem profile: seventeen figures, each with its base, time and caveat.

    Of what you may see, for the region and each authority. What is not recorded stays in each base.
    That every child in it was counted for you is on record.
    """
    found = await use.profile(
        body.question(), shared=body.shared, known_by=body.known_by, asker=caller
    )
    return Response(found.body, media_type="application/json")


EXAMPLE_AWAY = replace(
    EXAMPLE_PROFILE,
    last=date(2015, 12, 31),
    notes=AWAY_NOTES,
    figures=tuple(
        Figure(
            id=each.id,
            what=each.what,
            base_is=each.base,
            caveat=each.caveat,
            published=each.published,
            state="counted",
            first=date(2015, 1, 1),
            last=date(2015, 12, 31),
            as_at=None,
            areas=(
                Area(
                    area="region",
                    base=base,
                    cells=tuple(
                        Cell(label=label, count=many, percent=percent)
                        for label, many, percent in cells
                    ),
                    outside=(Cell(label=outside, count=None),),
                ),
            ),
        )
        for each, base, outside, cells in (
            (
                AWAY[0], 40, "reported-in-error",
                (("absent", 15, 38.0), ("concern", None, None), ("missing", 30, 75.0)),
            ),
            (
                AWAY[1], 100, "reported-in-error: missing",
                (("absent", 25, 25.0), ("concern", None, None), ("missing", 70, 70.0)),
            ),
        )
    ),
)  # fmt: skip


@router.post("/times-away", response_class=Response)
@answers(Profile, example=msgspec.to_builtins(EXAMPLE_AWAY))
async def times_away(
    body: TimesAwayBody,
    caller: Profiler,
    use: Annotated[ProfileApplication, Depends(held("profile"))],
) -> Response:
    """How many children go missing or run away in a period, in each area: children and times.

    Missing, absent, and concerns that no police report holds, each apart; reports made in error
    beside them. That every child in it was counted for you is on record.
    """
    found = await use.times_away(
        body.question(), shared=body.shared, known_by=body.known_by, asker=caller
    )
    return Response(found.body, media_type="application/json")


EXAMPLE_EDUCATION = replace(
    EXAMPLE_AWAY,
    notes=EDUCATION_NOTES,
    figures=tuple(
        Figure(
            id=each.id,
            what=each.what,
            base_is=each.base,
            caveat=each.caveat,
            published=each.published,
            state="counted",
            first=date(2015, 1, 1),
            last=date(2015, 12, 31),
            as_at=None,
            areas=(Area(area="region", base=base, cells=cells),),
        )
        for each, base, cells in (
            (
                EDUCATION[0], 60,
                (
                    Cell(label="home-educated", count=10, percent=17.0),
                    Cell(label="mainstream", count=50, percent=83.0),
                ),
            ),
            (
                EDUCATION[1], 20,
                (
                    Cell(label="home-educated: medium", count=None),
                    Cell(label="mainstream: low", count=15, percent=75.0),
                ),
            ),
            (EDUCATION[2], 75, (Cell(label="mainstream: missing", count=75, percent=100.0),)),
        )
    ),
)  # fmt: skip


@router.post("/education", response_class=Response)
@answers(Profile, example=msgspec.to_builtins(EXAMPLE_EDUCATION))
async def education(
    body: TimesAwayBody,
    caller: Profiler,
    use: Annotated[ProfileApplication, Depends(held("profile"))],
) -> Response:
    """Children who were screened or away in a period, by how they were taught: levels and times.

    Mainstream, at home, in alternative provision, part-time, not in education. That every child in
    it was counted for you is on record.
    """
    found = await use.education(
        body.question(), shared=body.shared, known_by=body.known_by, asker=caller
    )
    return Response(found.body, media_type="application/json")
