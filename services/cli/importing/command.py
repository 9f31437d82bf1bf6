"""`throughline import`."""

import asyncio
import csv
import sqlite3
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

NAMES = ("report", "return", "interview", "status", "status-ending")
"""The kinds of file, for `--help`, which does not load them."""

INTERRUPTED = (
    "Interrupted. Every row that was acknowledged is stored; run the same command again for the "
    "rest."
)


def import_file(
    kind: Annotated[
        str | None, typer.Argument(help=f"One of: {', '.join(NAMES)}.", metavar="KIND")
    ] = None,
    file: Annotated[
        Path | None, typer.Argument(help="A CSV or NDJSON file, in UTF-8.", metavar="FILE")
    ] = None,
    *,
    to: Annotated[
        str | None,
        typer.Option(help="The service's address. Left out: the installation of --data."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="Your token; else THROUGHLINE_TOKEN. Read again when it has run out."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only check the file. Needs no service.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Ask the service about every row, and store nothing."),
    ] = False,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going",
            help="Send every row that is right; those that are not go to an exception file.",
        ),
    ] = False,
    all_faults: Annotated[
        bool, typer.Option("--all-faults", help="List every fault, not the first 50 rows' only.")
    ] = False,
    columns: Annotated[
        bool, typer.Option("--columns", help="List the columns of this kind of file.")
    ] = False,
    example: Annotated[
        bool, typer.Option("--example", help="Print an example of this kind of file, as CSV.")
    ] = False,
    at_once: Annotated[
        int, typer.Option(min=1, max=64, help="Requests under way at the same time.")
    ] = 8,
    patience: Annotated[
        int, typer.Option(min=0, max=86400, help="Seconds to wait for a service that is away.")
    ] = 300,
    ca: Annotated[
        Path | None, typer.Option(help="Certificates to trust, where the service has its own.")
    ] = None,
    row_keys: Annotated[
        Path | None,
        typer.Option(
            help="The secret from which rows get their keys: share it between machines that import "
            "the same files. Made where absent."
        ),
    ] = None,
    data: Annotated[
        Path, typer.Option("--data", help="The folder of an installation on this machine.")
    ] = Path("data"),
    persona: Annotated[
        str | None, typer.Option("--as", help="Who sends, in the demonstration.")
    ] = None,
) -> None:
    """Import reports, returns, interviews or statuses from a file, as if each row were sent.

    The whole file is checked first; where a row is not right, nothing is sent. Importing a file
    again changes nothing, and one that was interrupted is finished by the same command.

    Example: `throughline import report reports.csv --dry-run --to https://missing.example
    --token-file token`, then the same without `--dry-run`. The columns of a file:
    `throughline import --columns report`. An example file: `throughline import --example report`.
    To try it with the demonstration: `throughline import report reports.csv --data data/demo
    --as northvale-police-system`
    """
    # Imported here: `--help` does not pay for it.
    from services.cli.importing.access import row_secret  # noqa: PLC0415
    from services.cli.importing.kinds import KINDS  # noqa: PLC0415
    from services.cli.importing.rows import BadFile  # noqa: PLC0415
    from services.cli.importing.run import Plan, run  # noqa: PLC0415
    from services.cli.importing.telling import Teller  # noqa: PLC0415
    from services.cli.progress import progress_on  # noqa: PLC0415

    if kind is None or kind not in KINDS:
        raise typer.BadParameter(f"say what kind of file it is: {', '.join(NAMES)}")
    chosen = KINDS[kind]
    if columns or example:
        (_print_columns if columns else _print_example)(chosen)
        return
    if file is None:
        raise typer.BadParameter("name a file")
    if check + dry_run + keep_going > 1 and not (dry_run and keep_going):
        raise typer.BadParameter("--check, --dry-run or --keep-going: choose one")
    target = None if check else _target(chosen.service, to, token_file, data, persona)
    plan = Plan(
        file=file,
        kind=chosen,
        secret=row_secret(row_keys) if target is not None else b"",
        target=target,
        rehearse=dry_run,
        keep_going=keep_going,
        at_once=at_once,
        authorities=ca,
        patience=patience,
    )
    console = Console(highlight=False)
    try:
        with progress_on(console) as told:
            well = asyncio.run(run(plan, told, Teller(console, all_faults=all_faults)))
    except SystemExit:
        console.print(INTERRUPTED, soft_wrap=True)
        raise
    except BadFile as reason:
        raise BadFile(f"{file} cannot be imported: {reason}") from None
    except sqlite3.Error:
        raise BadFile("no room for a temporary file: name a folder with room in TMPDIR") from None
    if not well:
        sys.exit(1)


def _target(
    service: str, to: str | None, token_file: Path | None, data: Path, persona: str | None
) -> Any:
    from services.cli.importing.access import target_at, target_here  # noqa: PLC0415

    if (to is None) == (persona is None):
        raise typer.BadParameter("say where to: --to ADDRESS, or --as SOMEBODY of --data")
    if to is not None:
        target = target_at(to, token_file)
    else:
        target = target_here(data, service, str(persona))
    target.token()  # one that cannot be had is told before the file is read
    return target


def _print_columns(kind: Any) -> None:
    from services.cli.importing.columns import layout_of  # noqa: PLC0415

    layout = layout_of(kind.body)
    width = max(len(column.name) for column in layout.columns)
    for column in sorted(layout.columns, key=lambda c: (not c.needed, 0 in c.path)):
        said = column.type
        if column.needed:
            said += ", needed"
        elif column.needed_within:
            said += f", needed with any other {column.name.rpartition('.')[0]}.…"
        if column.choices:
            said += f"; {'any of' if column.type == 'list' else 'one of'}: "
            said += ", ".join(column.choices)
        if column.description:
            said += f". {column.description}"
        print(f"{column.name:<{width}}  {said}")
    print(
        "\nN is a number from 1. Entries of a list are separated by `;`. Times: "
        "2015-03-27T22:10:00Z. Days: 2015-03-27. A blank cell says nothing."
    )


def _print_example(kind: Any) -> None:
    from services.cli.importing.columns import layout_of  # noqa: PLC0415

    cells = layout_of(kind.body).cells(kind.body.model_config["json_schema_extra"]["examples"][0])
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(cells)
    writer.writerow(cells.values())
