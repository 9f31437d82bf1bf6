"""Missing's own lists, folded from its events: clear fields only, times, codes and ids."""

from services.missing.store.commissions import CommissionList
from services.missing.store.interviews import InterviewList, order_of
from services.missing.store.patrols import Patrols
from services.missing.store.profiles import ProfileList
from services.missing.store.submissions import Submissions

__all__ = ["CommissionList", "InterviewList", "Patrols", "ProfileList", "Submissions", "order_of"]
