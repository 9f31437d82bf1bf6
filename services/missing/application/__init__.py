"""What the missing service can be asked to do: one method a use case."""

from services.missing.application.concerns import ConcernApplication
from services.missing.application.covering import Covering
from services.missing.application.drafts import Draft, Drafts
from services.missing.application.episodes import MissingApplication
from services.missing.application.interviews import InterviewApplication
from services.missing.application.photographs import PhotographApplication, PictureShown
from services.missing.application.profiles import ProfileApplication, Release

__all__ = [
    "ConcernApplication",
    "Covering",
    "Draft",
    "Drafts",
    "InterviewApplication",
    "MissingApplication",
    "PhotographApplication",
    "PictureShown",
    "ProfileApplication",
    "Release",
]
