"""Views of perpetrators, places, vehicles and phones, and searching them."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import AfterValidator, Field, model_validator

from services.mash.api.answers import an_answer
from services.mash.api.asking import AsAt, leaving
from services.mash.application import (
    HotSpotsAnswer,
    NodeAnswer,
    NodeApplication,
    NodeSearchAnswer,
    SearchApplication,
)
from shared.contracts.mentions import PlaceRole
from shared.reference import vehicles
from shared.reference.premises import PremisesType
from shared.web.body import Body, Day, Line, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.mentions import PartialDate, Postcode, Uprn
from shared.web.openapi import answers

router = APIRouter()

PerpetratorViewer = Annotated[Caller, Depends(May("view-perpetrator"))]
PerpetratorSearcher = Annotated[Caller, Depends(May("search-perpetrators"))]
PlaceViewer = Annotated[Caller, Depends(May("view-place"))]
PlaceSearcher = Annotated[Caller, Depends(May("search-places"))]
ThingViewer = Annotated[Caller, Depends(May("view-thing"))]
ThingSearcher = Annotated[Caller, Depends(May("search-things"))]

LONGEST_PERIOD = timedelta(days=3 * 366)


Nodes = Annotated[NodeApplication, Depends(held("nodes"))]
Searches = Annotated[SearchApplication, Depends(held("searches"))]


class _Some(Body):
    """A search that needs at least one field."""

    @model_validator(mode="after")
    def _something(self) -> "_Some":
        if all(value is None or value is False for value in self.model_dump().values()):
            raise ValueError("give at least one thing to look for")
        return self


class PerpetratorSearch(_Some):
    """Whom you look for, among those whom reports name beside children, named or not."""

    name: Line | None = Field(None, description="A name, an alias, a nickname, an online name.")
    date_of_birth: PartialDate | None = None
    description: Line | None = Field(None, description="Words of a description: scar, beard.")
    unnamed: bool = Field(False, description="Only those who are known and not yet named.")

    model_config = example(name="Marlo", unnamed=True)


class PlaceSearch(_Some):
    """Which place you look for; whatever is given must agree in some report."""

    name: Line | None = None
    address: Line | None = None
    postcode: Postcode | None = None
    uprn: Uprn | None = None
    type: PremisesType | None = None

    model_config = example(name="Harbour Lodge", type="hotel")


def _plate(text: str) -> str:
    plate = vehicles.registration(text)
    if len(plate.replace("?", "")) < vehicles.SHORTEST_PART:
        raise ValueError("give at least two characters of a registration")
    return plate


class VehicleSearch(_Some):
    """Which vehicle you look for. `?` stands for a character that was not seen."""

    registration: Annotated[Line, AfterValidator(_plate)] | None = None
    make: Line | None = None
    colour: Line | None = None

    model_config = example(registration="NV1?", colour="silver")


class PhoneSearch(Body):
    """Which phone you look for: a whole number, or digits of it in their order."""

    number: Annotated[Line, Field(pattern=r"^[0-9+() /.-]{3,25}$")]

    model_config = example(number="960088")


class HotSpots(Body):
    """Of which places reports tell most in a period."""

    since: Day
    until: Day = Field(description="The last day.")
    roles: list[PlaceRole] = Field(
        default=["found_at", "seen_at", "last_seen_at", "said_visited", "frequents", "premises"],
        min_length=1,
        max_length=8,
        description="Roles of the place in the reports. Where children live is not among them, "
        "unless asked for: to share an address is no association.",
    )
    type: PremisesType | None = None
    at_least: int = Field(2, ge=1, le=1000, description="So many reports.")

    model_config = example(since="2015-03-01", until="2015-05-31", at_least=1)

    @model_validator(mode="after")
    def _in_order(self) -> "HotSpots":
        if not timedelta() <= self.until - self.since <= LONGEST_PERIOD:
            raise ValueError("the period ends before it begins, or is longer than three years")
        return self


@router.get("/perpetrators/{subject_id}", response_class=Response, tags=["perpetrators"])
@answers(NodeAnswer, example=an_answer("perpetrator"))
async def perpetrator(
    subject_id: UUID, caller: PerpetratorViewer, nodes: Nodes, as_at: AsAt = None
) -> Response:
    """Somebody whom reports name beside children, named or not yet.

    Each description by whoever gave it; with whom and what, in which reports; how it was decided
    who that is. Nobody here is guilty of anything: these are reports.
    """
    answered = await nodes.node("perpetrator", asked_for=subject_id, as_at=as_at, asker=caller)
    return leaving(answered)


@router.post("/perpetrators/search", response_class=Response, tags=["perpetrators"])
@answers(NodeSearchAnswer, example=an_answer("perpetrator-search"))
async def search_perpetrators(
    body: PerpetratorSearch, caller: PerpetratorSearcher, searches: Searches
) -> Response:
    """People named beside children who may be the one you look for. Never a child's own record."""
    answered = await searches.perpetrators(
        name=body.name,
        born=body.date_of_birth,
        description=body.description,
        unnamed=body.unnamed,
        asker=caller,
    )
    return leaving(answered)


@router.get("/places/{subject_id}", response_class=Response, tags=["places"])
@router.get("/locations/{subject_id}", response_class=Response, tags=["places"], name="location")
@answers(NodeAnswer, example=an_answer("place"))
async def place(
    subject_id: UUID, caller: PlaceViewer, nodes: Nodes, as_at: AsAt = None
) -> Response:
    """A place: what happened there over time, who was there, and where it is."""
    return leaving(await nodes.node("place", asked_for=subject_id, as_at=as_at, asker=caller))


@router.post("/places/search", response_class=Response, tags=["places"])
@answers(NodeSearchAnswer, example=an_answer("place-search"))
async def search_places(body: PlaceSearch, caller: PlaceSearcher, searches: Searches) -> Response:
    """Places that may be the one you look for."""
    answered = await searches.places(
        name=body.name,
        address=body.address,
        postcode=body.postcode,
        uprn=body.uprn,
        premises_type=body.type,
        asker=caller,
    )
    return leaving(answered)


@router.post("/places/hot-spots", response_class=Response, tags=["places"])
@answers(HotSpotsAnswer, example=an_answer("hot-spots"))
async def hot_spots(body: HotSpots, caller: PlaceSearcher, searches: Searches) -> Response:
    """Places of which most reports tell in a period, with how many children stand in them."""
    answered = await searches.hot_spots(
        since=body.since,
        until=body.until,
        roles=body.roles,
        premises_type=body.type,
        at_least=body.at_least,
        asker=caller,
    )
    return leaving(answered)


@router.get("/vehicles/{subject_id}", response_class=Response, tags=["vehicles"])
@answers(NodeAnswer, example=an_answer("vehicle"))
async def vehicle(
    subject_id: UUID, caller: ThingViewer, nodes: Nodes, as_at: AsAt = None
) -> Response:
    """A vehicle: what each report says of it, and who was in it."""
    return leaving(await nodes.node("vehicle", asked_for=subject_id, as_at=as_at, asker=caller))


@router.post("/vehicles/search", response_class=Response, tags=["vehicles"])
@answers(NodeSearchAnswer, example=an_answer("vehicle-search"))
async def search_vehicles(
    body: VehicleSearch, caller: ThingSearcher, searches: Searches
) -> Response:
    """Vehicles that may be the one you look for, by part of a registration, make, colour."""
    answered = await searches.vehicles(
        registration=body.registration, make=body.make, colour=body.colour, asker=caller
    )
    return leaving(answered)


@router.get("/phones/{subject_id}", response_class=Response, tags=["phones"])
@answers(NodeAnswer, example=an_answer("phone"))
async def phone(
    subject_id: UUID, caller: ThingViewer, nodes: Nodes, as_at: AsAt = None
) -> Response:
    """A phone: who is said to use it."""
    return leaving(await nodes.node("phone", asked_for=subject_id, as_at=as_at, asker=caller))


@router.post("/phones/search", response_class=Response, tags=["phones"])
@answers(NodeSearchAnswer, example=an_answer("phone-search"))
async def search_phones(body: PhoneSearch, caller: ThingSearcher, searches: Searches) -> Response:
    """Phones that may be the one you look for."""
    return leaving(await searches.phones(number=body.number, asker=caller))


@router.get("/organisations/{subject_id}", response_class=Response, tags=["organisations"])
@answers(NodeAnswer)
async def organisation(
    subject_id: UUID, caller: ThingViewer, nodes: Nodes, as_at: AsAt = None
) -> Response:
    """A school, a home, a business, as reports name it."""
    answered = await nodes.node("organisation", asked_for=subject_id, as_at=as_at, asker=caller)
    return leaving(answered)
