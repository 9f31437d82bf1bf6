"""What is asked of a return interview before anything is stored: deadline and interviewer."""

from datetime import UTC, datetime, timedelta
from typing import Final

from shared.contracts import missing
from shared.contracts.refusals import Fault, Invalid

RULE: Final = missing.DeadlineRule(name="dfe-2014-interview", version=1, hours=72)
"""Within 72 hours of the child's return. Statutory guidance (DfE, January 2014) as several areas
quote it; its own text was not read. What an hour is on the night the clocks change it does not say:
ours are elapsed hours, so that no child waits longer for the time of year (our decision)."""

INDEPENDENT: Final[dict[missing.InterviewerFrom, bool]] = {"independent": True, "placement": False}
"""What `independent`, which speaks of the placement alone, must say beside `interviewer_from`. The
authority's own staff may be independent of the placement, or the child's own social worker."""


def due_by(returned_at: datetime) -> datetime:
    """When an interview is to have been held: elapsed hours, whatever the clocks do meanwhile."""
    # In UTC: to a time with another zone Python adds by the clock on the wall.
    return returned_at.astimezone(UTC) + timedelta(hours=RULE.hours)


def check_interviewer(data: missing.InterviewConducted) -> None:
    """Refuse an interview that contradicts itself on who held it.

    Raises:
        Invalid: it is called independent and was held by the placement's staff, or the reverse.
    """
    must_be = INDEPENDENT.get(data.interviewer_from)
    if must_be is not None and must_be != data.independent:
        said = "independent" if must_be else "not independent"
        fault = Fault("/interviewer_from", f"such an interviewer is {said}: correct one of two")
        raise Invalid("nothing was stored", (fault,))
