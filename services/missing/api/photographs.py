"""The routes of photographs in carers' profiles: files in, files out, each showing on record."""

import re
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from pydantic import Field

from services.missing.api.profiles import Carer, Profiles
from services.missing.application import PhotographApplication
from shared.contracts import missing, times
from shared.contracts.refusals import NotFound
from shared.web.body import Body, Day, example
from shared.web.caller import Caller, May, public
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.openapi import answers_file
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, show_file, show_nothing
from shared.web.uploads import Upload, Uploads

router = APIRouter(tags=["profiles"])

Keeper = Annotated[Caller, Depends(May("read-own-photograph"))]
Force = Annotated[Caller, Depends(May("read-released-photograph"))]

JPEG: Final = "image/jpeg"
EXAMPLE: Final = "/examples/photograph.png"

UPLOAD: Final = Upload(
    path=re.compile(r"/profiles/[^/]+/photographs"),
    most_bytes=10 * 2**20,
    types=(JPEG, "image/png"),
    wrong_type="send the picture as it is, with Content-Type image/jpeg or image/png. HEIC is not "
    "read here: on an iPhone choose Settings, Camera, Formats, Most Compatible; a picture that was "
    "taken before becomes a JPEG when it is sent by mail, or as a screenshot of it",
)
AT_ONCE: Final = 6
"""Files in hand: sixty megabytes, were all of them as large as they may be."""


Pictures = Annotated[PhotographApplication, Depends(held("photographs"))]
Files = Annotated[Uploads, Depends(held("uploads"))]
TakenOn = Annotated[
    Day,
    Header(
        alias="Taken-On",
        description="The day on which the picture was taken, ISO 8601: `2015-02-20`.",
        examples=["2015-02-20"],
    ),
]


class WithdrawPhotographBody(Body):
    """A picture is not to be shown any more: not to you, nor to a force that was given it."""

    photograph_id: UUID = Field(strict=False)
    why: missing.WhyPhotographWithdrawn

    model_config = example(
        photograph_id="01920000-0000-7000-8000-000000000001", why="not-to-be-shown"
    )


@router.post(
    "/profiles/{profile_id}/photographs",
    status_code=201,
    response_model=Receipt,
    openapi_extra=UPLOAD.told(example=EXAMPLE, about="A drawing of nobody, to try this out with"),
)
async def keep_photograph(
    profile_id: UUID,
    request: Request,
    caller: Carer,
    taken_on: TakenOn,
    use: Pictures,
    in_hand: Files,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Keep a recent picture of the child with a profile of your agency, in place of the one before.

    Send the file itself, JPEG or PNG, at most 10 MiB. It is turned upright and written anew, at
    most 1,024 pixels and 150 KiB, and whatever else is in the file (the place and time at which it
    was taken, the camera) is not kept. The receipt's `id` is the photograph's. A force is shown it
    with the profile, once you release that; one that was given an earlier picture keeps reading
    that until you release again.
    """
    async with in_hand.file(request) as given:
        return await keyed.once(
            request,
            caller,
            idempotency_key,
            lambda answer: use.keep(
                profile_id=profile_id,
                given=given,
                taken_on=taken_on,
                context=caller.context,
                answer=answer,
            ),
            asked=f"{taken_on.isoformat()} {sha256(given).hexdigest()}",
        )


@router.get(
    "/profiles/{profile_id}/photographs/{photograph_id}",
    response_class=Response,
    responses=answers_file(JPEG),
)
async def own_photograph(
    profile_id: UUID, photograph_id: UUID, caller: Keeper, use: Pictures, log: Log
) -> Response:
    """A picture of a profile that your agency keeps, or stands behind; none that was withdrawn."""
    try:
        found = await use.own(
            profile_id=profile_id, photograph_id=photograph_id, agency=caller.actor.agency
        )
    except NotFound:
        await show_nothing(caller, log)
        raise
    return await show_file(found.jpeg, JPEG, {found.child}, caller, log)


@router.post("/profiles/{profile_id}/withdraw-photograph", status_code=201, response_model=Receipt)
async def withdraw_photograph(
    profile_id: UUID,
    body: WithdrawPhotographBody,
    request: Request,
    caller: Carer,
    use: Profiles,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take a picture back. Who saw it meanwhile stays on record; no earlier one takes its place."""
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            profile_id=profile_id,
            decide=lambda profile: profile.withdraw_photograph(
                body.photograph_id, why=body.why, now=now
            ),
            context=caller.context,
            answer=answer,
        ),
    )


@router.get(
    "/episodes/{episode_id}/photographs/{photograph_id}",
    response_class=Response,
    responses=answers_file(JPEG),
)
async def released_photograph(
    episode_id: UUID, photograph_id: UUID, caller: Force, use: Pictures, log: Log
) -> Response:
    """A picture that your force was given for an episode of yours, while that is open.

    Which ones there are is told with the profiles of the episode.
    """
    try:
        found = await use.given(
            episode_id=episode_id, photograph_id=photograph_id, force=caller.actor.agency
        )
    except NotFound:
        await show_nothing(caller, log)
        raise
    return await show_file(found.jpeg, JPEG, {found.child}, caller, log)


@router.get(EXAMPLE, response_class=Response, responses=answers_file("image/png"))
@public("a drawing of nobody")
async def example_photograph() -> Response:
    """A drawing of nobody, to try out the sending of a photograph with."""
    return Response(DRAWING, media_type="image/png")


DRAWING: Final = (files("services.missing.api") / "photograph.png").read_bytes()
