"""The records of the screening service and their rules. Pure: no I/O, no clock, no HTTP."""

from services.screening.domain.advice import Advice, Facts, advise
from services.screening.domain.ages import Age, youngest_credible
from services.screening.domain.comparing import Comparison, compare
from services.screening.domain.form import Form, Ticked, consider
from services.screening.domain.screening import Screening, direction
from services.screening.domain.tool import Adoption, Tool

__all__ = [
    "Adoption",
    "Advice",
    "Age",
    "Comparison",
    "Facts",
    "Form",
    "Screening",
    "Ticked",
    "Tool",
    "advise",
    "compare",
    "consider",
    "direction",
    "youngest_credible",
]
