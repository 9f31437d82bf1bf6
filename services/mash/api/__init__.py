"""HTTP for mash: parse, ask policy, hand over, answer. Searching is a POST: URLs are logged."""

from services.mash.api import children

ROUTERS = (children.router,)

__all__ = ["ROUTERS"]
