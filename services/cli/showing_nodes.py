"""Perpetrators, places, things and networks for a person at a terminal."""

from collections.abc import Mapping

from rich.box import HORIZONTALS
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from services.cli.showing_measures import fill_measures
from services.cli.wording import ROLES, names_in, print_as_of, thing_in_words, when
from services.mash.application import NetworkAnswer, NodeAnswer
from services.mash.application.linked import Linked, LinkLine
from services.mash.application.network import Edge, NetworkNode
from services.mash.views.facts import Details
from services.mash.views.said import Said

TITLES = {
    "perpetrator": "Person named beside children",
    "place": "Place",
    "vehicle": "Vehicle",
    "phone": "Phone",
    "organisation": "Organisation",
}
SORT = {"perpetrator": "person", "child": "person"}
"""Kinds whose details are a person's."""


def print_node(answer: NodeAnswer, console: Console) -> None:
    """Print the view of somebody or something beside a child."""
    view = answer.view
    console.print(Panel(_heading(answer), title=TITLES[view.kind], border_style="bold"))
    console.print(_lines(answer))
    if view.measures:
        table = _table("What was done")
        fill_measures(
            table, view.measures, answer.in_force, lambda said: _by(said, answer.agencies)
        )
        console.print(table)
    for kind, title in (
        ("child", "Children in the same reports"),
        ("perpetrator", "Said to exploit, in the same reports"),
        ("person", "Others in the same reports"),
        ("place", "Places"),
        ("vehicle", "Vehicles"),
        ("phone", "Phones"),
        ("organisation", "Organisations"),
    ):
        if found := [one for one in answer.linked if one.kind == kind]:
            console.print(_linked(title, found, answer))
    if answer.maybe_same:
        console.print(_alike(answer))
    _ending(answer.withheld, answer.as_of, console)


def _heading(answer: NodeAnswer) -> Group:
    view = answer.view
    sort = SORT.get(view.kind, view.kind)
    newest = next((line.details for line in view.lines if line.details.opened), None)
    title = "not described" if newest is None else thing_in_words(sort, newest)
    if view.kind == "perpetrator":
        names = [name for line in view.lines for name in names_in(line.details)]
        title = ", ".join(dict.fromkeys(names)) or "nobody has a name for them"
    lines = [Text(title, style="bold"), Text(f"id {view.subject_id}", style="dim")]
    if answer.as_at is not None:
        lines.append(Text(f" AS KNOWN ON {when(answer.as_at)} ", style="bold white on blue"))
    if view.kind == "perpetrator" and not view.named:
        lines.append(Text("Known, and not yet named.", style="bold"))
    if view.kind == "perpetrator":
        said = f"Said to exploit in {view.suspected} of them." if view.suspected else (
            "No report says that this person exploits anybody."
        )  # fmt: skip
        lines.append(Text(f"In {_reports(len(view.appearances) + view.older)}. {said}"))
    if view.provisional:
        lines.append(Text("Provisional: this report is not linked to any other yet."))
    if answer.licensed:
        lines.append(Text("Licensed, as reported: licensing can act."))
    lines += [
        Text(f"Grid {place.easting}, {place.northing}; local authority {place.authority}", "dim")
        for place in {(p.easting, p.northing): p for p in answer.located}.values()
    ]
    lines.append(Text(f"Spoken of from {when(view.first)} to {when(view.last)}", style="dim"))
    return Group(*lines)


def _lines(answer: NodeAnswer) -> Table:
    table = _table("What each report says")
    links = {link.mention_id: link for link in answer.links}
    sort = SORT.get(answer.view.kind, answer.view.kind)
    for line in answer.view.lines:
        said = escape(thing_in_words(sort, line.details))
        link = links.get(line.mention_id)
        if link is not None:
            said += f"\n[dim]{_how(link, line.said)}[/]"
        table.add_row(_role(line.role), said, _by(line.said, answer.agencies))
    return table


def _how(link: LinkLine, said: Said) -> str:
    """How it was decided that this is the one."""
    if link.reason == "identified":
        then = " (told before: as then known)" if said.recorded_at < link.decided_at else ""
        rests = ", ".join(link.basis)
        return f"identified on {when(link.decided_at)}, {link.confidence}: {rests}{then}"
    if link.by == "person":
        return f"linked by a person on {when(link.decided_at)}: {link.reason}"
    if link.matched_on:
        return f"linked by the rule {link.who}: {', '.join(link.matched_on)}"
    return "the first report of it"


def _linked(title: str, found: list[Linked], answer: NodeAnswer) -> Table:
    table = _table(title)
    for one in found:
        sort = SORT.get(one.kind, one.kind)
        told = "\n".join(escape(_in_words(sort, details)) for details in one.told)
        roles = sorted({_role(line.there) for line in one.reports if line.there is not None})
        newest = one.reports[0].said
        by = f"in {_reports(len(one.reports))}\n[dim]last {when(newest.occurred_at)}[/]"
        agencies = {answer.agencies.get(line.said.agency, line.said.agency): 0
                    for line in one.reports}  # fmt: skip
        belongs = "\n[dim]belongs to[/]" if any(line.belongs for line in one.reports) else ""
        table.add_row(
            ", ".join(roles) + belongs,
            f"{told}\n[dim]id {one.subject_id}[/]",
            f"{by}\n[dim]{escape(', '.join(agencies))}[/]",
        )
    return table


def _alike(answer: NodeAnswer) -> Table:
    table = _table("Possibly the same: nobody has decided")
    sort = SORT.get(answer.view.kind, answer.view.kind)
    for one in answer.maybe_same:
        told = "\n".join(escape(_in_words(sort, details)) for details in one.told)
        table.add_row(
            "\n".join(on.replace("-", " ") for on in one.on),
            f"{told}\n[dim]id {one.subject_id}[/]",
            "",
        )
    return table


def print_network(answer: NetworkAnswer, console: Console) -> None:
    """Print a network as a tree from its middle: each node once, by the shortest way to it."""
    edges: dict[int, list[tuple[int, Edge]]] = {}
    for edge in answer.edges:
        edges.setdefault(edge.one, []).append((edge.other, edge))
        edges.setdefault(edge.other, []).append((edge.one, edge))
    tree = Tree(_node(answer.nodes[0]))
    branches = {0: tree}
    # Nodes are in order of their distance, so a node is on the tree before those behind it.
    for number in range(len(answer.nodes)):
        for other, edge in edges.get(number, []):
            if other not in branches and number in branches:
                label = Group(_node(answer.nodes[other]), Text(_evidence(edge, answer), "dim"))
                branches[other] = branches[number].add(label)
    console.print(Panel(tree, title=f"Network, {answer.steps} steps", border_style="bold"))
    further = len(answer.edges) - (len(branches) - 1)
    if further > 0:
        console.print(f"{further} more edges join what is shown here.")
    if answer.more:
        console.print("There is more: only the nearest are shown.")
    _ending(answer.withheld, answer.as_of, console)


def _node(node: NetworkNode) -> Text:
    sort = SORT.get(node.kind, node.kind)
    words = "; ".join(dict.fromkeys(_in_words(sort, details) for details in node.told[:2]))
    kind = "said to exploit" if node.kind == "perpetrator" else node.kind
    text = Text(f"{kind}: ", style="bold").append(words or "not described", "none")
    if node.hub:
        text.append("  (stands with too many to go on from here)", "dim")
    return text


def _evidence(edge: Edge, answer: NetworkAnswer) -> str:
    newest = max(edge.evidence, key=lambda evidence: evidence.said.occurred_at)
    agencies = dict.fromkeys(
        answer.agencies.get(each.said.agency, each.said.agency) for each in edge.evidence
    )
    roles = " / ".join(_role(role) for role in newest.roles if role is not None)
    return (
        f"in {_reports(len(edge.evidence))} ({', '.join(agencies)}), last "
        f"{when(newest.said.occurred_at)}: {roles}"
    )


def _in_words(sort: str, details: Details) -> str:
    return thing_in_words("person" if sort == "person" else sort, details)


def _role(role: str) -> str:
    return ROLES.get(role, role.replace("_", " "))


def _reports(count: int) -> str:
    return "one report" if count == 1 else f"{count} reports"


def _by(said: Said, agencies: Mapping[str, str]) -> str:
    name = escape(agencies.get(said.agency, said.agency))
    return f"{name}\n[dim]of {when(said.occurred_at)}\ntold {when(said.recorded_at)}[/]"


def _ending(withheld: int, as_of: Mapping[str, int], console: Console) -> None:
    if withheld:
        lines = "one line" if withheld == 1 else f"{withheld} lines"
        console.print(
            f"\n[bold]{lines} withheld[/]: handled with conditions by the agency whose "
            "information it is. Ask it."
        )
    print_as_of(as_of, console)


def _table(title: str) -> Table:
    """Three columns: in what role; what was said; by whom."""
    table = Table(
        title=f"\n{title}", title_justify="left", title_style="bold", expand=True,
        show_header=False, show_lines=True, box=HORIZONTALS, padding=(0, 2, 0, 0),
    )  # fmt: skip
    table.add_column("", width=18, overflow="fold")
    table.add_column("", ratio=1, overflow="fold")
    table.add_column("", width=23, overflow="fold")
    return table
