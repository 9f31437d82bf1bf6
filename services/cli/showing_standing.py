"""How a child stands with social care, and what repeats, for a person at a terminal."""

from collections.abc import Callable, Iterable

import msgspec
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from services.cli.wording import thing_in_words, when, written
from services.mash.application import ChildAnswer
from services.mash.rules import in_force
from services.mash.views.child.patterns import Seen
from services.mash.views.child.statuses import StatusLine
from services.mash.views.said import Said
from shared.contracts import intake

By = Callable[[Said], str]

KNOWN = {
    "now": "Known to children's social care: ",
    "before": "Known to children's social care before; nothing is in force today.",
    "not-told": "No authority has told whether the child is known to social care.",
}
KINDS = {
    "looked-after": "looked after",
    "child-protection-plan": "child protection plan",
    "child-in-need": "child in need",
    "allocated-worker": "allocated worker",
    "school": "school",
}
PATTERNS = {
    "weekday": "day of the week",
    "time-of-day": "time of day",
}  # fmt: skip


def standing_lines(answer: ChildAnswer) -> Iterable[Text]:
    """The first thing a worker needs: is the child known, to whom, and who is responsible."""
    standing = answer.now.standing
    says = [
        f"{words} ({_names(answer, authorities)})"
        for words, authorities in (
            ("looked after", standing.looked_after),
            ("child protection plan", standing.child_protection_plan),
            ("child in need", standing.child_in_need),
        )
        if authorities
    ]
    yield Text(KNOWN[standing.known] + "; ".join(says), style="bold" if says else "")
    for one in standing.responsible:
        accepted = "accepted" if one.how == "accepted" else f"as {_name(answer, one.said_by)} says"
        waiting = (
            f"; not accepted from {_name(answer, one.not_accepted_from)}"
            if one.not_accepted_from
            else ""
        )
        yield Text(
            f"Responsible ({_matter(one.matter)}): {_name(answer, one.authority)}, "
            f"{accepted}, since {one.since:%d %b %Y}{waiting}"
            + ("; its status has ended, and nobody else has accepted" if one.status_ended else "")
        )
    for request in answer.view.responsibility:
        if request.open:
            yield Text(
                f"{_name(answer, request.asked)} was asked {when(request.requested_at)} to take "
                f"responsibility ({_matter(request.matter)}); {_name(answer, request.held_by)} "
                "keeps it until they accept",
                style="yellow",
            )
    for host in standing.host:
        yield Text(
            f"Lives in the area of {_name(answer, host.authority)} since {host.since:%d %b %Y}"
        )
    for clock in answer.now.interviews:
        if clock.state == "overdue" and clock.due_by is not None:
            yield Text(
                f" RETURN INTERVIEW OVERDUE since {when(clock.due_by)}, by "
                f"{length(-(clock.minutes_left or 0))} ",
                style="bold white on red",
            )
        elif clock.minutes_left is not None and clock.due_by is not None:
            yield Text(
                f"Return interview due {when(clock.due_by)}, in {length(clock.minutes_left)}",
                style="yellow",
            )


def alert_lines(answer: ChildAnswer) -> Iterable[Text]:
    """What rules said that rests on this child's facts, and whether somebody looked."""
    for row in answer.alerts:
        rule = in_force().named(row.rule)
        said = f"ALERT: {rule.says if rule is not None else row.rule}"
        about = "" if row.subject_kind == "child" else f" ({row.subject_kind} {row.subject_id})"
        if row.acknowledged_at is not None:
            looked = f"looked at {when(row.acknowledged_at)}: {row.outcome}"
            yield Text(f"{said}{about} {looked}", style="dim")
            continue
        late = "NOBODY LOOKED IN TIME, " if row.escalated_at is not None else ""
        yield Text(f"{said}{about} {late}look by {when(row.answer_by)}", style="bold yellow")


def fill_statuses(table: Table, answer: ChildAnswer, by: By) -> None:
    """A row a status, the latest to begin first."""
    for line in answer.view.statuses:
        since = f"{line.since:%d %b %Y}\n" + (
            f"to {line.until:%d %b %Y}" if line.until is not None else "no end known"
        )
        table.add_row(since, escape("\n".join(_status(line, answer))), by(line.said))


def _status(line: StatusLine, answer: ChildAnswer) -> Iterable[str]:
    yield KINDS[line.kind] + (f"; withdrawn: {line.withdrawn}" if line.withdrawn else "")
    if (content := line.details.opened) is not None:
        details = msgspec.json.decode(content, type=intake.StatusDetails)
        codes = [
            f"{name} {value}"
            for name, value in (
                ("legal status", details.legal_status),
                ("placement", details.placement_type),
                ("category", details.category),
            )
            if value is not None
        ]
        if codes:
            yield "; ".join(codes)
        if details.notes:
            yield details.notes
    for named in (line.place, line.worker, line.school):
        if named is not None:
            yield thing_in_words(named.kind, named.details)
    if line.contact is not None:
        yield written(line.contact)
    if line.host is not None:
        yield f"in the area of {_name(answer, line.host)}"
    if len(line.history) > 1:
        yield f"({len(line.history)} accounts of it)"


def fill_patterns(table: Table, answer: ChildAnswer, by: By) -> None:
    """What more than one episode has, each with where it was seen."""
    for pattern in answer.view.patterns:
        table.add_row(
            PATTERNS.get(pattern.kind, pattern.kind),
            escape(f"{pattern.what}\nin {pattern.episodes} episodes"),
            _evidence(pattern.seen, by),
        )


def fill_associates(table: Table, answer: ChildAnswer, by: By) -> None:
    """People named with the child, once each, with everybody who named them."""
    for associate in answer.view.associates:
        table.add_row(
            "known associate",
            escape(associate.name or "name not known"),
            _evidence(associate.seen, by),
        )


def _evidence(seen: Iterable[Seen], by: By) -> str:
    return "\n".join(dict.fromkeys(by(one.said) for one in seen))


def length(minutes: int) -> str:
    """A length of time as a person says it."""
    if minutes < 90:  # noqa: PLR2004 (an hour and a half)
        return f"{minutes} minutes"
    if minutes < 48 * 60:
        return f"{round(minutes / 60)} hours"
    return f"{round(minutes / 60 / 24)} days"


def _matter(matter: intake.Matter) -> str:
    return KINDS.get(matter, matter.replace("-", " "))


def _names(answer: ChildAnswer, codes: Iterable[str]) -> str:
    return ", ".join(_name(answer, code) for code in codes)


def _name(answer: ChildAnswer, code: str) -> str:
    return answer.agencies.get(code, code)
