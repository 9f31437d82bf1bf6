"""A child's view for a person at a terminal: who said it, when it happened, when we were told."""

import msgspec
from rich.box import HORIZONTALS
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.cli.showing_measures import fill_protecting
from services.cli.showing_referrals import fill_referrals
from services.cli.showing_screenings import fill_screenings
from services.cli.showing_standing import (
    alert_lines,
    fill_associates,
    fill_patterns,
    fill_statuses,
    length,
    standing_lines,
)
from services.cli.wording import (
    HOW,
    INTERVIEWERS,
    ROLES,
    UNREADABLE,
    names_in,
    person_in_words,
    print_as_of,
    thing_in_words,
    what_happened,
    when,
    written,
)
from services.mash.application import ChildAnswer
from services.mash.views.child import Beside, Episode
from services.mash.views.said import Said
from shared.contracts import missing


def print_child(answer: ChildAnswer, console: Console) -> None:
    """Print a child's view."""
    view = answer.view
    console.print(Panel(_heading(answer), title="Child", border_style="bold"))
    console.print(_statements(answer))
    for title, lines, fill in (
        ("Statuses", view.statuses, fill_statuses),
        ("Measures to protect the child", view.measures, fill_protecting),
        ("Referrals to children's social care", view.referrals, fill_referrals),
        ("What more than one episode has", view.patterns, fill_patterns),
        ("Known associates", view.associates, fill_associates),
    ):
        if lines:
            table = _table(title)
            fill(table, answer, lambda said: _by(said, answer))
            console.print(table)
    if view.episodes:
        console.print(_episodes(answer))
    if view.screenings.lines:
        console.print(_screenings(answer))
    if view.interviews:
        console.print(_interviews(answer))
    if view.voice:
        console.print(_voice(answer))
    for title, beside in (
        ("Places", view.places),
        ("People beside the child", view.people),
        ("Vehicles, phones, organisations", view.things),
    ):
        if beside:
            console.print(_beside(title, beside, answer))
    console.print(_chronology(answer))
    if answer.withheld:
        console.print(
            f"\n[bold]{answer.withheld} line{'s' if answer.withheld > 1 else ''} withheld[/]: "
            "handled with conditions by the agency whose information it is. Ask it."
        )
    print_as_of(answer.as_of, console)


def _heading(answer: ChildAnswer) -> Group:
    view = answer.view
    names = [name for statement in view.statements for name in names_in(statement.identity)]
    name = Text(names[0] if names else "Name not known", style="bold")
    also = list(dict.fromkeys(names[1:]))
    if also:
        name.append(f"   also: {', '.join(other for other in also if other != names[0])}", "none")
    lines = [name, Text(f"id {view.subject_id}", style="dim")]
    if answer.as_at is not None:
        lines.append(Text(f" AS KNOWN ON {when(answer.as_at)} ", style="bold white on blue"))
    if view.provisional:
        lines.append(Text("Provisional: this report is not linked to any known child yet."))
    lines += [
        Text(f" {now.concern.upper()} NOW since {when(now.since)} ", style="bold white on red")
        for now in view.missing_now
    ]
    if not view.missing_now:
        lines.append(Text("Not missing or absent, as far as is known."))
    lines.extend(alert_lines(answer))
    lines.extend(standing_lines(answer))
    for counts in answer.now.counts:
        absent = f", absent {counts.absent} times" if counts.absent else ""
        lines.append(
            Text(
                f"Last {counts.days} days: missing {counts.missing} times{absent}, "
                f"{counts.hours} hours away",
                style="dim",
            )
        )
    return Group(*lines)


def _statements(answer: ChildAnswer) -> Table:
    rows = [
        ("", escape(person_in_words(statement.identity)), statement.said)
        for statement in answer.view.statements
    ]
    return _told("Who the child is, as each agency says", rows, answer)


def _episodes(answer: ChildAnswer) -> Table:
    table = _table("Episodes")
    for episode in answer.view.episodes:
        table.add_row(*_episode(episode, answer))
    return table


def _episode(episode: Episode, answer: ChildAnswer) -> list[str]:
    until, said = "[bold]not back yet[/]", []
    last: Said | None = None
    if episode.current is not None:
        report = episode.current.report
        last = episode.current.said
        risk = f", risk {report.risk.level} (scheme {report.risk.scheme})" if report.risk else ""
        if report.risk is None and report.risk_scheme is not None:
            risk = f", no level under scheme {report.risk_scheme}"
        by = f" (by {report.definition})" if report.definition is not None else ""
        said.append(f"{report.concern}{by} from {report.missing_from}{risk}")
        said.append(
            f"at risk of exploitation: {report.at_risk_of_exploitation.replace('_', ' ')}; "
            f"known to social care: {report.known_to_social_care.replace('_', ' ')}"
        )
        if (content := report.narrative.opened) is not None:
            narrative = msgspec.json.decode(content, type=missing.ReportNarrative)
            said.append(narrative.circumstances)
            said += [
                f"{asked.question.replace('_', ' ')}: {asked.answer}"
                for asked in narrative.questions
            ]
        else:
            said.append(UNREADABLE[report.narrative.state])
        if episode.earlier:
            said.append(f"(version {report.report_version} of the report)")
    if episode.returned is not None:
        returned = episode.returned.returned
        last = episode.returned.said
        until = f"to {when(returned.returned_at)}\n{HOW[returned.how]}"
        if (content := returned.narrative.opened) is not None:
            told = msgspec.json.decode(content, type=missing.ReturnNarrative)
            said += [text for text in (told.circumstances, told.harm) if text is not None]
    since = when(episode.current.report.missing_since) if episode.current else "never reported"
    for duration in answer.now.durations:
        if duration.episode_id == episode.episode_id:
            until += f"\n[dim]{length(duration.minutes)}{' so far' if duration.still else ''}[/]"
    assert last is not None  # noqa: S101 (an episode has a report or a return)
    return [f"{since}\n{until}", escape("\n".join(said)), _by(last, answer)]


def _screenings(answer: ChildAnswer) -> Table:
    table = _table("Screenings for the risk of exploitation")
    fill_screenings(table, answer, lambda said: _by(said, answer))
    return table


def _interviews(answer: ChildAnswer) -> Table:
    table = _table("Return interviews")
    for line in answer.view.interviews:
        due = f"due {when(line.due_by)}" if line.due_by is not None else "no deadline yet"
        steps = [
            f"{name} {when(moment)}"
            for name, moment in (
                ("offered", line.offered_at),
                ("accepted", line.accepted_at),
                (f"declined by {line.declined_by}", line.declined_at),
                ("held", line.conducted_at),
                (f"given up ({line.given_up_why})", line.given_up_at),
                ("copied to social care", line.copied_at),
            )
            if moment is not None
        ]
        said = ["; ".join(steps) or "not offered yet"]
        if line.late:
            said.append("[bold]late[/]")
        if (whose := INTERVIEWERS.get(line.interviewer_from or "")) is not None:
            said.append(f"held by {whose}")
        if line.exploitation is not None:
            said.append(f"risk of exploitation as assessed: {line.exploitation}")
        if line.view is not None:
            said.append(escape(written(line.view)))
        if line.carer_information is not None:
            said.append(escape(f"carer: {written(line.carer_information)}"))
        provider = answer.agencies.get(line.provider or "", line.provider or "not allocated")
        if line.needs_action_now:
            due += "\n[bold white on red] needs action [/]"
        table.add_row(due, "\n".join(said), escape(provider))
    return table


def _voice(answer: ChildAnswer) -> Table:
    table = _table("The child's own words")
    for voice in answer.view.voice:
        table.add_row(
            when(voice.said.occurred_at),
            escape(written(voice.words)),
            _by(voice.said, answer),
        )
    return table


def _beside(title: str, lines: tuple[Beside, ...], answer: ChildAnswer) -> Table:
    away = {
        each.found: f"\n[bold]{each.metres / 1000:.1f} km from home[/]"
        for each in answer.found_away
    }
    rows = [
        (
            ROLES.get(line.named.role, line.named.role.replace("_", " ")),
            escape(thing_in_words(line.named.kind, line.named.details))
            + away.get(line.named.mention_id, ""),
            line.said,
        )
        for line in lines
    ]
    return _told(title, rows, answer)


def _told(title: str, rows: list[tuple[str, str, Said]], answer: ChildAnswer) -> Table:
    """A table of what was told, each thing once: versions of a report repeat most of it."""
    times_told: dict[tuple[str, str, str, str], list[Said]] = {}
    for first, text, said in rows:
        times_told.setdefault((first, text, said.agency, said.occurred_at), []).append(said)
    table = _table(title)
    for (first, text, _, occurred_at), told in times_told.items():
        by = _by(told[0], answer)
        if len(told) > 1:
            by += f"\n[dim]in {len(told)} reports[/]"
        table.add_row(first or when(occurred_at), text, by if not first else _of(told[0], by))
    return table


def _of(said: Said, by: str) -> str:
    """The same, with when it happened."""
    agency, _, rest = by.partition("\n")
    return f"{agency}\n[dim]of {when(said.occurred_at)}[/]\n{rest}"


def _chronology(answer: ChildAnswer) -> Table:
    table = _table("Chronology")
    for line in answer.view.chronology:
        table.add_row(when(line.said.occurred_at), what_happened(line), _by(line.said, answer))
    return table


def _by(said: Said, answer: ChildAnswer) -> str:
    """Who said it, and when we were told."""
    agency = escape(answer.agencies.get(said.agency, said.agency))
    return f"{agency}\n[dim]told {when(said.recorded_at)}[/]"


def _table(title: str) -> Table:
    """Three columns: when or as what; what was said; by whom."""
    table = Table(
        title=f"\n{title}", title_justify="left", title_style="bold", expand=True,
        show_header=False, show_lines=True, box=HORIZONTALS, padding=(0, 2, 0, 0),
    )  # fmt: skip
    table.add_column("", width=18, overflow="fold")
    table.add_column("", ratio=1, overflow="fold")
    table.add_column("", width=23, overflow="fold")
    return table
