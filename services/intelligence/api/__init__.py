"""HTTP for intelligence: parse, ask policy, hand over, answer."""

from services.intelligence.api import bureau, measures, submissions

ROUTERS = (submissions.router, bureau.router, measures.router)

__all__ = ["ROUTERS"]
