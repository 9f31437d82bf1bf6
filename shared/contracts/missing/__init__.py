"""What the missing service publishes: episodes, return interviews, and what no episode holds."""

from shared.contracts.missing.concerns import *  # noqa: F403 (one namespace for one service)
from shared.contracts.missing.episodes import *  # noqa: F403 (one namespace for one service)
from shared.contracts.missing.interviews import *  # noqa: F403 (one namespace for one service)
from shared.contracts.missing.photographs import *  # noqa: F403 (one namespace for one service)
from shared.contracts.missing.profiles import *  # noqa: F403 (one namespace for one service)
