"""What the service keeps beside its events: its lists, and who the sources are."""

from services.intelligence.store.measures import MeasureList
from services.intelligence.store.reports import ReportList
from services.intelligence.store.sources import Sources

__all__ = ["MeasureList", "ReportList", "Sources"]
