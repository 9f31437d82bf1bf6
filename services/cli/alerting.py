"""`throughline alerts`: what waits for somebody to look, and what a rule would have said."""

import asyncio
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from services.cli.people import PERSONAS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.cli.progress import Told
    from services.mash.application import WouldHaveSaid
    from services.mash.rules import AnyRule

console = Console(highlight=False)
alerts_app = typer.Typer(
    no_args_is_help=True,
    help="Alerts, and the rules that raise them.\n\nExample: `throughline alerts list`",
)
Folder = Annotated[
    Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
]
DATA = Path("data")
CONNECT_SECONDS = 5.0


@alerts_app.command("list")
def list_alerts(
    authority: Annotated[
        str | None,
        typer.Option(help="For this council, and those of which nobody knows for whom they are."),
    ] = None,
    data: Folder = DATA,
    persona: Annotated[
        str, typer.Option("--as", help=f"Who looks. One of: {', '.join(PERSONAS)}.")
    ] = "mash-worker",
) -> None:
    """Alerts that wait for somebody, the most pressing first. That you looked is recorded first.

    Example: `throughline alerts list --authority northvale-council`
    """
    from services.cli.reading import answer  # noqa: PLC0415
    from services.cli.wording import when  # noqa: PLC0415
    from services.mash.application import AlertsAnswer  # noqa: PLC0415

    if persona not in PERSONAS:
        raise typer.BadParameter(f"there is no {persona}; there are {', '.join(PERSONAS)}")
    asked = {"authority": authority} if authority is not None else {}
    found = answer(data, "/alerts", persona, shape=AlertsAnswer, params=asked)
    if not found.alerts:
        console.print("No alert waits for anybody.")
    here = "" if data == DATA else f" --data {shlex.quote(str(data))}"
    for row in found.alerts:
        late = " [bold white on red] nobody looked in time [/]" if row.escalated_at else ""
        whose = ", ".join(row.authorities) or "whoever takes it: no council is known"
        console.print(f"[bold]{escape(found.says.get(row.rule, row.rule))}[/]{late}")
        console.print(
            f"  {row.rule} version {row.rule_version}, happened {when(row.happened_at)}, "
            f"look by {when(row.answer_by)}; for {whose}",
            soft_wrap=True,
        )
        console.print(
            f"  alert {row.alert_id}: throughline show {row.subject_kind} {row.subject_id}{here}",
            soft_wrap=True,
        )


@alerts_app.command("try")
def try_rules(
    rule: Annotated[
        str | None, typer.Argument(help="A rule by its name; all of them where none is given.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(help="A file of rules to try instead of those in force.", metavar="FILE"),
    ] = None,
    data: Folder = DATA,
) -> None:
    """How often rules would have spoken over all that is stored, month by month. Raises nothing.

    Numbers only, and nobody's id. The file has the form of `GET /alerts/rules`. Needs a running
    `up`. Examples: `throughline alerts try`,
    `throughline alerts try repeat-episodes --rules two-episodes.json`
    """
    from services.cli.progress import progress_on  # noqa: PLC0415

    chosen = _chosen(rule, rules)
    with progress_on(console) as told:
        found = asyncio.run(tried(data, chosen, told))
    for one, raised in found:
        months = ", ".join(f"{month}: {count:,}" for month, count in one.by_month.items())
        console.print(
            f"[bold]{one.rule.name}[/] version {one.rule.version}: {one.signals:,} alerts about "
            f"{one.subjects:,} of {one.asked:,} children, places and things; {raised:,} were raised"
            " by any version of it",
            soft_wrap=True,
        )
        if months:
            console.print(f"  {months}", soft_wrap=True)


def _chosen(name: str | None, file: Path | None) -> "list[AnyRule]":
    import msgspec  # noqa: PLC0415

    from services.mash.rules import in_force, read  # noqa: PLC0415

    try:
        known = read(file.read_bytes()) if file is not None else in_force()
    except msgspec.DecodeError as reason:
        raise typer.BadParameter(f"{file} is no file of rules: {reason}") from None
    chosen = [each for each in known.rules if name is None or each.used.name == name]
    if not chosen:
        there = ", ".join(each.used.name for each in known.rules)
        raise typer.BadParameter(f"there is no rule {name}; there are {there}")
    return chosen


async def tried(
    data: Path, rules: "Sequence[AnyRule]", told: "Told"
) -> "list[tuple[WouldHaveSaid, int]]":
    """What each of these rules would have said of an installation, and how often it has spoken.

    Args:
        told: is told how far it is.

    Raises:
        NotShown: nothing was ever started in this folder, or nothing runs there.
        Unavailable: the views do not answer.
    """
    import asyncpg  # noqa: PLC0415

    from services.cli.reading import NotShown, addresses  # noqa: PLC0415
    from services.mash.application import RuleReader  # noqa: PLC0415
    from services.mash.store.alerts import AlertList  # noqa: PLC0415
    from shared.reference.gazetteer import Gazetteer  # noqa: PLC0415
    from shared.vault.keys import DOWN  # noqa: PLC0415
    from shared.web.settings import read_settings  # noqa: PLC0415

    addresses(data)
    settings = read_settings(data / "settings" / "mash.json")
    places = Gazetteer(settings.reference_url)
    try:
        async with asyncpg.create_pool(
            settings.database_url, min_size=1, max_size=2, timeout=CONNECT_SECONDS
        ) as pool:
            reader, listed = RuleReader(pool, places), AlertList(pool)
            found = []
            for rule in rules:
                name = rule.used.name
                said = await reader.would_have_said(rule, progress=partial(told, name))
                found.append((said, await listed.raised_by(name)))
            return found
    except DOWN:
        raise NotShown(
            f"the databases of {data} do not answer: start them with `throughline up --data {data}`"
        ) from None
    finally:
        await places.close()
