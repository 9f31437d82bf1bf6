"""Two screenings of one child, answer by answer, across versions of the tool. Pure.

Answers are compared by the indicators' codes, which stay the same from version to version while
they ask for the same thing; where the wording differs, or only one version asks, it is said.
"""

from typing import Literal

from msgspec import Struct

from services.screening.domain.screening import direction
from shared.contracts.screening import (
    Direction,
    Indicator,
    ScreeningFields,
    Tick,
    ToolDefinition,
)

Answered = Literal["newly-ticked", "no-longer-ticked", "other-columns", "the-same", "not-ticked"]


class Difference(Struct, frozen=True, kw_only=True):
    """One indicator in both screenings.

    Attributes:
        asked: by which of the versions: an answer that was never asked for is no change.
        wording: as the later version has it; as the earlier one has it where the later does not
            ask.
        earlier_wording: where it was worded otherwise.
        before, after: the columns in which it was ticked.
        change: none where only one of the versions asks.
    """

    code: str
    group: str
    asked: Literal["by-both", "only-before", "only-after"]
    wording: str
    earlier_wording: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    change: Answered | None


class Comparison(Struct, frozen=True, kw_only=True):
    """What changed from one screening to a later one.

    Attributes:
        same_version: both answered one version of the tool.
        differences: every indicator that either version asks for, in the later form's order.
    """

    level_before: str
    level_after: str
    direction: Direction
    same_version: bool
    versions: tuple[str, str]
    differences: tuple[Difference, ...]


def compare(
    before: tuple[str, ScreeningFields, ToolDefinition],
    after: tuple[str, ScreeningFields, ToolDefinition],
) -> Comparison:
    """What changed between two forms that were opened; each with its level as it stands now."""
    level_before, first, first_tool = before
    level_after, second, second_tool = after
    asked_before, asked_after = _asked(first_tool), _asked(second_tool)
    ticks_before, ticks_after = _ticked(first), _ticked(second)
    return Comparison(
        level_before=level_before,
        level_after=level_after,
        direction=direction(level_before, level_after, second_tool),
        same_version=first.tool_id == second.tool_id,
        versions=(first_tool.version, second_tool.version),
        differences=tuple(
            _difference(
                code,
                asked_before.get(code),
                asked_after.get(code),
                ticks_before.get(code),
                ticks_after.get(code),
            )
            for code in dict.fromkeys([*asked_after, *asked_before])
        ),
    )


def _difference(
    code: str,
    first: tuple[str, Indicator] | None,
    second: tuple[str, Indicator] | None,
    tick_before: Tick | None,
    tick_after: Tick | None,
) -> Difference:
    group, indicator = second or first or ("", Indicator(code=code, wording=""))
    before = tick_before.columns if tick_before is not None else ()
    after = tick_after.columns if tick_after is not None else ()
    worded_otherwise = first is not None and first[1].wording != indicator.wording
    return Difference(
        code=code,
        group=group,
        asked="by-both" if first and second else "only-after" if second else "only-before",
        wording=indicator.wording,
        earlier_wording=first[1].wording if first is not None and worded_otherwise else None,
        before=before,
        after=after,
        change=_change(before, after) if first and second else None,
    )


def _change(before: tuple[str, ...], after: tuple[str, ...]) -> Answered:
    if not before and not after:
        return "not-ticked"
    if not before:
        return "newly-ticked"
    if not after:
        return "no-longer-ticked"
    return "the-same" if before == after else "other-columns"


def _asked(tool: ToolDefinition) -> dict[str, tuple[str, Indicator]]:
    return {
        indicator.code: (group.code, indicator)
        for group in tool.groups
        for indicator in group.indicators
    }


def _ticked(fields: ScreeningFields) -> dict[str, Tick]:
    answers = fields.answers.opened
    return {tick.code: tick for tick in answers.ticks} if answers is not None else {}
