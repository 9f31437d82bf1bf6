"""The records of the intake service and their rules. Pure: no I/O, no clock, no HTTP."""

from services.intake.domain import first_responders
from services.intake.domain.boundary import (
    BoundaryNotice,
    Crossing,
    ToldFinding,
    ToldStatus,
    crossings,
)
from services.intake.domain.missing_period import MissingPeriod
from services.intake.domain.referral import NotReferred, Referral
from services.intake.domain.register import (
    Agency,
    Link,
    NewMention,
    StrongIdentifier,
    Subject,
    link_by_rule,
)
from services.intake.domain.regrouping import Regrouping
from services.intake.domain.responsibility import Responsibility
from services.intake.domain.status import HeldEnding, Status
from services.intake.domain.unique import new_mention

__all__ = [
    "Agency",
    "BoundaryNotice",
    "Crossing",
    "HeldEnding",
    "Link",
    "MissingPeriod",
    "NewMention",
    "NotReferred",
    "Referral",
    "Regrouping",
    "Responsibility",
    "Status",
    "StrongIdentifier",
    "Subject",
    "ToldFinding",
    "ToldStatus",
    "crossings",
    "first_responders",
    "link_by_rule",
    "new_mention",
]
