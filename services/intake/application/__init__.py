"""What the intake service can be asked to do: one method a use case."""

from services.intake.application.boundaries import BoundaryApplication
from services.intake.application.missing_periods import MissingPeriodApplication
from services.intake.application.owned import OwnedRecords
from services.intake.application.referrals import Needed, ReferralApplication
from services.intake.application.register import IntakeApplication
from services.intake.application.regrouping import MAX_TOGETHER, RegroupingApplication
from services.intake.application.responsibility import ResponsibilityApplication
from services.intake.application.statuses import StatusApplication, ended

__all__ = [
    "MAX_TOGETHER",
    "BoundaryApplication",
    "IntakeApplication",
    "MissingPeriodApplication",
    "Needed",
    "OwnedRecords",
    "ReferralApplication",
    "RegroupingApplication",
    "ResponsibilityApplication",
    "StatusApplication",
    "ended",
]
