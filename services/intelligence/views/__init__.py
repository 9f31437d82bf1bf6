"""What the service's own lists show, and how each event changes them. Pure."""

from services.intelligence.views.measures import (
    NO_END,
    MeasureChange,
    MeasureRow,
    measure_change_of,
)
from services.intelligence.views.reports import Change, ReportRow, change_of

__all__ = [
    "NO_END",
    "Change",
    "MeasureChange",
    "MeasureRow",
    "ReportRow",
    "change_of",
    "measure_change_of",
]
