"""What mash can be asked: one method a question. Each records its disclosure first."""

from services.mash.application.asking import Answered, Asker, Seen, may_see, seen
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
    "Seen",
    "may_see",
    "seen",
]
