"""The commands. Each says what it does, with an example, by `--help`."""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.text import Text

from services.cli.alerting import alerts_app
from services.cli.backup import commands as backup_commands
from services.cli.exporting_annex import export_app
from services.cli.importing.command import import_file
from services.cli.parking import commands as parked_commands
from services.cli.people import PERSONAS
from services.cli.reference import loading_behind, reference_app
from services.topology import SERVICES

app = typer.Typer(
    name="throughline",
    help="Information sharing for children who go missing or are exploited.\n\n"
    "Example: `throughline demo` starts everything and plays a story.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
show_app = typer.Typer(
    no_args_is_help=True,
    help="Show what the views hold.\n\nExample: `throughline show child 7d9f0c4e-...`",
)
app.add_typer(show_app, name="show")
app.add_typer(reference_app, name="reference")
app.add_typer(alerts_app, name="alerts")
app.add_typer(export_app, name="export")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

Folder = Annotated[
    Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
]
DATA = Path("data")
Persona = Annotated[str, typer.Option("--as", help=f"Who looks. One of: {', '.join(PERSONAS)}.")]
AsAt = Annotated[
    str | None,
    typer.Option("--as-at", help="As it was known at this moment.", metavar="2026-11-24T09:00:00Z"),
]


def main() -> None:
    """Run a command; a fault that we know of ends in one sentence, not in a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    try:
        app(prog_name="throughline")
    except Exception as reason:
        sentence = _sentence(reason)
        if sentence is None:
            raise
        errors.print("[bold red]throughline:[/]", Text(sentence), soft_wrap=True)
        sys.exit(1)


def _sentence(reason: Exception) -> str | None:
    """What to say of a fault that whoever runs the command can do something about."""
    # Imported here: only who fails pays for it.
    from services.cli.backup.manifest import BackupError  # noqa: PLC0415
    from services.cli.importing.access import NotSent  # noqa: PLC0415
    from services.cli.importing.rows import BadFile  # noqa: PLC0415
    from services.cli.installation import NotReady  # noqa: PLC0415
    from services.cli.reading import NotShown  # noqa: PLC0415
    from shared.contracts.refusals import Refused  # noqa: PLC0415
    from shared.embedded import EmbeddedError  # noqa: PLC0415
    from shared.web.settings import SettingsError  # noqa: PLC0415

    servers = EmbeddedError | NotReady | SettingsError
    known = servers | BackupError | BadFile | NotSent | NotShown | Refused
    if isinstance(reason, known):
        return str(reason)
    if isinstance(reason, OSError) and reason.filename is not None:
        return f"{reason.filename} cannot be used: {reason.strerror}"
    return None


def _interrupted(number: int, _frame: object) -> None:
    # Once is enough: everything is being stopped in order, and a second signal would leave some.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


@app.command()
def up(
    data: Folder = DATA,
    *,
    fixed_ports: Annotated[
        bool, typer.Option("--fixed-ports", help="Listen on 8101, 8102, ... instead of free ports.")
    ] = False,
) -> None:
    """Start everything on this machine, and keep it running until Ctrl-C.

    Example: `throughline up --data /srv/throughline --fixed-ports`
    """
    from services.cli.installation import Installation  # noqa: PLC0415

    with Installation(data, fixed_ports=fixed_ports, tell=_tell) as installation:
        console.print("Ready:")
        for name, address in installation.addresses.items():
            console.print(f"  {name:<12} {address}/openapi.json", soft_wrap=True)
        console.print(
            f"Everything is kept in {installation.folder}. Ctrl-C stops it.", soft_wrap=True
        )
        with loading_behind(installation.folder, installation.log_of("reference")):
            _wait()


@app.command()
def serve(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(SERVICES)}.")],
    settings: Annotated[Path, typer.Option(help="Its settings file.")],
    *,
    attached: Annotated[bool, typer.Option("--attached", hidden=True)] = False,
) -> None:
    """Run one service, as `up` does for each.

    Example: `throughline serve missing --settings data/settings/missing.json`
    """
    from services.cli.serve import serve as run  # noqa: PLC0415

    if name not in SERVICES:
        raise typer.BadParameter(f"there is no service {name}; there are {', '.join(SERVICES)}")
    run(name, settings, attached=attached)


@app.command()
def demo(
    data: Folder = DATA,
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Check what was shown, stop everything, and exit 0 if it is right."
        ),
    ] = False,
) -> None:
    """Play the story through the real interfaces and show the child's view.

    Everybody in it is invented. With `--check` it is played in a folder of its own, which is
    removed. Examples: `throughline demo`, `throughline demo --check`
    """
    from services.cli.demo import play  # noqa: PLC0415

    play(data, check=check, tell=_tell, console=console, wait=_wait)


@app.command()
def token(
    persona: Annotated[str, typer.Argument(help=f"One of: {', '.join(PERSONAS)}.")],
    data: Folder = DATA,
    minutes: Annotated[int, typer.Option(min=1, max=720, help="How long it is valid.")] = 60,
) -> None:
    """Print a signed token for somebody of the demonstration.

    Example: `curl -H "Authorization: Bearer $(throughline token mash-worker)" ...`
    """
    from services.cli.reading import token_for  # noqa: PLC0415

    if persona not in PERSONAS:
        raise typer.BadParameter(f"there is no {persona}; there are {', '.join(PERSONAS)}")
    print(token_for(data, persona, lifetime_seconds=minutes * 60))


@show_app.command("child")
def show_child(
    child: Annotated[UUID, typer.Argument(help="The child's id, or a mention's.")],
    data: Folder = DATA,
    persona: Annotated[
        str, typer.Option("--as", help=f"Who looks. One of: {', '.join(PERSONAS)}.")
    ] = "mash-worker",
    as_at: AsAt = None,
) -> None:
    """Show a child's consolidated view. That you looked is recorded first.

    Examples: `throughline show child 7d9f0c4e-... --as mash-worker`, `throughline show child
    7d9f0c4e-... --as-at 2026-11-24T09:00:00Z`
    """
    from services.cli.reading import child_answer  # noqa: PLC0415
    from services.cli.showing import print_child  # noqa: PLC0415

    if persona not in PERSONAS:
        raise typer.BadParameter(f"there is no {persona}; there are {', '.join(PERSONAS)}")
    print_child(child_answer(data, child, persona, as_at), console)


@app.command()
def status(
    data: Folder = DATA,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Again every second, until Ctrl-C.")
    ] = False,
) -> None:
    """How every service is doing, how far it is behind, and what to do.

    Exits 1 when something needs a person. Example: `throughline status --watch`
    """
    from services.cli.status import conditions, print_status  # noqa: PLC0415

    while True:
        found = conditions(data)
        if watch:
            console.clear()
        print_status(found, console)
        if not watch:
            sys.exit(0 if all(c is not None and not c.advice for c in found.values()) else 1)
        time.sleep(1)


@show_app.command("perpetrator")
def show_perpetrator(
    subject: Annotated[UUID, typer.Argument(help="The person's id, or a mention's.")],
    data: Folder = DATA,
    persona: Persona = "mash-worker",
    as_at: AsAt = None,
) -> None:
    """Show somebody whom reports name beside children, named or not yet. Recorded first.

    Example: `throughline show perpetrator 7d9f0c4e-... --as-at 2026-11-24T09:00:00Z`
    """
    _show_node("perpetrators", subject, data, persona, as_at)


@show_app.command("place")
def show_place(
    subject: Annotated[UUID, typer.Argument(help="The place's id, or a mention's.")],
    data: Folder = DATA,
    persona: Persona = "mash-worker",
    as_at: AsAt = None,
) -> None:
    """Show a place: what happened there, and who was there. Recorded first.

    Example: `throughline show place 7d9f0c4e-...`
    """
    _show_node("places", subject, data, persona, as_at)


@show_app.command("vehicle")
def show_vehicle(
    subject: Annotated[UUID, typer.Argument(help="The vehicle's id, or a mention's.")],
    data: Folder = DATA,
    persona: Persona = "mash-worker",
    as_at: AsAt = None,
) -> None:
    """Show a vehicle: what each report says of it, and who was in it. Recorded first.

    Example: `throughline show vehicle 7d9f0c4e-...`
    """
    _show_node("vehicles", subject, data, persona, as_at)


@show_app.command("phone")
def show_phone(
    subject: Annotated[UUID, typer.Argument(help="The phone's id, or a mention's.")],
    data: Folder = DATA,
    persona: Persona = "mash-worker",
    as_at: AsAt = None,
) -> None:
    """Show a phone: who is said to use it. Recorded first.

    Example: `throughline show phone 7d9f0c4e-...`
    """
    _show_node("phones", subject, data, persona, as_at)


@show_app.command("network")
def show_network(
    subject: Annotated[UUID, typer.Argument(help="Anybody's or anything's id.")],
    data: Folder = DATA,
    steps: Annotated[int, typer.Option(min=1, max=4, help="How far out.")] = 2,
    persona: Persona = "mash-worker",
    as_at: AsAt = None,
) -> None:
    """Show who and what stands together in reports, around anybody or anything. Recorded first.

    Example: `throughline show network 7d9f0c4e-... --steps 3`
    """
    from services.cli.reading import answer  # noqa: PLC0415
    from services.cli.showing_nodes import print_network  # noqa: PLC0415
    from services.mash.application import NetworkAnswer  # noqa: PLC0415

    _known(persona)
    asked = {"steps": str(steps)} | ({"as_at": as_at} if as_at is not None else {})
    found = answer(data, f"/network/{subject}", persona, shape=NetworkAnswer, params=asked)
    print_network(found, console)


def _show_node(path: str, subject: UUID, data: Path, persona: str, as_at: str | None) -> None:
    from services.cli.reading import answer  # noqa: PLC0415
    from services.cli.showing_nodes import print_node  # noqa: PLC0415
    from services.mash.application import NodeAnswer  # noqa: PLC0415

    _known(persona)
    asked = {"as_at": as_at} if as_at is not None else {}
    found = answer(data, f"/{path}/{subject}", persona, shape=NodeAnswer, params=asked)
    print_node(found, console)


def _known(persona: str) -> None:
    if persona not in PERSONAS:
        raise typer.BadParameter(f"there is no {persona}; there are {', '.join(PERSONAS)}")


@app.command()
def rebuild(
    data: Folder = DATA,
    *,
    switch_if_different: Annotated[
        bool,
        typer.Option(
            "--switch-if-different",
            help="Switch although the rows differ, as after a change of the folds.",
        ),
    ] = False,
    back: Annotated[
        bool, typer.Option("--back", help="Show the version from before the last switch again.")
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Do not go on with an unfinished rebuild.")
    ] = False,
    throttle: Annotated[
        int,
        typer.Option(
            min=5, max=100, help="Percent of the time to work, so that readers are served."
        ),
    ] = 100,
    workers: Annotated[
        int, typer.Option(min=0, max=64, help="Processes; 0: as many as there are processors.")
    ] = 0,
) -> None:
    """Fold every view anew from the archive, compare, and switch to it. Needs a running `up`.

    Live traffic goes on meanwhile. Killed at any point, it goes on from there when it is called
    again. Examples: `throughline rebuild`, `throughline rebuild --throttle 30`,
    `throughline rebuild --back`
    """
    from services.cli.rebuilding import run_back, run_rebuild  # noqa: PLC0415

    if back:
        schema = asyncio.run(run_back(data))
        console.print(f"Showing {schema} again, up to date.")
        return
    found = asyncio.run(
        run_rebuild(
            data,
            console,
            switch_if_different=switch_if_different,
            anew=anew,
            throttle=throttle / 100,
            workers=workers,
        )
    )
    console.print(f"{found.events} events, {found.rows} rows, digest {found.digest[:16]}…")
    if found.switched and not found.differing:
        console.print(f"Equal to the live rows. Now showing {found.schema}.")
    elif found.switched:
        console.print(
            f"{found.differing} rows differ from the live ones, as was expected. "
            f"Now showing {found.schema}; `throughline rebuild --back` shows the old ones again."
        )
    else:
        errors.print(
            f"[bold red]{found.differing or 'Some'} rebuilt rows differ[/] from the live ones "
            f"({found.live_digest[:16]}…). Nothing was switched. If the folds were changed, repeat "
            "with --switch-if-different."
        )
        for subject in found.examples:
            errors.print(f"  differs: {subject}")
        sys.exit(1)


# Here, and not above: `--help` lists commands in this order, and who is new starts something first.
app.command("import")(import_file)
backup_commands.add_to(app)
parked_commands.add_to(app)


def _tell(line: str) -> None:
    console.print(f"[dim]{line} …[/]")


def _wait() -> None:
    while True:
        time.sleep(3600)
