"""Rebuilding the views of an installation, with a progress bar."""

from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from services.cli.reading import NotShown, addresses
from services.mash.views import FOLDS
from shared.contracts.refusals import Unavailable
from shared.projecting.rebuild import Rebuilt, rebuild
from shared.vault.keys import DOWN
from shared.web.runtime import running
from shared.web.settings import read_settings


async def run_rebuild(data: Path, console: Console, *, switch_if_different: bool) -> Rebuilt:
    """Rebuild mash's views.

    Raises:
        NotShown: nothing was ever started in this folder, or nothing runs there.
    """
    addresses(data)
    settings = read_settings(data / "settings" / "mash.json")
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    tasks: dict[str, TaskID] = {}

    def show(stage: str, done: int, of: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=of)
        bars.update(tasks[stage], completed=done, total=of)

    try:
        async with running(settings, ()) as runtime:
            with bars:
                return await rebuild(
                    runtime.pool,
                    FOLDS,
                    runtime.opener,
                    progress=show,
                    switch_if_different=switch_if_different,
                )
    except (*DOWN, Unavailable):
        raise NotShown(
            f"the databases of {data} do not answer: start them with `throughline up --data {data}`"
        ) from None
