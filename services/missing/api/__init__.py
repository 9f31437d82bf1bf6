"""HTTP for missing: parse, ask policy, hand over, answer."""

from services.missing.api.routes import router

__all__ = ["router"]
