"""HTTP for missing: parse, ask policy, hand over, answer."""

from services.missing.api import (
    commissions,
    concerns,
    drafts,
    interview_records,
    interviews,
    own,
    patrols,
    photographs,
    profile_list,
    profiles,
    routes,
)

ROUTERS = (
    routes.router,
    commissions.router,
    interviews.router,
    interview_records.router,
    drafts.router,
    concerns.router,
    profiles.router,
    photographs.router,
    profile_list.router,
    patrols.router,
    own.router,
)

__all__ = ["ROUTERS"]
