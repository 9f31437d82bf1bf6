"""HTTP for intake: parse, ask policy, hand over, answer."""

from services.intake.api import (
    boundaries,
    missing_periods,
    referrals,
    register,
    regrouping,
    responsibility,
    statuses,
)

ROUTERS = (
    register.router,
    regrouping.router,
    statuses.router,
    responsibility.router,
    missing_periods.router,
    referrals.router,
    boundaries.router,
)

__all__ = ["ROUTERS"]
