"""A filled form: what it must hold, and the event that it becomes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.screening.domain.advice import Advice, Facts, advise, rank
from services.screening.domain.ages import Age, youngest_credible
from services.screening.domain.times import CLOCK_SKEW, FUTURE
from shared.contracts import screening, times
from shared.contracts.mentions import Mention, PersonIdentity
from shared.contracts.refusals import Fault, Invalid
from shared.contracts.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Ticked:
    """An indicator that was ticked, by its code."""

    code: str
    columns: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A filled form before it is stored: nothing of it is sealed yet.

    Attributes:
        mentions: everybody and everything it names, the child and the referrer among them.
        identity: who the child is, as in her or his mention.
    """

    mentions: tuple[Mention, ...]
    child: UUID
    referrer: UUID
    identity: PersonIdentity
    area: str
    entry: screening.EntryForm
    completed_at: datetime
    ticked: tuple[Ticked, ...]
    level: str
    rationale: str | None
    consent: screening.Consent
    meets_threshold: screening.YesNo
    information_reports: tuple[UUID, ...]
    about_child: screening.AboutChild
    circumstances: screening.ScreeningCircumstances
    referrer_details: screening.ScreeningReferrer


@dataclass(frozen=True, slots=True)
class Assessed:
    """A form with what the tool says about it."""

    facts: Facts
    advice: Advice


def consider(form: Form, tool: screening.ToolDefinition) -> Assessed:
    """What the tool advises on a form, whatever level it was given.

    Raises:
        Invalid: an answer is none of this tool's, a date is impossible, or the child is older than
            the tool is for.
    """
    day = times.in_london(form.completed_at).date()
    age = youngest_credible(form.identity, form.about_child.ages, day)
    faults = [*_unknown_ticks(form, tool), *_too_old(form, tool, age)]
    if faults:
        raise Invalid("the form is not right; nothing was stored", tuple(faults))
    facts = Facts(age, form.circumstances.learning_disability, tuple(_ticks(form, tool)))
    return Assessed(facts, advise(tool, facts))


def assess(form: Form, tool: screening.ToolDefinition, *, now: datetime) -> Assessed:
    """What the tool advises, once the professional's level has been checked against it.

    Raises:
        Invalid: see `consider`; or the level is below a floor, or below a prompt without a
            rationale; or the form was filled in in the future.
    """
    if form.completed_at > now + CLOCK_SKEW:
        raise Invalid("nothing was stored", (Fault("/completed_at", FUTURE),))
    assessed = consider(form, tool)
    check_level(form.level, form.rationale, tool, assessed.advice)
    return assessed


def check_level(
    level: str, rationale: str | None, tool: screening.ToolDefinition, advice: Advice
) -> None:
    """Check a professional's level. Above every prompt it is never questioned.

    Raises:
        Invalid: the tool has no such level; a floor forbids it; or it is below what a prompt points
            to and nobody says why.
    """
    given = rank(tool, level)
    if given is None:
        known = ", ".join(code.code for code in tool.levels)
        raise Invalid("nothing was stored", (Fault("/level", f"one of: {known}"),))
    if given < (rank(tool, advice.lowest) or 0):
        said = " ".join(
            f"{reason.says} ({reason.source})"
            for reason in advice.reasons
            if reason.kind == "floor"
        )
        raise Invalid(
            "nothing was stored",
            (Fault("/level", f"give at least {advice.lowest}. {said}"),),
        )
    if advice.level is not None and given < (rank(tool, advice.level) or 0) and not rationale:
        said = " ".join(reason.says for reason in advice.reasons if reason.level == advice.level)
        raise Invalid(
            "nothing was stored",
            (
                Fault(
                    "/rationale",
                    f"the tool points to {advice.level}. {said} Say why you give a lower level.",
                ),
            ),
        )


def fields_of(
    form: Form, assessed: Assessed, *, tool_id: UUID, tool: screening.ToolDefinition
) -> dict[str, Any]:
    """The fields of the event that a form becomes."""
    child = form.child
    return {
        "mentions": form.mentions,
        "child": child,
        "referrer": form.referrer,
        "area": form.area,
        "tool_id": tool_id,
        "instrument": tool.instrument,
        "version": tool.version,
        "entry": form.entry,
        "completed_at": form.completed_at,
        "level": form.level,
        "levels": tuple(level.code for level in tool.levels),
        "advised_level": assessed.advice.level,
        "lowest_level": assessed.advice.lowest,
        "consent": form.consent,
        "meets_threshold": form.meets_threshold,
        "information_reports": form.information_reports,
        "about_child": Sealed.of(child, form.about_child),
        "circumstances": Sealed.of(child, form.circumstances),
        "answers": Sealed.of(
            child,
            screening.ScreeningAnswers(ticks=assessed.facts.ticks, columns=tool.columns),
        ),
        "judgement": Sealed.of(
            child,
            screening.ScreeningJudgement(
                advised=assessed.advice.reasons,
                age=assessed.facts.age.says,
                rationale=form.rationale,
            ),
        ),
        "referrer_details": Sealed.of(form.referrer, form.referrer_details),
    }


def _unknown_ticks(form: Form, tool: screening.ToolDefinition) -> Iterator[Fault]:
    columns = {
        indicator.code: group.columns for group in tool.groups for indicator in group.indicators
    }
    seen: set[str] = set()
    for number, ticked in enumerate(form.ticked):
        pointer = f"/ticks/{number}"
        if ticked.code not in columns:
            yield Fault(f"{pointer}/code", f"version {tool.version} has no such indicator")
            continue
        if ticked.code in seen:
            yield Fault(f"{pointer}/code", "this indicator is there twice: name both columns once")
        seen.add(ticked.code)
        allowed = columns[ticked.code]
        if not ticked.columns and len(allowed) > 1:
            yield Fault(f"{pointer}/columns", f"say in which columns: {', '.join(allowed)}")
        elif not set(ticked.columns) <= set(allowed):
            yield Fault(f"{pointer}/columns", f"this indicator has: {', '.join(allowed)}")


def _ticks(form: Form, tool: screening.ToolDefinition) -> Iterator[screening.Tick]:
    """The ticks in the order of the form, each with the words that were answered."""
    ticked = {one.code: one for one in form.ticked}
    for group in tool.groups:
        for indicator in group.indicators:
            if (one := ticked.get(indicator.code)) is not None:
                yield screening.Tick(
                    group=group.code,
                    code=indicator.code,
                    wording=indicator.wording,
                    columns=tuple(
                        column
                        for column in group.columns
                        if column in one.columns or len(group.columns) == 1
                    ),
                    note=one.note,
                )


def _too_old(form: Form, tool: screening.ToolDefinition, age: Age) -> Iterator[Fault]:
    """Up to 18; longer with additional needs, or where nobody knows of any."""
    limit = (
        tool.below_age
        if form.circumstances.additional_needs == "no"
        else tool.below_age_with_additional_needs
    )
    if not age.below(limit):
        yield Fault(
            "/child",
            f"this tool is for children under {tool.below_age}, with additional needs under "
            f"{tool.below_age_with_additional_needs}: ask adult safeguarding",
        )
