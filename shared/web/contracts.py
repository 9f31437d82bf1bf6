"""Where an event's `dataschema` leads: the JSON Schema of every type, and the AsyncAPI document."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from shared.contracts import schemas
from shared.contracts.refusals import NotFound
from shared.contracts.registry import UnknownType
from shared.web.caller import public

router = APIRouter(prefix="/contracts", tags=["contracts"])


@router.get("/asyncapi.json")
@public("the shape of events, which holds nobody's data")
async def asyncapi() -> dict[str, Any]:
    """What is published on the bus, as an AsyncAPI 3.0 document."""
    return schemas.asyncapi()


@router.get("/sealed.json")
@public("the shape of sealed fields, which holds nobody's data")
async def sealed() -> dict[str, Any]:
    """The JSON Schemas of what is inside sealed fields, by content code."""
    return schemas.sealed_schemas()


@router.get("/{event_type}.json")
@public("the shape of events, which holds nobody's data")
async def schema(
    event_type: Annotated[str, Path(examples=["missing.episode-reported.v1"])],
) -> dict[str, Any]:
    """The JSON Schema of an event's data."""
    try:
        return schemas.schema_of(event_type)
    except UnknownType:
        raise NotFound("there is no such event type") from None
