"""HTTP for mash: parse, ask policy, hand over, answer. Searching is a POST: URLs are logged."""

from services.mash.api import children, exports, intelligence, network, nodes

ROUTERS = (
    children.router,
    exports.router,
    nodes.router,
    network.router,
    intelligence.router,
)

__all__ = ["ROUTERS"]
