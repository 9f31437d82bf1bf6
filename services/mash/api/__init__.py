"""HTTP for mash: parse, ask policy, hand over, answer. Searching is a POST: URLs are logged."""

from services.mash.api import alerts, children, exports, inspection, intelligence, network, nodes

ROUTERS = (
    alerts.router,
    children.router,
    exports.router,
    inspection.router,
    nodes.router,
    network.router,
    intelligence.router,
)

__all__ = ["ROUTERS"]
