"""What the intelligence service can be asked to do: one method a use case."""

from services.intelligence.application.measures import MeasureApplication
from services.intelligence.application.reports import (
    IntelligenceApplication,
    OwnReport,
    ReportEvent,
)

__all__ = ["IntelligenceApplication", "MeasureApplication", "OwnReport", "ReportEvent"]
