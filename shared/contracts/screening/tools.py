"""Screening tools: every version of one, word for word, and which authority uses it from when.

A tool is data. What its authors say (indicators, levels, actions) stands as they wrote it; a rule
says where it is from. There is no score: a rule looks at which indicators are ticked, never at how
many.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.registry import EVENTS, EventData

RuleKind = Literal["floor", "prompt", "obligation"]
"""`floor`: no lower level may be given. `prompt`: something to consider, perhaps a level; below it
takes a rationale, above it nothing. `obligation`: something must, or should, now be done."""

Obligation = Literal[
    "action", "referral-or-discussion", "strategy-meeting", "protection-plan", "panel-list",
    "review",
]  # fmt: skip
"""What a screening can oblige to. Each is closed by an act of its own (`obligations`)."""


class Indicator(Struct, frozen=True, kw_only=True):
    """One line of the form.

    Attributes:
        code: stays the same from version to version while it asks for the same thing.
        wording: exactly as printed.
    """

    code: str
    wording: str


class IndicatorGroup(Struct, frozen=True, kw_only=True):
    """A table of the form.

    Attributes:
        code: `significant`, `medium`, `vulnerability`.
        columns: the codes of the columns in which one of its indicators can be ticked.
    """

    code: str
    title: str
    columns: tuple[str, ...]
    indicators: tuple[Indicator, ...]


class Column(Struct, frozen=True, kw_only=True):
    """A column of the form, with the words above it."""

    code: str
    label: str


class Level(Struct, frozen=True, kw_only=True):
    """A level that the professional may give.

    Attributes:
        description: exactly as printed.
        actions: what its authors say is to follow, exactly as printed.
    """

    code: str
    title: str
    description: str
    actions: tuple[str, ...]


class When(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a rule speaks: everything given here holds.

    Attributes:
        age_below: the youngest credible age at the screening is less, or is not known.
        learning_disability: the form answers yes to its own question about it. That an indicator
            which also covers something else is ticked does not say so.
        ticked_in: an indicator of one of these groups is ticked.
        ticked: one of these indicators is ticked.
        columns: only ticks in these columns count; any, where none is named.
        not_ticked_in: no indicator of these groups is ticked.
        levels: the level given is one of these.
    """

    age_below: int | None = None
    learning_disability: bool = False
    ticked_in: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    not_ticked_in: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


class Within(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By when an obligation is to be met: so many days, or working days, after the screening."""

    days: int | None = None
    working_days: int | None = None


class Rule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule of a tool.

    Attributes:
        code: names it within the tool.
        says: the rule in a sentence, for whoever is told why.
        source: where it is from; `ours` with the decision record where it is not the authors'.
        level: a floor's lowest level; the level that a prompt points to, if it points to one.
        obligation: what an obligation obliges to.
        must: it must be done; else it should, and may be decided against for a reason.
        within: by when, where somebody set a time.
    """

    code: str
    kind: RuleKind
    when: When
    says: str
    source: str
    level: str | None = None
    obligation: Obligation | None = None
    must: bool = True
    within: Within | None = None


class ToolDefinition(Struct, frozen=True, kw_only=True):
    """One version of a tool.

    Attributes:
        instrument: which tool: `wm-cse-screening`. Its versions can be compared.
        verified: its wording was read at its source, all of it.
        below_age: it is for children younger than this.
        below_age_with_additional_needs: and, with additional needs, for those younger than this.
        levels: the least serious first.
    """

    instrument: str
    version: str
    title: str
    source: str
    verified: bool
    introduction: tuple[str, ...]
    below_age: int
    below_age_with_additional_needs: int
    columns: tuple[Column, ...]
    groups: tuple[IndicatorGroup, ...]
    levels: tuple[Level, ...]
    rules: tuple[Rule, ...]


@EVENTS.event_type("screening.tool-published.v1", aggregate="tool")
class ToolPublished(EventData, frozen=True, kw_only=True):
    """A version of a tool was published. It never changes: a change is another version.

    Attributes:
        authority: the agency that published it; none for those that come with the product.
    """

    authority: str | None
    tool: ToolDefinition


@EVENTS.event_type("screening.tool-adopted.v1", aggregate="adoption")
class ToolAdopted(EventData, frozen=True, kw_only=True):
    """An authority uses a version of a tool from a day on, until it adopts another.

    Attributes:
        authority: none where no authority has adopted anything: then this is used.
    """

    authority: str | None
    tool_id: UUID
    instrument: str
    version: str
    since: date
