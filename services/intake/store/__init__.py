"""SQL for intake's own lists: who makes up whom, and referrals."""

from services.intake.store.members import MemberList
from services.intake.store.referrals import ReferralList

__all__ = ["MemberList", "ReferralList"]
