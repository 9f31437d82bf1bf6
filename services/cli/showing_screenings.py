"""Screenings for a person at a terminal: level and day, what changed, what is to be done."""

from collections.abc import Callable
from datetime import datetime, timedelta

from rich.markup import escape
from rich.table import Table

from services.cli.wording import UNREADABLE, when, written
from services.mash.application import ChildAnswer
from services.mash.views.said import Said
from services.mash.views.screenings import ScreeningLine, Since
from shared.contracts import times
from shared.contracts.screening import Tick

DIRECTIONS = {
    "higher": "[bold]HIGHER[/] than",
    "lower": "lower than",
    "same": "the same as",
    "not-comparable": "not comparable with",
}
OBLIGATIONS = {
    "action": "action, and its outcome on record",
    "referral-or-discussion": "referral to, or discussion with, children's social care",
    "strategy-meeting": "strategy meeting",
    "protection-plan": "protection plan with actions about the perpetrators",
    "panel-list": "list for the multi-agency panel",
    "review": "screen again",
}


def fill_screenings(table: Table, answer: ChildAnswer, by: Callable[[Said], str]) -> None:
    """One row for each screening, the newest first."""
    for line in answer.view.screenings.lines:
        day = times.in_london(line.completed_at).strftime("%-d %b %Y")
        level = f"level {line.level} on {day}"
        if line.overridden_from is not None:
            level += f"\n(first {line.overridden_from})"
        said = [*_ticked(line, day)]
        if line.since is not None:
            said.append(_changed(line.since, answer))
        if line.judgement is not None and line.judgement.opened is None:
            said.append(UNREADABLE[line.judgement.state])
        if line.override_rationale is not None:
            said.append(f"level changed: {escape(written(line.override_rationale))}")
        if line.advised_level is not None and line.advised_level != line.level:
            said.append(f"the tool pointed to {line.advised_level}")
        for one in line.open:
            due = f", due by {by_when(one.due_by)}" if one.due_by is not None else ""
            late = " [bold white on red] late [/]" if one.late else ""
            verb = "must" if one.must else "should"
            said.append(
                f"open ({verb}): {OBLIGATIONS.get(one.obligation, one.obligation)}{due}{late}"
            )
        said += [
            f"done: {OBLIGATIONS.get(one.obligation, one.obligation)} "
            f"({one.by.replace('-', ' ')} {when(one.said.occurred_at)})"
            for one in line.done
        ]
        amended = f"\n[dim]amended {when(line.amended_at)}[/]" if line.amended_at else ""
        table.add_row(
            level, "\n".join(said), f"{by(line.said)}\n[dim]tool {line.version}[/]{amended}"
        )
    table.caption = answer.view.screenings.note
    table.caption_justify = "left"


def by_when(due_by: datetime) -> str:
    """A deadline as people say it: a day's last moment is the end of that day."""
    local = times.in_london(due_by)
    if (local.hour, local.minute) != (0, 0):
        return when(due_by)
    return f"the end of {(local - timedelta(days=1)).strftime('%-d %b %Y')}"


def _ticked(line: ScreeningLine, day: str) -> list[str]:
    """The significant indicators word for word with their columns; of the others the words."""
    said = [
        f"{tick.code} {escape(tick.wording)} [dim]({_columns(line, tick, day)})[/]"
        for tick in line.ticks
        if tick.group == "significant"
    ]
    for group in dict.fromkeys(tick.group for tick in line.ticks if tick.group != "significant"):
        words = "; ".join(
            f"{tick.code} {escape(tick.wording)}" for tick in line.ticks if tick.group == group
        )
        said.append(f"[dim]{group}:[/] {words}")
    return said or ["nothing ticked"]


def _columns(line: ScreeningLine, tick: Tick, day: str) -> str:
    labels = [line.columns.get(code, code).rstrip(":").lower() for code in tick.columns]
    return f"as of {day}: {'; '.join(labels)}"


def _changed(since: Since, answer: ChildAnswer) -> str:
    day = times.in_london(since.completed_at).strftime("%-d %b %Y")
    parts = [
        f"{label} {', '.join(codes)}"
        for label, codes in (
            ("newly ticked", since.newly_ticked),
            ("no longer ticked", since.no_longer_ticked),
            ("in other columns", since.other_columns),
        )
        if codes
    ]
    other = "" if since.same_version else " (another version of the tool: not all was asked before)"
    changed = f": {'; '.join(parts)}" if parts else ""
    by = escape(answer.agencies.get(since.agency, since.agency))
    return f"since {day} ({by}): level {DIRECTIONS[since.direction]} {since.level}{changed}{other}"
