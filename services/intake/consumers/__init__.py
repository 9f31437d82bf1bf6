"""Other services' events, turned into intake's commands; and time that passes."""

from services.intake.consumers.boundaries import BoundaryWatcher
from services.intake.consumers.clock import Clock
from services.intake.consumers.linking import MentionLinker
from services.intake.consumers.referring import ReferralOpener

__all__ = ["BoundaryWatcher", "Clock", "MentionLinker", "ReferralOpener"]
