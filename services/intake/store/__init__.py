"""SQL for intake's own lists: subjects, referrals, statuses, and notices across boundaries."""

from services.intake.store.boundaries import BoundaryList, NoticeRow
from services.intake.store.members import MemberList
from services.intake.store.referrals import ReferralList
from services.intake.store.statuses import StatusList

__all__ = ["BoundaryList", "MemberList", "NoticeRow", "ReferralList", "StatusList"]
