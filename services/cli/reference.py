"""`throughline reference load`: the directory of postcodes, loaded once, or behind everything."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

DATA = Path("data")
LOW_PRIORITY = 15
console = Console(highlight=False)

reference_app = typer.Typer(
    no_args_is_help=True,
    help="What is looked up offline.\n\nExample: `throughline reference load`",
)


@reference_app.command("load")
def load(
    data: Annotated[
        Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
    ] = DATA,
    *,
    behind: Annotated[bool, typer.Option("--behind", hidden=True)] = False,
) -> None:
    """Load every postcode of the United Kingdom: where it is, and whose area it is in.

    Some seconds, once, and again after an upgrade that brings a newer edition; `up` and `demo` do
    it by themselves, behind everything else. Needs a running `up`.
    Example: `throughline reference load --data data/demo`
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    from services.cli.reading import admin_url  # noqa: PLC0415

    url = admin_url(data)
    if behind:
        os.nice(LOW_PRIORITY)
        asyncio.run(_load(url, lambda _done, _of: None))
        return
    bars = Progress(TextColumn("loading postcodes"), BarColumn(), MofNCompleteColumn())
    with bars:
        task = bars.add_task("loading", total=None)
        count = asyncio.run(
            _load(url, lambda done, of: bars.update(task, completed=done, total=of))
        )
    console.print(
        "This edition is loaded already." if count is None else f"{count:,} postcodes loaded."
    )


async def _load(url: str, progress: Callable[[int, int], None]) -> int | None:
    import asyncpg  # noqa: PLC0415

    from services.cli.provision import with_database  # noqa: PLC0415
    from services.topology import REFERENCE_DATABASE, who_looks_up_places  # noqa: PLC0415
    from shared.reference import gazetteer  # noqa: PLC0415

    connection = await asyncpg.connect(with_database(url, REFERENCE_DATABASE))
    try:
        if await gazetteer.is_loaded(connection):
            return None
        return await gazetteer.load(connection, who_looks_up_places(), progress=progress)
    finally:
        await connection.close()


@contextmanager
def loading_behind(data: Path, log: Path) -> Iterator[None]:
    """Load it in a process of low priority while the body runs; it is not waited for.

    Until it is there, answers say that a distance is not known. Killed half way it leaves nothing.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-m", "services.cli", "reference", "load", "--behind",
             "--data", str(data)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        # Killed, not asked: of the lowest priority, it may take long to hear that it should stop.
        process.kill()
        process.wait()
