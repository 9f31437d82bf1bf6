"""What every route of mash needs: who asks, as of when, and how an answer leaves."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from services.mash.application import Answered
from shared.web.body import Moment

AsAt = Annotated[
    Moment | None,
    Query(
        description="As it was known here at this moment: what had come by then, and who was "
        "linked to whom. Without it, as it is now.",
    ),
]
"""A moment in the past."""


def leaving(answered: Answered) -> Response:
    """An answer as it was recorded, byte for byte."""
    return Response(answered.body, media_type="application/json")
