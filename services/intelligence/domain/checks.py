"""What an information report and a grade are checked against. Pure.

The form asks for very little: nearly everything may be left out. What is checked is only what would
make the report say something that its author cannot have meant.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from services.intelligence.grading import grading
from shared.contracts import intelligence
from shared.contracts.refusals import Fault, Invalid

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours before its times are called future."""

FUTURE: Final = "this is in the future: check the clock and the time zone"
EARLIEST: Final = datetime(1950, 1, 1, tzinfo=UTC)
"""Long-standing issues are to be told too; before this it is a slip of the year."""


def not_future(moment: datetime, pointer: str, now: datetime) -> None:
    """Refuse a time that has not come.

    Raises:
        Invalid: it is later than now and what a clock may be off.
    """
    if moment > now + CLOCK_SKEW:
        raise Invalid("nothing was stored", (Fault(pointer, FUTURE),))


def check_report(data: intelligence.ReportSubmitted, now: datetime) -> None:
    """Refuse a report that contradicts itself or the calendar.

    Raises:
        Invalid: with every fault found, not only the first.
    """
    faults = [*_report_times(data, now), *_third_party(data)]
    if faults:
        raise Invalid("the report is not right; nothing was stored", tuple(faults))


def check_incidents(
    incidents: tuple[intelligence.Incident, ...], until: datetime, now: datetime
) -> None:
    """Refuse incidents that cannot have been told then.

    Raises:
        Invalid: with every fault found.
    """
    faults = list(_incidents(incidents, until, now))
    if faults:
        raise Invalid("the incidents are not right; nothing was stored", tuple(faults))


def _report_times(data: intelligence.ReportSubmitted, now: datetime) -> Iterator[Fault]:
    if data.reported_at > now + CLOCK_SKEW:
        yield Fault("/reported_at", FUTURE)
    yield from _incidents(data.incidents, data.reported_at, now)


def _incidents(
    incidents: tuple[intelligence.Incident, ...], until: datetime, now: datetime
) -> Iterator[Fault]:
    for number, incident in enumerate(incidents):
        at = f"/incidents/{number}"
        if incident.began is None:
            if incident.ended is not None:
                yield Fault(f"{at}/began", "say when it began, or leave out when it ended")
            continue
        if incident.began > now + CLOCK_SKEW:
            yield Fault(f"{at}/began", FUTURE)
        elif incident.began > until + CLOCK_SKEW:
            yield Fault(f"{at}/began", "this is after the report was made")
        if incident.began < EARLIEST:
            yield Fault(f"{at}/began", "this is before 1950: check the year")
        if incident.ended is not None and incident.ended < incident.began:
            yield Fault(f"{at}/ended", "this is before it began")
        if incident.ended is not None and incident.ended > now + CLOCK_SKEW:
            yield Fault(f"{at}/ended", FUTURE)


def _third_party(data: intelligence.ReportSubmitted) -> Iterator[Fault]:
    """The form asks about reliability, and about talking to the police, of somebody else only."""
    if data.third_party:
        return
    for name in ("reliability", "willing_to_engage"):
        if getattr(data, name) is not None:
            yield Fault(f"/third_party/{name}", "this is asked only where somebody else told you")


def graded(
    *, scheme: str, source: str, information: str, handling: str
) -> intelligence.PoliceGrade:
    """A grade with what each part means in its scheme.

    Raises:
        Invalid: there is no such scheme, or it has no such value.
    """
    found = grading().scheme(scheme)
    if found is None:
        raise Invalid("nothing was stored", (Fault("/scheme", "there is no such scheme"),))
    given = {"source": source, "information": information, "handling": handling}
    faults = [
        Fault(f"/{part}", f"{found.code} has {', '.join(found.parts[part])}")
        for part, value in given.items()
        if value not in found.parts[part]
    ]
    if faults:
        raise Invalid("nothing was stored", tuple(faults))
    parts = {
        part: intelligence.GradePart(value=value, meaning=found.parts[part][value])
        for part, value in given.items()
    }
    return intelligence.PoliceGrade(scheme=found.code, **parts)
