"""What the intake service publishes."""

from shared.contracts.intake.register import *  # noqa: F403 (one namespace for one service)
