"""The child view: what it is folded into, and what it means at the moment of a question. Pure."""

from services.mash.views.child.episodes import Episode, MissingNow
from services.mash.views.child.now import Now, now_of
from services.mash.views.child.referrals import ReferralLine
from services.mash.views.child.statuses import StatusLine
from services.mash.views.child.view import ChildView, Line, as_child, child_view, fold_child
from services.mash.views.said import Beside

__all__ = [
    "Beside",
    "ChildView",
    "Episode",
    "Line",
    "MissingNow",
    "Now",
    "ReferralLine",
    "StatusLine",
    "as_child",
    "child_view",
    "fold_child",
    "now_of",
]
