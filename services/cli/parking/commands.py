"""`throughline parked` and `throughline parked replay`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

Folder = Annotated[
    Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
]
DATA = Path("data")
console = Console(highlight=False)

parked_app = typer.Typer(
    invoke_without_command=True,
    help="List the events that could not be read or dealt with, and try them again.\n\n"
    "Exits 1 when there are any. Examples: `throughline parked`, `throughline parked replay`",
)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(parked_app, name="parked")


@parked_app.callback()
def parked(context: typer.Context, data: Folder = DATA) -> None:
    """List what was put aside, and why."""
    if context.invoked_subcommand is not None:
        return
    from services.cli.parking.asking import print_aside, put_aside  # noqa: PLC0415

    aside, silent = put_aside(data)
    print_aside(aside, silent, console)
    sys.exit(1 if aside or silent else 0)


@parked_app.command()
def replay(
    data: Folder = DATA,
    *,
    source: Annotated[
        str | None, typer.Option(help="Only events of this store.", metavar="STORE")
    ] = None,
    position: Annotated[int | None, typer.Option(min=1, help="Only this event.")] = None,
) -> None:
    """Try again what was put aside: after the code was mended, for an event is never changed.

    Repeating it is harmless. Example: `throughline parked replay --source missing --position 41`
    """
    from services.cli.parking.asking import (  # noqa: PLC0415
        print_aside,
        print_replayed,
        put_aside,
        replay_aside,
    )

    if position is not None and source is None:
        raise typer.BadParameter("say of which store: --source missing --position 41")
    aside, silent = put_aside(data)
    done, left = replay_aside(data, aside, source, position)
    print_replayed(done, left, console)
    if silent:
        print_aside([], silent, console)
    sys.exit(1 if left or silent else 0)
