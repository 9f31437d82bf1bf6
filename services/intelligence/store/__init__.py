"""What the service keeps beside its events: the bureau's list, and who the sources are."""

from services.intelligence.store.reports import ReportList
from services.intelligence.store.sources import Sources

__all__ = ["ReportList", "Sources"]
