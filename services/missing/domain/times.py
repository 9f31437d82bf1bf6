"""What every rule about times shares."""

from datetime import datetime, timedelta
from typing import Final

from shared.contracts.refusals import Fault, Invalid

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours before its times are called future."""

FUTURE: Final = "this is in the future: check the clock and the time zone"


def not_future(moment: datetime, pointer: str, now: datetime) -> None:
    """Refuse a time that has not come.

    Raises:
        Invalid: it is later than now and what a clock may be off.
    """
    if moment > now + CLOCK_SKEW:
        raise Invalid("nothing was stored", (Fault(pointer, FUTURE),))


BEFORE_MISSING: Final = "this is before the child went missing: check the day"


def not_before(
    moment: datetime, pointer: str, earliest: datetime, says: str = BEFORE_MISSING
) -> None:
    """Refuse a time at which it cannot have been so yet.

    Raises:
        Invalid: it is earlier, with `says` for whoever sent it.
    """
    if moment < earliest:
        raise Invalid("nothing was stored", (Fault(pointer, says),))
