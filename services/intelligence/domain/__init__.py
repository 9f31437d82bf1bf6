"""The records of the intelligence service and their rules. Pure: no I/O, no clock, no HTTP."""

from services.intelligence.domain.checks import graded
from services.intelligence.domain.measure import Measure
from services.intelligence.domain.report import InformationReport

__all__ = ["InformationReport", "Measure", "graded"]
