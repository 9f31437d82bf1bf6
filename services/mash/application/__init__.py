"""What mash can be asked: one method a question. Each records its disclosure first."""

from services.mash.application.asking import Answered, Asker, may_see
from services.mash.application.children import (
    Candidate,
    ChildAnswer,
    MashApplication,
    SearchAnswer,
)

__all__ = [
    "Answered",
    "Asker",
    "Candidate",
    "ChildAnswer",
    "MashApplication",
    "SearchAnswer",
    "may_see",
]
