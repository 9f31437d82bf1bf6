"""The regional problem profile: its seventeen figures, counted from what agencies reported. Pure.

The profile of January to June 2014 (report of 2015, Appendix 1) counted children whom the police or
an authority had identified as exploited or at risk. Each of its figures has its own base, and some
an as-at day instead of the period. Whatever is not recorded stays in the base and is counted.
"""

from services.mash.views.profile.answer import Area, Cell, Figure, Profile, answer_of
from services.mash.views.profile.away import AWAY, AWAY_NOTES, Away, away, count_away
from services.mash.views.profile.counting import count
from services.mash.views.profile.described import NOT_RECORDED
from services.mash.views.profile.education import (
    EDUCATION,
    EDUCATION_NOTES,
    Taught,
    count_taught,
    taught,
)
from services.mash.views.profile.noticed import SEVERAL, Noticed, Question, noticed
from services.mash.views.profile.reports import Gathering, Reports

__all__ = [
    "AWAY",
    "AWAY_NOTES",
    "EDUCATION",
    "EDUCATION_NOTES",
    "NOT_RECORDED",
    "SEVERAL",
    "Area",
    "Away",
    "Cell",
    "Figure",
    "Gathering",
    "Noticed",
    "Profile",
    "Question",
    "Reports",
    "Taught",
    "answer_of",
    "away",
    "count",
    "count_away",
    "count_taught",
    "noticed",
    "taught",
]
