"""An invented region of seven authorities: made from a seed, written to files, sent to a system.

`make` writes what is true, what the agencies send of it, and the ledger of what a problem profile
has to say; `send` sends it to a running installation. The same seed and size write the same bytes.
`bulk` stores a year of a large region, a hundred thousand children, in a folder where nothing runs.
"""

import asyncio
import dataclasses
import json
import sys
from contextlib import AsyncExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

if __name__ == "__main__":  # run as a file: the project's root is where imports begin
    sys.path.insert(0, str(Path(__file__).parents[1]))

from examples.regional.bulk.run import Broken, Region, store
from examples.regional.errors import rates, with_errors
from examples.regional.ledger import figures
from examples.regional.parts import year_from
from examples.regional.reports import Sent, register, reports
from examples.regional.sending import NotTaken, clients_of, issuer_of, send
from examples.regional.sizes import Size
from examples.regional.truth import World, make
from services.cli.installation import NotReady
from services.cli.progress import progress_on
from services.cli.reading import NotShown
from shared.embedded import EmbeddedError

Seed = Annotated[int, typer.Option(help="The same seed makes the same world, to the byte.")]
Children = Annotated[int, typer.Option(min=1, max=200_000, help="How many children.")]
Clean = Annotated[bool, typer.Option("--clean", help="Without errors and delays.")]
Day = Annotated[str, typer.Option("--from", help="First day of the half year, `2015-07-01`.")]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Simulate an invented region of seven authorities.\n\n"
    "Examples:\n\n"
    "`python examples/region.py make --seed 1 --children 60 --clean --to region-1`\n\n"
    "`python examples/region.py send --seed 1 --children 60 --clean --data data/demo`\n\n"
    "`python examples/region.py bulk --seed 1 --children 100000 --data data/region`",
)
console = Console(highlight=False)


def world_of(seed: int, children: int, first: str) -> World:
    """The world of these options."""
    began = date.fromisoformat(first)
    last = date(began.year, 12, 31) if began.month > 6 else date(began.year, 6, 30)  # noqa: PLR2004
    return make(seed, Size(children=children, first=began, last=last))


def sent_of(world: World, *, clean: bool) -> tuple[list[Sent], list[str]]:
    """What is sent of a world, and which errors are in it."""
    sent = reports(world)
    return (sent, []) if clean else with_errors(sent, world.seed, rates())


@app.command("make")
def make_files(
    to: Annotated[Path, typer.Option(help="The folder for the files.", metavar="FOLDER")],
    seed: Seed = 1,
    children: Children = 488,
    first: Day = "2015-07-01",
    clean: Clean = False,
) -> None:
    """Write a world to files: truth.json, requests.ndjson, errors.txt, ledger.json.

    Example: `python examples/region.py make --seed 1 --children 60 --to region-1`
    """
    world = world_of(seed, children, first)
    sent, errors = sent_of(world, clean=clean)
    to.mkdir(parents=True, exist_ok=True)
    _write(to / "truth.json", json.dumps(dataclasses.asdict(world), default=_plain, indent=1))
    lines = [
        json.dumps({"key": each.key(seed, number), **dataclasses.asdict(each)}, default=_plain)
        for number, each in enumerate(sent)
    ]
    _write(to / "requests.ndjson", "\n".join(lines))
    _write(to / "errors.txt", "\n".join(errors))
    _write(to / "ledger.json", json.dumps(figures(world), default=_plain, indent=1))
    console.print(
        f"{to}: {len(world.children):,} children, {len(sent):,} requests, {len(errors):,} errors."
    )


@app.command("send")
def send_world(
    data: Annotated[
        Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
    ] = Path("data"),
    seed: Seed = 1,
    children: Children = 488,
    first: Day = "2015-07-01",
    clean: Clean = False,
) -> None:
    """Send a world to a running installation. Sent again, nothing is stored twice.

    Example: `python examples/region.py send --seed 1 --children 60 --data data/demo`
    """
    world = world_of(seed, children, first)
    sent, _ = sent_of(world, clean=clean)
    try:
        asyncio.run(_send(data, seed, sent))
    except (NotTaken, NotShown) as reason:
        console.print(f"[red]{reason}[/]", soft_wrap=True)
        sys.exit(1)
    console.print(
        "All of it is stored. Ask for the profile of it with `throughline export problem-profile`."
    )


@app.command("bulk")
def bulk_world(
    data: Annotated[
        Path, typer.Option("--data", help="The folder of an installation.", metavar="FOLDER")
    ] = Path("data/region"),
    seed: Seed = 1,
    children: Children = 100_000,
    first: Annotated[
        str, typer.Option("--from", help="First day of the year, `2015-07-01`.")
    ] = "2015-07-01",
    clean: Clean = False,
    processes: Annotated[int, typer.Option(min=1, max=64, help="How many take part.")] = 2,
) -> None:
    """Store a year of a large region without HTTP, in a folder whose services do not run.

    The services' own use cases decide, seal and append all of it; intake links what it is about and
    opens the referrals. Interrupted or killed, begin it again: it goes on, and stores nothing
    twice. Afterwards `throughline verify` checks it and `throughline up` shows it.

    Example: `python examples/region.py bulk --children 1000 --data data/region`
    """
    began, last = year_from(date.fromisoformat(first))
    region = Region(seed, Size(children=children, first=began, last=last), clean)
    try:
        with progress_on(console) as told:
            found = store(data, region, processes=processes, told=told)
    except (NotReady, EmbeddedError, Broken) as reason:
        console.print(f"[red]{reason}[/]", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("Interrupted. Begin it again: it goes on from here.")
        sys.exit(130)
    each = ", ".join(f"{name} {count:,}" for name, count in found.events.items())
    console.print(
        f"{data}: {children:,} children, {sum(found.events.values()):,} events ({each}); at most "
        f"{found.peak_mb:.0f} MB a process.",
        soft_wrap=True,
    )


async def _send(data: Path, seed: int, sent: list[Sent]) -> None:
    async with AsyncExitStack() as stack:
        clients = clients_of(data)
        for client in clients.values():
            await stack.enter_async_context(client)
        issuer = issuer_of(data)
        with progress_on(console) as told:
            # Of the demonstration some are registered already.
            await send(register(), seed=0, clients=clients, issuer=issuer, known=(200, 201, 409))
            await send(sent, seed=seed, clients=clients, issuer=issuer, told=told)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()
