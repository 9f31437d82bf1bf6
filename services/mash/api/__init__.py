"""HTTP for mash: parse, ask policy, hand over, answer. Searching is a POST: URLs are logged."""

from services.mash.api import children, exports

ROUTERS = (
    children.router,
    exports.router,
)

__all__ = ["ROUTERS"]
