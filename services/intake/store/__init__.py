"""SQL for intake's own lists: who makes up whom, referrals, and notices across boundaries."""

from services.intake.store.boundaries import BoundaryList, NoticeRow
from services.intake.store.members import MemberList
from services.intake.store.referrals import ReferralList

__all__ = ["BoundaryList", "MemberList", "NoticeRow", "ReferralList"]
