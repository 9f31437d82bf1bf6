"""The published language: every event type, defined once, and nothing of ours imported.

A service may know another's events by this package only. Importing it registers every type in
`EVENTS`. What may be touched here: add a type, or a new version with its upcaster and a history
file; never change or remove one that was released.
"""

from shared.contracts import disclosure, intake, intelligence, mash, missing, screening
from shared.contracts.context import Context, Handling, Regime
from shared.contracts.registry import EVENTS, EventData

__all__ = [
    "EVENTS",
    "Context",
    "EventData",
    "Handling",
    "Regime",
    "disclosure",
    "intake",
    "intelligence",
    "mash",
    "missing",
    "screening",
]
