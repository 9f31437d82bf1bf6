"""The records of the missing service and their rules. Pure: no I/O, no clock, no HTTP."""

from services.missing.domain.checks import QUESTION_ASKED_FROM, told_on
from services.missing.domain.commission import Commission
from services.missing.domain.concern import Concern, Education, TruancyStop
from services.missing.domain.episode import Episode
from services.missing.domain.held import HeldReturn
from services.missing.domain.interview import Interview
from services.missing.domain.interview_rules import due_by
from services.missing.domain.patrol import TruancyPatrol
from services.missing.domain.photograph import Photograph, refuse_future_day
from services.missing.domain.profile import MOST_PHOTOGRAPHS, Profile
from services.missing.domain.same_child import may_be_one
from services.missing.domain.times import CLOCK_SKEW, not_future

__all__ = [
    "CLOCK_SKEW",
    "MOST_PHOTOGRAPHS",
    "QUESTION_ASKED_FROM",
    "Commission",
    "Concern",
    "Education",
    "Episode",
    "HeldReturn",
    "Interview",
    "Photograph",
    "Profile",
    "TruancyPatrol",
    "TruancyStop",
    "due_by",
    "may_be_one",
    "not_future",
    "refuse_future_day",
    "told_on",
]
