"""HTTP for missing: parse, ask policy, hand over, answer."""

from services.missing.api import interviews, routes

ROUTERS = (routes.router, interviews.router)

__all__ = ["ROUTERS"]
