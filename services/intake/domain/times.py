"""What every rule about times shares."""

from datetime import datetime, timedelta
from typing import Final

from shared.contracts.refusals import Fault, Invalid

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours before its times are called future."""


def not_future(moment: datetime, pointer: str, now: datetime) -> None:
    """Refuse a time that has not come.

    Raises:
        Invalid: it is later than now and what a clock may be off.
    """
    if moment > now + CLOCK_SKEW:
        raise Invalid(
            "nothing was stored",
            (Fault(pointer, "this is in the future: check the clock and the time zone"),),
        )
