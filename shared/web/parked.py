"""Events that were put aside: which ones, and another try. Nothing here is about anybody."""

from typing import Annotated

import msgspec
import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from msgspec import Struct
from pydantic import Field

from shared.contracts.refusals import NotFound, Unavailable
from shared.projecting.parking import PutAside
from shared.vault.keys import DOWN
from shared.web.body import Body, example
from shared.web.caller import Caller, May
from shared.web.condition import Reading
from shared.web.openapi import answers, problems
from shared.web.runtime import Runtime

router = APIRouter(prefix="/parked", tags=["parked"])

Operator = Annotated[Caller, Depends(May("read-condition"))]
Replayer = Annotated[Caller, Depends(May("replay-parked"))]

AT_ONCE = 500
"""Events replayed in one request, so that it ends in time."""


class Parked(Struct, frozen=True, kw_only=True):
    """What the consumers of a service put aside, by consumer."""

    consumers: dict[str, list[PutAside]]


class Replayed(Struct, frozen=True, kw_only=True):
    """What became of a replay.

    Attributes:
        done: how many events are off the list.
        left: those that could not be dealt with this time either, with why.
    """

    done: int
    left: list[PutAside]


class Replay(Body):
    """Which events to try again."""

    model_config = example(consumer="follow:missing", source="missing", position=None)

    consumer: Annotated[str, Field(max_length=80)]
    source: Annotated[str, Field(max_length=64)]
    position: Annotated[
        int | None, Field(ge=1, description="One event; else every one of that source.")
    ] = None


@router.get("", response_class=Response)
@answers(Parked)
async def parked(request: Request, caller: Operator) -> Response:  # noqa: ARG001 (the permission)
    """The events that this service's consumers put aside, and the kind of fault of each."""
    runtime: Runtime = request.app.state.runtime
    return _json(
        Parked(consumers={name: await _aside(reading) for name, reading in runtime.readers.items()})
    )


@router.post("/replay", response_class=Response, responses=problems(404))
@answers(Replayed)
async def replay(request: Request, caller: Replayer, asked: Replay) -> Response:
    """Try again what was put aside, in order. Repeating it is harmless: what is done is gone.

    Events are never changed: mend the code first.
    """
    runtime: Runtime = request.app.state.runtime
    reading = runtime.readers.get(asked.consumer)
    if reading is None:
        raise NotFound("this service has no such consumer")
    waiting = sorted(
        (
            event
            for event in await _aside(reading)
            if event.source == asked.source and asked.position in {None, event.position}
        ),
        key=lambda event: event.position,
    )
    left: list[PutAside] = []
    for event in waiting[:AT_ONCE]:
        reason = await reading.replay(event.source, event.position)
        if reason is not None:
            left.append(msgspec.structs.replace(event, reason=reason))
    done = len(waiting[:AT_ONCE]) - len(left)
    structlog.get_logger().warning(
        "parked events replayed",
        request=caller.correlation_id,
        source=asked.source,
        attempt=len(waiting),
        status=done,
    )
    return _json(Replayed(done=done, left=left + waiting[AT_ONCE:]))


async def _aside(reading: Reading) -> list[PutAside]:
    try:
        return await reading.put_aside()
    except DOWN as reason:
        raise Unavailable("the list of what was put aside does not answer") from reason


def _json(found: Struct) -> Response:
    return Response(msgspec.json.encode(found), media_type="application/json")
