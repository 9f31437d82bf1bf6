"""What the intake service publishes."""

from shared.contracts.intake.boundaries import *  # noqa: F403 (one namespace for one service)
from shared.contracts.intake.missing_periods import *  # noqa: F403 (one namespace for one service)
from shared.contracts.intake.referrals import *  # noqa: F403 (one namespace for one service)
from shared.contracts.intake.register import *  # noqa: F403 (one namespace for one service)
from shared.contracts.intake.responsibility import *  # noqa: F403 (one namespace for one service)
from shared.contracts.intake.statuses import *  # noqa: F403 (one namespace for one service)
