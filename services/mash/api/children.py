"""HTTP for mash: parse, ask policy, hand over, answer. Searching is a POST: URLs are logged."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import AfterValidator, model_validator

from services.mash.api.answers import an_answer
from services.mash.api.asking import AsAt, leaving
from services.mash.application import ChildAnswer, MashApplication, SearchAnswer
from shared.reference.partial_dates import earliest
from shared.web.body import Body, Line, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.openapi import answers

router = APIRouter(prefix="/children", tags=["children"])

Viewer = Annotated[Caller, Depends(May("view-child"))]
Searcher = Annotated[Caller, Depends(May("search-children"))]


Mash = Annotated[MashApplication, Depends(held("application"))]


def _partial_date(text: str) -> str:
    earliest(text)
    return text


class Search(Body):
    """Whom you look for: a name, a date of birth, or both."""

    name: Line | None = None
    date_of_birth: Annotated[Line, AfterValidator(_partial_date)] | None = None

    model_config = example(name="Wren Ashdown", date_of_birth="2001-02")

    @model_validator(mode="after")
    def _something(self) -> "Search":
        if self.name is None and self.date_of_birth is None:
            raise ValueError("give a name, a date of birth, or both")
        return self


@router.get("/{child_id}", response_class=Response)
@answers(ChildAnswer, example=an_answer("child"))
async def child(child_id: UUID, caller: Viewer, mash: Mash, as_at: AsAt = None) -> Response:
    """A child's consolidated view: each line with who said it, and both its times.

    The id may be a subject's or a mention's. What you see is on record before you see it.
    """
    return leaving(await mash.child(asked_for=child_id, asker=caller, as_at=as_at))


@router.post("/search", response_class=Response)
@answers(SearchAnswer, example=an_answer("child-search"))
async def search(body: Search, caller: Searcher, mash: Mash) -> Response:
    """Children who may be the one you look for, closest spelling first."""
    answered = await mash.search(name=body.name, born=body.date_of_birth, asker=caller)
    return Response(answered.body, media_type="application/json")
