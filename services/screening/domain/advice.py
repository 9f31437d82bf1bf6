"""What a tool says about a filled form: its rules, applied. Pure.

No rule counts: the tool's authors give no score, and one significant indicator does not set the
level. The tool advises and says why; the professional decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.screening.domain.ages import Age
from shared.contracts.screening import (
    Advised,
    Rule,
    Tick,
    ToolDefinition,
    When,
    YesNo,
)
from shared.reference.working_days import end_of_working_day, midnight_after


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at, of one form."""

    age: Age
    learning_disability: YesNo
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What the tool advises.

    Attributes:
        reasons: every floor and prompt that spoke, with what made it speak.
        level: the highest level that any of them points to; none where none does.
        lowest: no lower one may be given.
    """

    reasons: tuple[Advised, ...]
    level: str | None
    lowest: str


@dataclass(frozen=True, slots=True)
class Due:
    """An obligation that a rule opens, and by when it is to be met."""

    rule: Rule
    due_by: datetime | None


def advise(tool: ToolDefinition, facts: Facts) -> Advice:
    """The floors and prompts of a tool that speak about a form."""
    spoke = [
        (rule, because)
        for rule in tool.rules
        if rule.kind != "obligation"
        and (because := _speaks(rule.when, tool, facts, level=None)) is not None
    ]
    floors = [rule.level for rule, _ in spoke if rule.kind == "floor" and rule.level is not None]
    pointed = [rule.level for rule, _ in spoke if rule.level is not None]
    return Advice(
        reasons=tuple(
            Advised(
                rule=rule.code,
                kind=rule.kind,
                says=rule.says,
                source=rule.source,
                because=because,
                level=rule.level,
            )
            for rule, because in spoke
        ),
        level=_highest(tool, pointed),
        lowest=_highest(tool, floors) or tool.levels[0].code,
    )


def obligations(
    tool: ToolDefinition, facts: Facts, *, level: str, completed_at: datetime
) -> list[Due]:
    """What a form at this level obliges to, and by when."""
    return [
        Due(rule, _due_by(rule, completed_at))
        for rule in tool.rules
        if rule.kind == "obligation" and _speaks(rule.when, tool, facts, level=level) is not None
    ]


def rank(tool: ToolDefinition, level: str) -> int | None:
    """How serious a level is in a tool, from 0; none where the tool has no such level."""
    codes = [known.code for known in tool.levels]
    return codes.index(level) if level in codes else None


def _highest(tool: ToolDefinition, levels: Sequence[str]) -> str | None:
    return max(levels, key=lambda level: rank(tool, level) or 0, default=None)


def _speaks(when: When, tool: ToolDefinition, facts: Facts, *, level: str | None) -> str | None:
    """What makes a condition hold, in words; none where it does not hold."""
    because: list[str] = []
    if when.age_below is not None:
        if not facts.age.below(when.age_below):
            return None
        because.append(facts.age.says)
    if when.learning_disability:
        if facts.learning_disability != "yes":
            return None
        because.append("The form says that the child has a learning disability.")
    if when.levels:
        if level not in when.levels:
            return None
        because.append(f"The level is {level}.")
    counted = [
        tick for tick in facts.ticks if not when.columns or set(tick.columns) & set(when.columns)
    ]
    if any(tick.group in when.not_ticked_in for tick in counted):
        return None
    if when.ticked_in or when.ticked:
        found = [
            tick for tick in counted if tick.group in when.ticked_in or tick.code in when.ticked
        ]
        if not found:
            return None
        because.append(f"Ticked: {'; '.join(_in_words(tick, tool) for tick in found)}.")
    return " ".join(because) or "It always holds."


def _in_words(tick: Tick, tool: ToolDefinition) -> str:
    labels = {column.code: column.label.rstrip(":").lower() for column in tool.columns}
    if len(next(group.columns for group in tool.groups if group.code == tick.group)) == 1:
        return f"{tick.code} {tick.wording}"
    return f"{tick.code} {tick.wording} ({', '.join(labels[column] for column in tick.columns)})"


def _due_by(rule: Rule, completed_at: datetime) -> datetime | None:
    within = rule.within
    if within is None:
        return None
    if within.working_days is not None:
        return end_of_working_day(completed_at, within.working_days)
    assert within.days is not None  # noqa: S101 (a published tool gives one or the other)
    return midnight_after(completed_at, within.days)
