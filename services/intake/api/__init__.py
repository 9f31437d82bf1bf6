"""HTTP for intake: parse, ask policy, hand over, answer."""

from services.intake.api import missing_periods, register, responsibility, statuses

ROUTERS = (register.router, statuses.router, responsibility.router, missing_periods.router)

__all__ = ["ROUTERS"]
