"""What missing's own lists show, and how each event changes them. Pure."""

from services.missing.views.commissions import CommissionRow
from services.missing.views.interviews import (
    Change,
    InterviewCounts,
    InterviewRow,
    Unless,
    changes_of,
)
from services.missing.views.patrols import PatrolRow
from services.missing.views.profiles import ProfileRow
from services.missing.views.submissions import (
    ConcernRow,
    Kind,
    Status,
    Step,
    StopRow,
    SubmissionRow,
    data_of,
    step_of,
)

__all__ = [
    "Change",
    "CommissionRow",
    "ConcernRow",
    "InterviewCounts",
    "InterviewRow",
    "Kind",
    "PatrolRow",
    "ProfileRow",
    "Status",
    "Step",
    "StopRow",
    "SubmissionRow",
    "Unless",
    "changes_of",
    "data_of",
    "step_of",
]
