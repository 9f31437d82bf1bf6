"""Reading the views: the version being shown, in one snapshot with the positions it stands at."""

from services.mash.store.looks import Look, Looks
from services.mash.store.snapshot import Linking, Snapshot, agency_names, snapshot
from services.mash.store.views import Found, Hits, Row, ViewStore

__all__ = [
    "Found",
    "Hits",
    "Linking",
    "Look",
    "Looks",
    "Row",
    "Snapshot",
    "ViewStore",
    "agency_names",
    "snapshot",
]
