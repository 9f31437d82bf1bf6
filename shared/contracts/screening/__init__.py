"""What the screening service publishes: tools, screenings, and what a screening obliges to."""

from shared.contracts.screening.obligations import *  # noqa: F403 (one namespace for one service)
from shared.contracts.screening.screenings import *  # noqa: F403 (one namespace for one service)
from shared.contracts.screening.tools import *  # noqa: F403 (one namespace for one service)
