"""What mash can be asked: one method a question. Each records its disclosure first."""

from services.mash.application.alerts import AlertApplication, AlertsAnswer
from services.mash.application.asking import Answered, Asker, Seen, seen
from services.mash.application.children import (
    Candidate,
    ChildAnswer,
    MashApplication,
    SearchAnswer,
)
from services.mash.application.network import MAX_STEPS, NetworkAnswer, NetworkApplication
from services.mash.application.nodes import NodeAnswer, NodeApplication
from services.mash.application.searches import (
    HotSpotsAnswer,
    NodeSearchAnswer,
    SearchApplication,
)
from services.mash.application.showings import ShowingApplication, Shown, ShownAnswer
from services.mash.application.watching import RuleReader, Watcher, WouldHaveSaid

__all__ = [
    "MAX_STEPS",
    "AlertApplication",
    "AlertsAnswer",
    "Answered",
    "Asker",
    "Candidate",
    "ChildAnswer",
    "HotSpotsAnswer",
    "MashApplication",
    "NetworkAnswer",
    "NetworkApplication",
    "NodeAnswer",
    "NodeApplication",
    "NodeSearchAnswer",
    "RuleReader",
    "SearchAnswer",
    "SearchApplication",
    "Seen",
    "ShowingApplication",
    "Shown",
    "ShownAnswer",
    "Watcher",
    "WouldHaveSaid",
    "seen",
]
