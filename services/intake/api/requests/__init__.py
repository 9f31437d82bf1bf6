"""What authorities send to intake, and what it becomes."""

from services.intake.api.requests.known import CHILD
from services.intake.api.requests.missing_periods import (
    ChangePeriodBody,
    PeriodBody,
    WithdrawPeriodBody,
)
from services.intake.api.requests.responsibility import (
    AcceptBody,
    DeclineBody,
    RequestBody,
    TakeBackBody,
)
from services.intake.api.requests.statuses import (
    CorrectBody,
    EndBody,
    EndByReferenceBody,
    StatusBody,
    WithdrawBody,
)

__all__ = [
    "CHILD",
    "AcceptBody",
    "ChangePeriodBody",
    "CorrectBody",
    "DeclineBody",
    "EndBody",
    "EndByReferenceBody",
    "PeriodBody",
    "RequestBody",
    "StatusBody",
    "TakeBackBody",
    "WithdrawBody",
    "WithdrawPeriodBody",
]
