"""What the screening service can be asked to do: one method a use case."""

from services.screening.application.screenings import Acting, ScreeningApplication
from services.screening.application.tools import ToolApplication

__all__ = ["Acting", "ScreeningApplication", "ToolApplication"]
