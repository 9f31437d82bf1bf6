"""What every route that stores shares: keyed requests, and the receipt they are answered with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, Field

from shared.web.body import example
from shared.web.held import held
from shared.web.idempotency import Idempotency


class Receipt(BaseModel):
    """Proof that it is stored: keep it.

    There is no position in it, which would tell of others' records (ADR 9).
    """

    id: UUID = Field(description="Of the record: an episode, an interview, a concern.")
    events: list[UUID] = Field(description="Of what was recorded.")
    recorded_at: datetime = Field(description="When it was: later than when it happened.")

    model_config = example(
        id="01920000-0000-7000-8000-000000000001",
        events=["01920000-0000-7000-8000-000000000002"],
        recorded_at="2015-03-27T20:16:02.113000Z",
    )


Keyed = Annotated[Idempotency, Depends(held("idempotency"))]
