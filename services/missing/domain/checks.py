"""What a force's report is checked against: itself, the scheme in force, and the calendar. Pure."""

from datetime import UTC, date, datetime
from typing import Final

from services.missing.definitions import definition_faults
from services.missing.domain.times import CLOCK_SKEW, FUTURE
from services.missing.risk import Scheme
from shared.contracts import missing, times
from shared.contracts.refusals import Fault, Invalid

QUESTION_ASKED_FROM: Final = date(2015, 2, 1)
"""Since February 2015 a force's risk assessment asks whether the child is at risk of CSE or known
to Children's Social Care (report to Walsall's scrutiny panel, 2015, 6.4). The source names only the
month; that it is the first day of it is ours."""

FIRST_YEAR: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Whoever was a child before is none now: an earlier time is surely mistyped (our decision)."""


def check_report(data: missing.ReportFields, scheme: Scheme, now: datetime) -> None:
    """Refuse a report that contradicts itself, its scheme or the calendar.

    Raises:
        Invalid: with every fault found, not only the first.
    """
    faults = [
        *_times(data, now),
        *risk_faults(data.concern, data.risk, scheme),
        *definition_faults(data.definition, data.concern, told_on(data)),
        *_question(data),
    ]
    if faults:
        raise Invalid("the report is not right; nothing was stored", tuple(faults))


def told_on(data: missing.ReportFields) -> date:
    """The day on which the force was told, by the clocks of the place."""
    return times.in_london(data.reported_at).date()


def _times(data: missing.ReportFields, now: datetime) -> list[Fault]:
    faults = [
        Fault(f"/{name}", FUTURE)
        for name in ("missing_since", "last_seen_at", "reported_at")
        if (moment := getattr(data, name)) is not None and moment > now + CLOCK_SKEW
    ]
    if data.missing_since > data.reported_at:
        faults.append(
            Fault("/missing_since", "the child cannot go missing after the force was told")
        )
    if data.last_seen_at is not None and data.last_seen_at > data.reported_at:
        faults.append(Fault("/last_seen_at", "this is after the force was told"))
    faults += [
        Fault(f"/{name}", "this is before 1990: check the year")
        for name in ("missing_since", "last_seen_at")
        if (moment := getattr(data, name)) is not None and moment < FIRST_YEAR
    ]
    return faults


def risk_faults(
    concern: missing.Concern, risk: missing.RiskGrade | None, scheme: Scheme
) -> list[Fault]:
    """The level must be one of the scheme in force, which changed over time."""
    levels = scheme.concerns.get(concern)
    fault: Fault | None = None
    if levels is None:
        fault = Fault("/concern", f"under {scheme.code} a child is missing, not {concern}")
    elif risk is None and levels:
        fault = Fault("/risk", f"give a level: one of {', '.join(levels)} ({scheme.code})")
    elif risk is not None and not levels:
        fault = Fault("/risk", f"under {scheme.code} an absent child has no risk level")
    elif risk is not None and risk.scheme != scheme.code:
        fault = Fault("/risk/scheme", f"{scheme.code} was in force for this force on that day")
    elif risk is not None and risk.level not in levels:
        fault = Fault("/risk/level", f"under {scheme.code} one of: {', '.join(levels)}")
    return [fault] if fault is not None else []


def _question(data: missing.ReportFields) -> list[Fault]:
    if told_on(data) >= QUESTION_ASKED_FROM:
        return []
    return [
        Fault(f"/{name}", "before February 2015 the question was not asked: send not_asked")
        for name in ("at_risk_of_exploitation", "known_to_social_care")
        if getattr(data, name) != "not_asked"
    ]
