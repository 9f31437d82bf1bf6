"""HTTP for missing: parse, ask policy, hand over, answer."""

from services.missing.api import concerns, interview_records, interviews, routes

ROUTERS = (routes.router, interviews.router, interview_records.router, concerns.router)

__all__ = ["ROUTERS"]
