"""The routes of the tool itself: what to ask, and publishing another version without code."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct
from pydantic import Field

from services.screening.api.using import Tools
from services.screening.domain import Tool
from services.screening.tools import shipped
from shared.contracts.refusals import Fault, Invalid
from shared.contracts.screening import ToolDefinition
from shared.web.body import Body, Code, Day, example
from shared.web.caller import Caller, May
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers, problems
from shared.web.receipts import Keyed, Receipt

router = APIRouter(prefix="/tools", tags=["tools"])

Reader = Annotated[Caller, Depends(May("read-tool"))]
Publisher = Annotated[Caller, Depends(May("publish-tool"))]


def _own_version() -> dict[str, Any]:
    """The example: a version of an authority's own, made from one that came with the product."""
    made: dict[str, Any] = msgspec.to_builtins(shipped()[0])
    return made | {"version": "northvale-2015-01", "source": "Northvale's own, January 2015"}


class PublishBody(Body):
    """A version of the tool, all of it. It never changes: a correction is another version."""

    tool: dict[str, Any] = Field(
        description="A tool as `GET /tools/in-force` shows one: indicators word for word with "
        "their codes, columns, levels, rules with their sources."
    )

    model_config = example(tool=_own_version())

    def definition(self) -> ToolDefinition:
        """The tool.

        Raises:
            Invalid: it does not have the shape of a tool.
        """
        try:
            return msgspec.convert(self.tool, ToolDefinition)
        except msgspec.ValidationError as reason:
            # The library's text says which type was met where; it holds no value.
            where = str(reason.args[0]).rpartition(" - at `$")[2].rstrip("`")
            pointer = "/tool" + where.replace(".", "/").replace("[", "/").replace("]", "")
            raise Invalid(
                "the tool is not right; nothing was stored",
                (Fault(pointer, "a field is missing here, or not of its type"),),
            ) from None


class AdoptBody(Body):
    """Your authority uses a version from a day on."""

    instrument: Code
    version: Code
    since: Day

    model_config = example(
        instrument="wm-cse-screening", version="2014-02-eight", since="2015-03-01"
    )


class VersionShown(Struct, frozen=True, kw_only=True):
    """A version of the tool, by name.

    Attributes:
        authority: whose own it is; none of what comes with the product.
        verified: its wording was read at its source.
    """

    id: UUID
    authority: str | None
    instrument: str
    version: str
    title: str
    source: str
    verified: bool


class VersionList(Struct, frozen=True, kw_only=True):
    """Every version that was published."""

    tools: list[VersionShown]


class ToolShown(Struct, frozen=True, kw_only=True):
    """A version of the tool, all of it."""

    id: UUID
    authority: str | None
    tool: ToolDefinition


@router.get("", response_class=Response)
@answers(VersionList)
async def versions(caller: Reader, use: Tools) -> Response:  # noqa: ARG001 (the permission)
    """Every version that was published, by name."""
    found = [
        VersionShown(
            id=tool.id,
            authority=tool.authority,
            instrument=tool.definition.instrument,
            version=tool.definition.version,
            title=tool.definition.title,
            source=tool.definition.source,
            verified=tool.definition.verified,
        )
        for tool in await use.published()
    ]
    return Response(msgspec.json.encode(VersionList(tools=found)), media_type="application/json")


@router.get("/in-force", response_class=Response, responses=problems(404))
@answers(ToolShown)
async def in_force(
    caller: Reader,  # noqa: ARG001 (the permission)
    use: Tools,
    area: Annotated[
        str,
        Query(
            description="Agency code of the council.",
            max_length=64,
            examples=["northvale-council"],
        ),
    ],
    on: Annotated[Day, Query(description="The day of the screening.", examples=["2015-04-20"])],
) -> Response:
    """The version that an area used on a day: everything there is to ask, word for word."""
    return _shown(await use.in_force(authority=area, day=on))


@router.get("/{tool_id}", response_class=Response)
@answers(ToolShown)
async def version(
    tool_id: UUID,
    caller: Reader,  # noqa: ARG001 (the permission)
    use: Tools,
) -> Response:
    """One version, as it was published."""
    return _shown(await use.load(tool_id=tool_id))


@router.post("", status_code=201, response_model=Receipt)
async def publish(
    body: PublishBody,
    request: Request,
    caller: Publisher,
    use: Tools,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Publish a version of your authority's own. It is used once it is adopted."""
    tool = body.definition()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.publish(
            tool=tool, authority=caller.actor.agency, context=caller.context, answer=answer
        ),
    )


@router.post("/adoptions", status_code=201, response_model=Receipt, responses=problems(404))
async def adopt(
    body: AdoptBody,
    request: Request,
    caller: Publisher,
    use: Tools,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Use a published version in your area from a day on. Old screenings keep the one they have."""
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.adopt(
            instrument=body.instrument,
            version=body.version,
            authority=caller.actor.agency,
            since=body.since,
            context=caller.context,
            answer=answer,
        ),
    )


def _shown(tool: Tool) -> Response:
    answer = ToolShown(id=tool.id, authority=tool.authority, tool=tool.definition)
    return Response(msgspec.json.encode(answer), media_type="application/json")
