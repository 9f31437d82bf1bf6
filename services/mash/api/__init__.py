"""HTTP for mash: parse, ask policy, hand over, answer. Searching is a POST: URLs are logged."""

from services.mash.api import children, exports, network, nodes

ROUTERS = (
    children.router,
    exports.router,
    nodes.router,
    network.router,
)

__all__ = ["ROUTERS"]
