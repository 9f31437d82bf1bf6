"""HTTP for intelligence: parse, ask policy, hand over, answer."""

from services.intelligence.api import submissions

ROUTERS = (submissions.router,)

__all__ = ["ROUTERS"]
