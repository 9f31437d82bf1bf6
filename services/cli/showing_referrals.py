"""Referrals for a person at a terminal: what is to be decided by when, and what was."""

from collections.abc import Callable, Iterator

from rich.markup import escape
from rich.table import Table

from services.cli.wording import when, written
from services.mash.application import ChildAnswer
from services.mash.views.child import ReferralLine
from services.mash.views.said import Said

ORIGINS = {
    "screening": "a screening",
    "interview": "a return interview",
    "missing-report": "a missing report",
    "professional": "a professional",
}


def fill_referrals(table: Table, answer: ChildAnswer, by: Callable[[Said], str]) -> None:
    """A row for each referral, the newest first."""
    for line in answer.view.referrals:
        rating = f"\n[bold]{line.rating.upper()}[/]" if line.rating is not None else ""
        state = line.state.replace("-", " ")
        table.add_row(f"{state}{rating}", "\n".join(_lines(line, answer)), by(line.said))


def _lines(line: ReferralLine, answer: ChildAnswer) -> Iterator[str]:
    council = answer.agencies.get(line.council or "", line.council or "whoever takes it")
    if line.origin is not None:
        level = f", level {line.level}" if line.level is not None else ""
        yield f"from {ORIGINS[line.origin]}{level}, to {escape(council)}"
    if line.immediate:
        yield "[bold]immediate: risk to life or of serious harm[/]"
    if line.words.state != "absent":
        yield escape(written(line.words))
    if line.state == "open" and line.due_by is not None:
        over = answer.now.at > line.due_by
        said = f"to be decided by {when(line.due_by)}"
        yield f"[bold white on red] OVERDUE: {said} [/]" if over else said
    if line.decided_at is not None and line.state == "decided":
        late = "" if line.in_time else " (late)"
        actions = ", ".join(action.replace("-", " ") for action in line.actions)
        yield f"decided {when(line.decided_at)}{late}: [bold]{actions}[/]"
        yield escape(written(line.decision))
        told = f"told {when(line.told_at)}" if line.told_at is not None else "not told yet"
        yield f"whoever referred was {told}"
    for agency, share in line.shared:
        name = escape(answer.agencies.get(agency, agency))
        yield f"decided {'to share' if share else 'not to share'} with {name}"
