"""HTTP for intelligence: parse, ask policy, hand over, answer."""

from services.intelligence.api import bureau, submissions

ROUTERS = (submissions.router, bureau.router)

__all__ = ["ROUTERS"]
