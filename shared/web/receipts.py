"""What every route that stores shares: keyed requests, and the receipt they are answered with."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel

from shared.web.idempotency import Idempotency


class Receipt(BaseModel):
    """What was stored: the record's id, and the events'."""

    id: UUID
    events: list[UUID]
    recorded_at: str


def idempotency(request: Request) -> Idempotency:
    """Keyed requests of the service."""
    found: Idempotency = request.app.state.idempotency
    return found


Keyed = Annotated[Idempotency, Depends(idempotency)]
