"""Versions of a tool, and which authority uses which from when. Pure."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from eventsourcing.domain import event

from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid
from shared.contracts.screening import Rule, ToolAdopted, ToolDefinition, ToolPublished, When
from shared.eventstore.record import Record


class Tool(Record):
    """One version of a tool. It never changes."""

    class Published(Record.Created):
        """It was published."""

        data: ToolPublished

    @event(Published)
    def __init__(self, data: ToolPublished, timestamp: datetime, handling: Handling) -> None:
        self.authority = data.authority
        self.definition = data.tool

    @classmethod
    def publish(cls, tool: ToolDefinition, *, authority: str | None, now: datetime) -> "Tool":
        """Publish a version.

        Raises:
            Invalid: the tool contradicts itself, or lacks a floor that every tool has.
        """
        faults = tuple(_faults(tool))
        if faults:
            raise Invalid("the tool is not right; nothing was stored", faults)
        data = ToolPublished(authority=authority, tool=tool)
        return cls._create(
            cls.Published, id=new_record_id(), data=data, timestamp=now, handling="P"
        )


class Adoption(Record):
    """That an authority uses a version from a day on."""

    class Adopted(Record.Created):
        """It was adopted."""

        data: ToolAdopted

    @event(Adopted)
    def __init__(self, data: ToolAdopted, timestamp: datetime, handling: Handling) -> None:
        self.data = data

    @classmethod
    def adopt(cls, tool: Tool, *, authority: str | None, since: date, now: datetime) -> "Adoption":
        """Use a version from a day on."""
        data = ToolAdopted(
            authority=authority,
            tool_id=tool.id,
            instrument=tool.definition.instrument,
            version=tool.definition.version,
            since=since,
        )
        return cls._create(cls.Adopted, id=new_record_id(), data=data, timestamp=now, handling="P")


FLOOR_AGE = 13
"""No child under 13 is assessed at the lowest level where behaviours indicate risk (resource pack,
introduction to the screening tool). A version without this floor is refused."""


def _faults(tool: ToolDefinition) -> Iterator[Fault]:
    yield from _form_faults(tool)
    columns = [column.code for column in tool.columns]
    groups = [group.code for group in tool.groups]
    codes = [indicator.code for group in tool.groups for indicator in group.indicators]
    levels = [level.code for level in tool.levels]
    if len(levels) < 2:  # noqa: PLR2004 (one level is no assessment)
        yield Fault("/levels", "a tool has at least two levels, the least serious first")
    if tool.below_age_with_additional_needs < tool.below_age:
        yield Fault("/below_age_with_additional_needs", "this is less than below_age")
    for number, rule in enumerate(tool.rules):
        yield from _rule_faults(f"/rules/{number}", rule, columns, groups, codes, levels)
    if not any(_protects(r) and (r.when.age_below or 0) >= FLOOR_AGE for r in tool.rules):
        yield Fault("/rules", f"every tool has a floor for children under {FLOOR_AGE}")
    if not any(_protects(r) and r.when.learning_disability for r in tool.rules):
        yield Fault("/rules", "every tool has a floor for children with a learning disability")


def _form_faults(tool: ToolDefinition) -> Iterator[Fault]:
    """What is wrong with the form itself: its columns, groups and codes."""
    columns = [column.code for column in tool.columns]
    for pointer, names in (
        ("/columns", columns),
        ("/groups", [group.code for group in tool.groups]),
        ("/groups", [found.code for group in tool.groups for found in group.indicators]),
        ("/levels", [level.code for level in tool.levels]),
        ("/rules", [rule.code for rule in tool.rules]),
    ):
        if any(count > 1 for count in Counter(names).values()):
            yield Fault(pointer, "a code is used twice")
    for number, group in enumerate(tool.groups):
        if not group.columns or not set(group.columns) <= set(columns):
            yield Fault(f"/groups/{number}/columns", "name columns of this tool, at least one")
        if not group.indicators:
            yield Fault(f"/groups/{number}/indicators", "a group has indicators")


def _protects(rule: Rule) -> bool:
    """Whether a floor speaks whenever an indicator of its groups is ticked."""
    when = rule.when
    narrowed = when.columns or when.not_ticked_in or when.levels
    return rule.kind == "floor" and bool(when.ticked_in) and not narrowed


def _rule_faults(
    pointer: str,
    rule: Rule,
    columns: list[str],
    groups: list[str],
    codes: list[str],
    levels: list[str],
) -> Iterator[Fault]:
    when: When = rule.when
    for name, given, known in (
        ("columns", when.columns, columns),
        ("ticked_in", when.ticked_in, groups),
        ("not_ticked_in", when.not_ticked_in, groups),
        ("ticked", when.ticked, codes),
        ("levels", when.levels, levels),
    ):
        if not set(given) <= set(known):
            yield Fault(f"{pointer}/when/{name}", "this tool has no such code")
    if rule.level is not None and rule.level not in levels:
        yield Fault(f"{pointer}/level", "this tool has no such level")
    if rule.kind == "floor" and rule.level is None:
        yield Fault(f"{pointer}/level", "say which level is the lowest allowed")
    if rule.kind != "obligation" and when.levels:
        yield Fault(f"{pointer}/when/levels", "a floor or prompt speaks before the level is given")
    if (rule.kind == "obligation") != (rule.obligation is not None):
        yield Fault(f"{pointer}/obligation", "an obligation says what it obliges to; no other does")
    within = rule.within
    if within is not None and (within.days is None) == (within.working_days is None):
        yield Fault(f"{pointer}/within", "give days or working_days")
