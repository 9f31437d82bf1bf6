"""What the intelligence service publishes: information reports, and what was done about it."""

from shared.contracts.intelligence.measures import *  # noqa: F403 (one namespace for one service)
from shared.contracts.intelligence.reports import *  # noqa: F403 (one namespace for one service)
