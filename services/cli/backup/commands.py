"""`throughline backup`, `restore` and `verify`."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from services.cli.backup.verifying import Verified

Folder = Annotated[
    Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
]
DATA = Path("data")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

KEEP_APART = (
    "Keep vault/ and keys/ apart from stores/, and no longer than erasures may wait: whoever has "
    "all three can read everything, and an old vault brings back what was erased since."
)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(backup)
    app.command()(restore)
    app.command()(verify)


def backup(
    to: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    data: Folder = DATA,
    *,
    views: Annotated[
        bool,
        typer.Option(
            "--views",
            help="The folded views too: a quicker start, and people's data in the clear.",
        ),
    ] = False,
) -> None:
    """Back everything up while it runs: stores, archive, vault and keys, as of one moment.

    The streams are not needed: they are filled again from the stores.
    Example: `throughline backup /srv/backups/2026-11-24 --data /srv/throughline`
    """
    from services.cli.backup.backing_up import back_up  # noqa: PLC0415
    from services.cli.reading import admin_url  # noqa: PLC0415

    url = admin_url(data)
    with _progress() as tell:
        made = back_up(admin_url=url, keys=data / "keys", to=to, views=views, tell=tell)
    events = sum(store.position for store in made.stores.values())
    size = sum(file.bytes for file in made.files.values())
    console.print(
        f"{to}: {events:,} events of {len(made.stores)} stores, {size / 1e6:,.1f} MB, as of "
        f"{made.made_at:%d %b %Y %H:%M:%S} UTC.",
        soft_wrap=True,
    )
    console.print(KEEP_APART, soft_wrap=True)


def restore(
    backup: Annotated[Path, typer.Argument(help="What `throughline backup` made.")],
    data: Folder = DATA,
) -> None:
    """Restore a backup into an empty folder, and check it; all of it, or no trace.

    Example: `throughline restore /srv/backups/2026-11-24 --data /srv/throughline`
    """
    from services.cli.backup.manifest import read_manifest  # noqa: PLC0415
    from services.cli.backup.restoring import restore_into  # noqa: PLC0415

    with _progress() as tell:
        verified = restore_into(data, backup=backup, tell=tell)
    made = read_manifest(backup)
    _print_sum(verified)
    console.print(
        f"Restored into {data} as of {made.made_at:%d %b %Y %H:%M:%S} UTC. What was accepted "
        "after that is not in it: ask whoever sent it to send it again; with the same keys and "
        f"references nothing is doubled. Start it with: throughline up --data {data}",
        soft_wrap=True,
    )


def verify(
    data: Folder = DATA,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            help="A backup: the stores must hold all of it, unchanged.",
            metavar="BACKUP",
        ),
    ] = None,
) -> None:
    """Check that every event is as it was stored, every key is there, and nothing is older.

    Needs no key, changes nothing, and runs beside the live traffic.
    Example: `throughline verify --against /srv/backups/2026-11-24`
    """
    from services.cli.backup.manifest import read_manifest  # noqa: PLC0415
    from services.cli.backup.verifying import verify as check  # noqa: PLC0415
    from services.cli.reading import admin_url  # noqa: PLC0415

    manifest = read_manifest(against) if against is not None else None
    url = admin_url(data)
    with _progress() as tell:
        verified = asyncio.run(check(url, against=manifest, tell=tell))
    for finding in verified.findings:
        where = f"{finding.store} {finding.position}" if finding.position else finding.store
        errors.print(f"[bold red]{where}:[/] {finding.what}", soft_wrap=True)
    if verified.more:
        errors.print(f"… and {verified.more:,} more.")
    _print_sum(verified)
    if verified.findings:
        sys.exit(1)
    console.print("All of it is whole.")


def _print_sum(verified: "Verified") -> None:
    events = sum(verified.events.values())
    console.print(
        f"{events:,} events of {len(verified.events)} stores checked; {verified.keys:,} keys "
        f"looked for, {verified.destroyed:,} of them destroyed on purpose.",
        soft_wrap=True,
    )


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for a person; nothing where the output goes elsewhere."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bars.add_task("beginning", total=None)

    def tell(what: str, done: int, of: int) -> None:
        bars.update(task, description=what, completed=done, total=of)

    with bars:
        yield tell
