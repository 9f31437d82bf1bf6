"""HTTP for screening: parse, ask policy, hand over, answer."""

from services.screening.api import acts, reading, screenings, tools

ROUTERS = (tools.router, reading.router, screenings.router, acts.router)

__all__ = ["ROUTERS"]
