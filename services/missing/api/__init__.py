"""HTTP for missing: parse, ask policy, hand over, answer."""

from services.missing.api import concerns, interviews, routes

ROUTERS = (routes.router, interviews.router, concerns.router)

__all__ = ["ROUTERS"]
